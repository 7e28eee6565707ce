import type { Log } from '../core/log.ts';
import type { Adapter, DatabaseSettings, StoreSettings } from '../core/ports.ts';
import { descriptor, urlDescriptor } from '../core/registry.ts';
import type { FeedFile } from '../feeds/ports.ts';
import type { FileReading, UnreadableRow } from '../feeds/table-rows.ts';

/** What a group reads: a table with its columns, or a query of the library's own. */
export interface Relation {
  readonly group: string;
  readonly table?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly query?: string | undefined;
}

/** The values of one row, in the order of `RowSource.columns`; null and '' both mean empty. */
export type Row = readonly (string | null)[];

export interface RowBatch {
  readonly rows: readonly Row[];
  readonly unreadable?: readonly UnreadableRow[];
  /** With the last batch of a file: what became of its lines. */
  readonly file?: FileReading | null;
}

/** What became of a table that is read before the groups are made. */
export interface TableReading {
  readonly name: string;
  readonly rows: number;
  /** Bytes of its files; null where they are not known, and for a table of a database. */
  readonly bytes: number | null;
  readonly files: readonly FileReading[];
  /** The first lines that could not be read. */
  readonly unreadable: readonly UnreadableRow[];
}

/** Files by the name of the table that they are. */
export type FilesOfTables = Readonly<Record<string, readonly FeedFile[]>>;

/** Tables from which groups are made. They are read once, before the first group. */
export interface TableSource {
  /** Finds the files of all tables and sees that they are fresh, then reads those that a query or several groups want. */
  prepare(directory: string, now: Date, signal: AbortSignal): Promise<readonly TableReading[]>;
  /** Tables by name, and the place that each comes from. */
  readonly places: ReadonlyMap<string, string>;
  /** What is seen of a table, one sentence for a person, without a value. */
  describe(table: string, now: Date, signal: AbortSignal): Promise<string>;
  /** The values of the person column of a table, for those tables that have one; a few at a time. */
  people(table: string, signal: AbortSignal): AsyncIterable<readonly string[]>;
  /** The tables that have a person column and were read by `prepare`. */
  readonly peopleTables: readonly string[];
  /** Takes away the rows that `prepare` and the queries put on the disk; none can be read any more. */
  release(): Promise<void>;
  /** The files that were read and that the configuration wants moved or removed after the delivery. */
  filesToFinish(signal: AbortSignal): Promise<FilesOfTables>;
  /**
   * Moves or removes files as the configuration asks. Only after what was made of them was delivered. May be called again after
   * it failed.
   * @returns the names of files that stay, because they are no longer those that were read
   */
  finish(files: FilesOfTables, signal: AbortSignal): Promise<readonly string[]>;
}

/** Where people come from. All values are text, made by core/row-text.ts's rules. */
export interface RowSource extends Adapter {
  /** True where columns are named by the first line of a file, which may be a person instead. */
  readonly hasHeaderLine?: boolean;
  /** Where people come from tables of several sources, or from feeds. */
  readonly tables?: TableSource;
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

/** Where the roster is kept: one private file beside the ledger. */
export interface RosterStore {
  /** The place, for messages. */
  readonly name: string;
  /** Copies the roster to a path of the local disk. @returns false where there is none */
  fetch(path: string, signal: AbortSignal): Promise<boolean>;
  /** Replaces the roster in one step. */
  save(file: LocalFile): Promise<void>;
}

/** Where rejected rows are put. */
export interface RejectsPlace {
  /** A private folder. */
  readonly store: ObjectStore;
  /** What their file is called there, without `.csv`. */
  readonly name: string;
  /** A column by whose values, and by the groups, they are divided into files; null for one file. */
  readonly by: string | null;
}

/** A job of Alma that loads users: of one integration profile, started by its schedule or by the API. */
export interface AlmaJob {
  readonly id: string;
  readonly name: string;
  /** What Alma says of the profile that the job belongs to: its id or its name; '' where it says nothing. */
  readonly profile: string;
}

/** A number of a job's report, under a code of Alma's and a label in the language of the institution. */
export interface AlmaCounter {
  readonly code: string;
  readonly label: string;
  readonly value: number;
}

/** One run of a job. */
export interface AlmaInstance {
  readonly id: string;
  /** Alma's code, such as `RUNNING` or `COMPLETED_SUCCESS`. */
  readonly status: string;
  /** Times as Alma has them, ISO 8601; '' before they are known. */
  readonly submittedAt: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly counters: readonly AlmaCounter[];
  readonly alerts: readonly string[];
}

/** Users whom a job rejected, as far as Alma tells of them. */
export interface AlmaRejects {
  /** How many there are; null where Alma does not say. */
  readonly total: number | null;
  /** Personal data: an id, where one was found, and all that Alma says. */
  readonly entries: readonly { readonly id: string; readonly text: string }[];
}

/** What came of asking Alma to start a job. `unclear`: no answer that could be read; the job may have been started. */
export type AlmaStart =
  | { readonly kind: 'started'; readonly instance: string }
  | { readonly kind: 'refused'; readonly why: 'overlap' | 'threshold' | 'not startable' | 'unknown job' }
  | { readonly kind: 'unclear'; readonly what: string };

/** A code of one of Alma's tables. */
export interface AlmaCode {
  readonly code: string;
  readonly description: string;
  readonly isEnabled: boolean;
}

/** What a load asks Alma itself, beside the folder that Alma reads. */
export interface AlmaService extends Adapter {
  /** Which Alma the key belongs to. */
  facts(signal: AbortSignal): Promise<{ readonly environment: string; readonly institution: string }>;
  /** Proves that the key may start jobs, and changes nothing. */
  tryWriting(signal: AbortSignal): Promise<void>;
  /** Scheduled jobs. @param profile those of this profile alone; null for all */
  jobs(profile: string | null, signal: AbortSignal): Promise<readonly AlmaJob[]>;
  /** Asks once. Only what was surely not processed is asked again. */
  start(job: string, signal: AbortSignal): Promise<AlmaStart>;
  /** The runs of a job since a day, newest first. */
  instances(job: string, since: Date, signal: AbortSignal): Promise<readonly AlmaInstance[]>;
  instance(job: string, id: string, signal: AbortSignal): Promise<AlmaInstance>;
  rejects(job: string, id: string, signal: AbortSignal): Promise<AlmaRejects>;
  /** The codes of a table, or the campuses; null where Alma does not let them be read. */
  codes(table: string, signal: AbortSignal): Promise<readonly AlmaCode[] | null>;
}

/**
 * What Alma's jobs made of the last files, by group. `refused`: the job failed, or accounts for other users than were delivered.
 * Groups of which nothing is known are not there.
 */
export type AlmaResults = Readonly<Record<string, 'taken' | 'refused'>>;

/** How the files of adapters describe themselves; core/registry.ts says what is in a descriptor. */
export const rowSourceAdapter = urlDescriptor<RowSource, DatabaseSettings>();
export const objectStoreAdapter = urlDescriptor<ObjectStore, StoreSettings>();
export const almaServiceAdapter = descriptor<AlmaService, { readonly log: Pick<Log, 'warn'> }>();
