import { feedText } from './decode-feed.ts';
import { DelimitedReader } from './delimited-reader.ts';
import { commaFormat, type DelimitedFormat, type FeedFormat, type FixedFormat } from './feed-format.ts';
import type { RecordReader } from './feed-record.ts';
import { FixedReader } from './fixed-reader.ts';
import { type TableBatch, TableRows } from './table-rows.ts';
import { readSheet } from './workbook/read-sheet.ts';

/**
 * Reads the rows of a feed. Every physical line is in a count: a name of columns, a row, a blank line, a line that the
 * format passes over, or part of what cannot be read.
 * @param name of the file, for messages
 * @param withPlace whether rows end with the values of `placeColumns`
 */
export async function* readTable(
  chunks: AsyncIterable<Buffer>,
  name: string,
  format: FeedFormat = commaFormat,
  withPlace = false,
): AsyncGenerator<TableBatch> {
  const rows = new TableRows(name, format, withPlace);
  if (format.kind === 'workbook') yield* readWorkbook(chunks, name, format, rows);
  else yield* readText(chunks, name, format, rows);
}

async function* readText(
  chunks: AsyncIterable<Buffer>,
  name: string,
  format: DelimitedFormat | FixedFormat,
  rows: TableRows,
): AsyncGenerator<TableBatch> {
  const text = feedText(name, format.encoding);
  const reader: RecordReader =
    format.kind === 'fixed' ? new FixedReader(format) : new DelimitedReader(format);
  for await (const chunk of chunks) {
    const decoded = text.decode(chunk);
    rows.beginsWith(decoded);
    reader.push(decoded);
    for (let record = reader.next(); record; record = reader.next()) {
      if (rows.add(record)) yield rows.take(null);
    }
  }
  const breaksOff = text.end();
  reader.end();
  for (let record = reader.next(); record; record = reader.next()) {
    if (rows.add(record)) yield rows.take(null);
  }
  yield rows.end(text.lines, reader.marks, breaksOff);
}

async function* readWorkbook(
  chunks: AsyncIterable<Buffer>,
  name: string,
  format: Extract<FeedFormat, { kind: 'workbook' }>,
  rows: TableRows,
): AsyncGenerator<TableBatch> {
  const sheet = await readSheet(chunks, name, format);
  for await (const records of sheet.records()) {
    for (const record of records) if (rows.add(record)) yield rows.take(null);
  }
  rows.formulas = sheet.formulas;
  yield rows.end(sheet.rows, 0, false);
}
