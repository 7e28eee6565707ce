/** Why a record is not one: what its lines say cannot be told. */
export type Breakage = 'broken_quotes' | 'unclosed_quote' | 'record_too_long';

/** A row as it stands in a feed. */
export interface FeedRecord {
  /** Empty for a broken record. */
  readonly fields: readonly string[];
  /** The number of its first line, from 1; of its row in a sheet. */
  readonly line: number;
  /** How many physical lines it takes. */
  readonly lines: number;
  readonly broken: Breakage | null;
  /** False for the last record of a text that does not end with a line end. */
  readonly isEnded: boolean;
  /** True for lines that the format passes over. */
  readonly isSkipped?: true;
  /** The whole line, of a feed of fixed widths. */
  readonly text?: string;
  /** For a line of another width than the layout has: the characters found and expected. */
  readonly width?: readonly [number, number];
  /** Columns whose cells hold an error, or a formula without a value, counted from 0. */
  readonly errorCells?: readonly number[];
}

/** Divides the text of a feed into records. Text is pushed as it arrives, and records are taken one by one, so that few are in memory. */
export interface RecordReader {
  push(text: string): void;
  /** Says that no more text comes. */
  end(): void;
  /** The next record; null where more text is needed, or none comes. */
  next(): FeedRecord | null;
  /** Marks taken away from the beginning of a line other than the first. */
  readonly marks: number;
}
