import { commaFormat, type FeedFormat } from '../../../src/feeds/feed-format.ts';
import { readTable } from '../../../src/feeds/read-table.ts';
import type { FileReading, UnreadableRow } from '../../../src/feeds/table-rows.ts';

/** A file read to its end. */
export interface WholeTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly unreadable: readonly UnreadableRow[];
  readonly file: FileReading;
}

/** Reads a table that arrives in chunks of a size. */
export async function wholeTable(
  content: string | Buffer,
  chunkSize = 65_536,
  format: FeedFormat = commaFormat,
): Promise<WholeTable> {
  const bytes = Buffer.from(content as string);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
  }
  let columns: readonly string[] = [];
  const rows: (readonly string[])[] = [];
  const unreadable: UnreadableRow[] = [];
  let file: FileReading | null = null;
  for await (const batch of readTable(chunks(), 'people.csv', format)) {
    columns = batch.columns;
    rows.push(...batch.rows);
    unreadable.push(...batch.unreadable);
    file = batch.file ?? file;
  }
  if (!file) throw new Error('a table without an end');
  return { columns, rows, unreadable, file };
}
