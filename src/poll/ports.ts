import type { z } from 'zod';
import type { AwsCredentials } from '../core/aws-credentials.ts';
import type { PatronflowError } from '../core/errors.ts';
import type { Day, Instant } from '../core/instant.ts';
import type { Log } from '../core/log.ts';
import type { Adapter, DatabaseSettings } from '../core/ports.ts';
import { type Descriptor, descriptor, urlDescriptor } from '../core/registry.ts';

/** Which patrons a pass over Sierra looks for. */
export type PatronMode = 'new' | 'updated' | 'deleted';

/** The cursor: everything up to this patron at this time was read. */
export interface Position {
  /** An Instant; a Day for deleted patrons, of whom Sierra keeps no more. */
  readonly at: string;
  /** Decimal; '' stands before every patron of that time. */
  readonly id: string;
}

/** A postal address as Sierra has it, without surrounding blanks; null where it has none. */
export interface PostalAddress {
  readonly street: string | null;
  readonly city: string | null;
  readonly region: string | null;
  readonly postalCode: string | null;
}

/** A patron with one of the addresses. */
export interface PatronRow {
  /** Sierra's record id, decimal. */
  readonly id: string;
  /** The time that the mode looks at. */
  readonly at: string;
  readonly createdAt: Instant | null;
  readonly updatedAt: Instant | null;
  /** Days are those of the configured time zone; null where Sierra has none, or one that no calendar has. */
  readonly createdOn: Day | null;
  readonly deletedOn: Day | null;
  readonly activeOn: Day | null;
  readonly patronType: number | null;
  readonly pcode3: number | null;
  readonly homeLibrary: string | null;
  readonly address: PostalAddress;
}

export interface DeletedPatron {
  readonly id: string;
  /** The day of the deletion. */
  readonly at: Day;
  readonly createdOn: Day | null;
}

/** What a page is taken from: patrons after a position and before a time, `limit` of them at most. */
export interface PageRequest {
  readonly after: Position;
  readonly before: string;
  readonly limit: number;
}

/** Which day of a patron is counted. */
export type DayKind = 'created' | 'deleted';

/** Days from one on and before another, in the configured time zone. */
export interface DayWindow {
  readonly from: Day;
  readonly before: Day;
}

/** Patrons of a range of ids that were created before a time, or at no known time; `limit` of them at most. */
export interface RangeRequest {
  /** The id behind which the page begins; '' for the first. */
  readonly after: string;
  /** The last id. */
  readonly through: string;
  readonly before: Instant;
  readonly limit: number;
}

/** Where patrons come from. Each page is read anew, so a lost connection costs one page. */
export interface PatronSource extends Adapter {
  /** Lets go of connections; a later call opens them anew. */
  close(): Promise<void>;
  /** The clock of the server, which wrote the times that a window is compared with. */
  clock(signal: AbortSignal): Promise<Date>;
  /**
   * Created or updated patrons in the order of (at, id), the rows of one patron together, the address that counts
   * first.
   */
  active(mode: 'new' | 'updated', page: PageRequest, signal: AbortSignal): Promise<readonly PatronRow[]>;
  /** Patrons of a range in the order of their ids, the rows of one patron together, the address that counts first. */
  inRange(page: RangeRequest, signal: AbortSignal): Promise<readonly PatronRow[]>;
  /** How many patrons there are that were created before a time, and the id of every `size`-th of them and of the last, in order. */
  rangeEnds(
    before: Instant,
    size: number,
    signal: AbortSignal,
  ): Promise<{ readonly patrons: number; readonly ends: readonly string[] }>;
  /** How many patrons have neither a time of creation nor one of an update, so that no page has them. */
  withoutDates(signal: AbortSignal): Promise<number>;
  /** How many patrons were created or deleted on each day of a window; days without any are left out. */
  countsByDay(kind: DayKind, window: DayWindow, signal: AbortSignal): Promise<ReadonlyMap<Day, number>>;
  /** Deleted patrons in the order of (at, id). */
  deleted(page: PageRequest, signal: AbortSignal): Promise<readonly DeletedPatron[]>;
}

/** One record of the stream; the names are those of its Avro schema. */
export interface PatronInfo {
  readonly patron_id: string;
  readonly address_hash: string | null;
  readonly postal_code: string | null;
  readonly geoid: string | null;
  readonly creation_date_et: Day | null;
  readonly deletion_date_et: Day | null;
  readonly circ_active_date_et: Day | null;
  readonly ptype_code: number | null;
  readonly pcode3: number | null;
  readonly patron_home_library_code: string | null;
  readonly initial_patron_home_library_code: string | null;
}

/** What the warehouse knows of an address hash. */
export interface KnownAddress {
  readonly patronId: string;
  readonly geoid: string | null;
  readonly initialHomeLibrary: string | null;
}

/** The table of records sent so far. Where it has several rows for a key, the newest counts. */
export interface Warehouse extends Adapter {
  byAddressHash(hashes: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, KnownAddress>>;
  /** How many patrons were created or deleted on each day of a window; one with several rows counts once a day. */
  countsByDay(kind: DayKind, window: DayWindow, signal: AbortSignal): Promise<ReadonlyMap<Day, number>>;
  /** How many patrons it has records of. */
  countPatrons(signal: AbortSignal): Promise<number>;
  /** The first home library of a patron is that of the newest row that has one. */
  byPatronId(patronIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, PatronInfo>>;
}

/** `error`: the geocoder could not say; never the same as `no_match`, which it said. */
export type GeocodingStatus = 'match' | 'no_match' | 'tie' | 'error';

export interface GeocodingOutcome {
  readonly status: GeocodingStatus;
  /** 11 digits, for a match. */
  readonly geoid: string | null;
  /** How it came about, in a few words without a value; the report counts them. */
  readonly detail?: string;
}

/** An address in the form in which a geocoder takes it: '' for what is missing. */
export interface GeocodingAddress {
  readonly street: string;
  readonly city: string;
  readonly region: string;
  readonly postalCode: string;
}

export interface GeocodingAnswer {
  /** One for each address, in their order. */
  readonly outcomes: readonly GeocodingOutcome[];
  /** Why some outcomes are `error`, when the service as a whole did not answer and a later run may fare better. */
  readonly outage: PatronflowError | null;
}

/** Finds the census tract of addresses. */
export interface Geocoder extends Adapter {
  /** The census whose tracts it answers with, such as `2020`; null where that cannot be told. */
  census(signal: AbortSignal): Promise<string | null>;
  geocode(addresses: readonly GeocodingAddress[], signal: AbortSignal): Promise<GeocodingAnswer>;
}

/** What is sent of a record: the fields that the schema has. */
export type SentInfo = Pick<PatronInfo, 'patron_id'> & Partial<PatronInfo>;

export interface EncodedRecord {
  readonly info: SentInfo;
  /** The bare Avro datum. */
  readonly avro: Buffer;
}

/** Where records go. */
export interface RecordSink extends Adapter {
  /**
   * Gets ready before anything is read or sent: asks for all that a write needs, and makes what the configuration lets
   * it make, unless the run is a dry one. Leaves no record.
   * @throws PatronflowError when a write would be refused
   */
  open(isDryRun: boolean, signal: AbortSignal): Promise<void>;
  /**
   * Resolves when every record was accepted for good. After it failed the same records may be written again: a
   * reader may see a record twice, never none.
   */
  write(records: readonly EncodedRecord[]): Promise<void>;
}

/** Where the Avro schema of the records comes from. */
export interface SchemaSource extends Adapter {
  load(signal: AbortSignal): Promise<unknown>;
}

export interface PatronSourceSettings {
  /** Zone in which days are counted, such as `America/New_York`; the server's own zone does not matter. */
  readonly zone: string;
}

export interface WarehouseSettings extends DatabaseSettings {
  readonly table: string;
  /** A table that is not there counts as an empty one: the first run makes it, and this run is none. */
  readonly mayBeMissing?: boolean;
}

export interface RecordSinkSettings {
  readonly url: string;
  /** The Avro schema of the records, as JSON. */
  readonly schema: unknown;
  /** The fields that are sent. */
  readonly fields: readonly (keyof PatronInfo)[];
  readonly credentials?: AwsCredentials | undefined;
}

export interface SchemaSourceSettings {
  readonly url: string;
  /** Where the last answer is kept for a day on which nothing answers. */
  readonly cacheDirectory: string;
  readonly warn: (message: string) => void;
}

export interface GeocoderSettings {
  /** Hears of the progress and of troubles while addresses are asked about. */
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Where several machines share the limits of a service; without it the limits are those of this process. */
  readonly turnsOf?: TurnsOf | undefined;
}

/** Makes a request once a limit allows it. */
export type Turn = <T>(request: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/** Shares the limits of a service: requests at a time, and in a minute where it has such a limit. */
export type TurnsOf = (
  service: string,
  limit: { readonly atOnce: number; readonly perMinute: number | null },
) => Turn;

/** A geocoder also says where addresses go, so that `addresses_may_leave: false` holds for each one there will ever be. */
export interface GeocoderDescriptor<System extends string = string, Options extends z.ZodObject = z.ZodObject>
  extends Descriptor<Geocoder | null, GeocoderSettings, System, Options> {
  /** The URL that addresses are sent to; null: they are looked up in this process. */
  sendsTo(options: Partial<z.output<Options>>): string | null;
}

/** How the files of adapters describe themselves; core/registry.ts says what is in a descriptor. */
export const patronSourceAdapter = descriptor<PatronSource, PatronSourceSettings>();
export const warehouseAdapter = urlDescriptor<Warehouse, WarehouseSettings>();
export const recordSinkAdapter = urlDescriptor<RecordSink, RecordSinkSettings>();
export const schemaSourceAdapter = urlDescriptor<SchemaSource, SchemaSourceSettings>();
export const geocoderAdapter = <const System extends string, Options extends z.ZodObject>(
  each: GeocoderDescriptor<System, Options>,
): GeocoderDescriptor<System, Options> => each;
