/**
 * The ports: all that the pipelines know of the outside world. An adapter is one file in src/adapters that
 * implements one of them for one system; docs/adding-an-adapter.md shows the way.
 *
 * Glossary
 * - person: a row of the source and what becomes of it; user: the person in Alma's words.
 * - group: the people of one query, loaded with one template; groups come in order of precedence.
 * - identifier: a value that names one user in the whole of Alma (primary id, barcode, institution's id).
 * - user group: Alma's name for the kind of patron that decides loan rules. Not a group in the sense above.
 * - row key: the value of the column that identifies a person. Personal data: shown only where a setting allows it.
 * - stage: to bring a file into the store where its reader cannot see it yet; publish: to make it visible at once.
 * - ledger: counts of the last delivered run, which the guard compares with.
 * - patron: a person in Sierra; address: the one of a patron's addresses that counts; address hash: what is left of
 *   id and address when they were obfuscated.
 * - geoid: the 11 digits of a census tract: state (2), county (3), tract (6).
 * - warehouse: the table of PatronInfo records sent so far, as its readers keep it.
 * - cursor: how far the patrons were read, a time and an id; checkpoint: the place where cursors are kept.
 * - sink: where records go.
 */
import type { PatronflowError } from './errors.ts';
import type { Day, Instant } from './instant.ts';

/** What every adapter can do. */
export interface Adapter {
  /** The system and the place, without secrets, for messages: `s3://bucket/prefix`. */
  readonly name: string;
  /**
   * Connects and looks, changes nothing.
   * @returns what it found, one sentence for a person
   * @throws PatronflowError with a hint, when the system could not be used as configured
   */
  check(signal: AbortSignal): Promise<string>;
  /** Lets go of connections. May be called twice, and before anything was opened. */
  close(): Promise<void>;
}

/** What a group reads: a table with its columns, or a query of the library's own. */
export interface Relation {
  readonly group: string;
  readonly table?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly query?: string | undefined;
}

/** The values of one row, in the order of `RowSource.columns`; null and '' both mean empty. */
export type Row = readonly (string | null)[];

/** A row that could not be read as one, named by its place in the source, never by its content. */
export interface UnreadableRow {
  readonly line: number;
  readonly reason: 'too_few_fields' | 'too_many_fields' | 'broken_quotes';
}

export interface RowBatch {
  readonly rows: readonly Row[];
  readonly unreadable?: readonly UnreadableRow[];
}

/** Where people come from. All values are text, made by core/row-text.ts's rules. */
export interface RowSource extends Adapter {
  /** The names of the columns in order, found without reading a row. */
  columns(relation: Relation, signal: AbortSignal): Promise<readonly string[]>;
  /** The rows, streamed: one batch in memory at a time. */
  rows(relation: Relation, signal: AbortSignal): AsyncIterable<RowBatch>;
}

/** A finished file on the local disk. */
export interface LocalFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal SHA-256 of the content. */
  readonly sha256: string;
}

export interface StoredObject {
  /** The name inside the store's folder, without the folder. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** What the store says of a published file, after it was compared with what was sent. */
export interface Receipt {
  readonly key: string;
  readonly size: number;
  /** Where the file is, for a person: `s3://bucket/prefix/key`. */
  readonly location: string;
}

/** A file that is whole in the store and that its reader cannot see. */
export interface StagedObject {
  readonly key: string;
  /** Makes the file visible in one step, replacing one of the same name, and verifies it. May be called again after it failed. */
  publish(): Promise<Receipt>;
  /** Takes the staged file away. */
  discard(): Promise<void>;
}

/** One folder in which files are delivered. Never looks outside it: not below it, not beside it. */
export interface ObjectStore extends Adapter {
  list(signal: AbortSignal): AsyncIterable<StoredObject>;
  stage(key: string, file: LocalFile, signal: AbortSignal): Promise<StagedObject>;
  remove(keys: readonly string[]): Promise<void>;
  /**
   * Takes away what runs that died had staged and never published.
   * @param isOurs tells whether a key is one that this job would write
   * @returns how many were taken away
   */
  sweep(isOurs: (key: string) => boolean, signal: AbortSignal): Promise<number>;
}

/** A small JSON document that outlives a run: load's ledger, poll's cursor. */
export interface Checkpoint<C> extends Adapter {
  /** @returns null when none was ever saved */
  load(signal: AbortSignal): Promise<C | null>;
  /** Replaces the document as a whole; a reader sees the old one or the new one. */
  save(document: C): Promise<void>;
}

export interface Message {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Mailer extends Adapter {
  send(message: Message): Promise<void>;
}

/** Tells the people who watch for failures, if there are any. Never throws. */
export interface Alarm {
  raise(error: { readonly code: string; readonly message: string }): Promise<void>;
}

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
}

/** What a page is taken from: patrons after a position and before a time, `limit` of them at most. */
export interface PageRequest {
  readonly after: Position;
  readonly before: string;
  readonly limit: number;
}

/** Where patrons come from. Each page is read anew, so a lost connection costs one page. */
export interface PatronSource extends Adapter {
  /** The clock of the server, which wrote the times that a window is compared with. */
  clock(signal: AbortSignal): Promise<Date>;
  /**
   * Created or updated patrons in the order of (at, id), the rows of one patron together, the address that counts
   * first.
   */
  active(mode: 'new' | 'updated', page: PageRequest, signal: AbortSignal): Promise<readonly PatronRow[]>;
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
  initialHomeLibraries(
    patronIds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>>;
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
  geocode(addresses: readonly GeocodingAddress[], signal: AbortSignal): Promise<GeocodingAnswer>;
}

export interface EncodedRecord {
  readonly info: PatronInfo;
  /** The bare Avro datum. */
  readonly avro: Buffer;
}

/** Where records go. */
export interface RecordSink extends Adapter {
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

/** Keeps a second run of the same job away. Ends by itself when the run that holds it no longer renews it. */
export interface Lease extends Adapter {
  /** @throws PatronflowError RUN_IN_PROGRESS when another run holds it */
  acquire(signal: AbortSignal): Promise<void>;
  /** @throws PatronflowError LEASE_LOST when another run took it over */
  renew(): Promise<void>;
  release(): Promise<void>;
}
