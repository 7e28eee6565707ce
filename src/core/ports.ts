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
 */

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
