import type { DelimitedText } from './delimited-reader.ts';
import type { FixedLayout } from './fixed-layout.ts';
import type { Trailer } from './trailer.ts';

/** What all feeds of text have. */
interface TextFormat {
  /** As the WHATWG Encoding Standard calls it: `utf-8`, `windows-1252`, `utf-16le`. */
  readonly encoding: string;
  readonly skipLines: number;
  readonly comment: string | null;
  readonly trailer: Trailer | null;
}

/** Where the names of the columns come from. */
interface ColumnNames {
  /** Names that the feed does not hold itself; null where its first rows do. */
  readonly header: readonly string[] | null;
  /** Rows that name the columns; the names of a column are joined from above to below. */
  readonly headerRows: number;
}

export interface DelimitedFormat extends TextFormat, ColumnNames, DelimitedText {
  readonly kind: 'delimited';
}

export interface FixedFormat extends TextFormat {
  readonly kind: 'fixed';
  readonly layout: FixedLayout;
}

export interface WorkbookFormat extends ColumnNames {
  readonly kind: 'workbook';
  /** The name of the sheet, or its number from 1. */
  readonly sheet: string | number;
  readonly skipLines: number;
  /** What a row with an error (`#N/A`) in a cell does, or with a formula that was never calculated: its cell may count as empty. */
  readonly errorCells: 'reject' | 'empty';
}

/** How a feed is written. */
export type FeedFormat = DelimitedFormat | FixedFormat | WorkbookFormat;

/** CSV as most programs write it. */
export const commaFormat: DelimitedFormat = {
  kind: 'delimited',
  encoding: 'utf-8',
  delimiter: ',',
  quote: '"',
  header: null,
  headerRows: 1,
  skipLines: 0,
  comment: null,
  trailer: null,
};
