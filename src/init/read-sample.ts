import { basename } from 'node:path';
import { shapeOf } from '../core/value-shape.ts';
import { DelimitedReader } from '../feeds/delimited-reader.ts';
import { commaFormat, type FeedFormat } from '../feeds/feed-format.ts';
import { type Dialect, guessDialect } from '../feeds/guess-dialect.ts';
import type { FileSource } from '../feeds/ports.ts';
import { readTable } from '../feeds/read-table.ts';
import { parseTrailer } from '../feeds/trailer.ts';
import { voyagerSif } from '../feeds/voyager-sif.ts';
import { ColumnProfile } from './profile-column.ts';

/** A feed that was looked at. */
export interface Sample {
  readonly name: string;
  readonly format: FeedFormat;
  /** What of the format is not as usual, as the configuration has it: `delimiter: "|"`. */
  readonly written: readonly string[];
  /** Whether the feed names its columns; else they are called `COLUMN_1` and so on. */
  readonly hasHeader: boolean;
  readonly columns: readonly ColumnProfile[];
  readonly rows: number;
  readonly unreadable: number;
}

/** Bytes by which a feed is guessed. */
const headLength = 256 * 1024;

/** Rows that are looked at: enough for rare codes, few enough for a minute. */
const maxRows = 200_000;

/** Characters of the end of a text that are remembered. */
const tailLength = 2048;

/** Voyager's layout: a line has 456 characters and 429 for each address. */
const isSif = (width: number): boolean => width >= 456 && (width - 456) % 429 === 0;

/** Looks at a file: how it is written, its columns, and what their values have in common. */
export async function readSample(source: FileSource, path: string, signal: AbortSignal): Promise<Sample> {
  const name = basename(path);
  const dialect = guessDialect(await headOf(source, name, signal));
  const usual = formatOf(dialect);
  const first = await firstRows(source, name, withoutHeader(usual.format), signal);
  const hasHeader = usual.format.kind !== 'fixed' && namesColumns(first);
  const names = (first[0] ?? []).map((_, at) => `COLUMN_${at + 1}`);
  const format =
    hasHeader || usual.format.kind === 'fixed' ? usual.format : { ...usual.format, header: names };
  const written =
    hasHeader || usual.format.kind === 'fixed'
      ? usual.written
      : [...usual.written, `header: [${names.join(', ')}]`];
  const columns: ColumnProfile[] = [];
  let rows = 0;
  let unreadable = 0;
  const tail = new Tail();
  for await (const batch of readTable(tail.of(source.read(name, signal)), name, format)) {
    if (columns.length === 0) columns.push(...batch.columns.map((column) => new ColumnProfile(column)));
    for (const row of batch.rows) for (const [at, column] of columns.entries()) column.add(row[at] ?? '');
    rows += batch.rows.length;
    unreadable += batch.unreadable.length;
    if (rows >= maxRows) break;
  }
  const seen = { name, hasHeader, columns: columns.filter((column) => column.name !== ''), rows };
  const trailer = unreadable > 0 && rows < maxRows ? trailerOf(tail.lastLine(), rows) : null;
  if (trailer === null || format.kind === 'workbook') return { ...seen, format, written, unreadable };
  return {
    ...seen,
    format: { ...format, trailer: parseTrailer(trailer) },
    written: [...written, `trailer: ${JSON.stringify(trailer)}`],
    unreadable: unreadable - 1,
  };
}

/** Remembers the end of a text while it is read. */
class Tail {
  #end = '';

  async *of(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#end = (this.#end + chunk.toString('latin1')).slice(-tailLength);
      yield chunk;
    }
  }

  lastLine(): string {
    return (
      this.#end
        .trimEnd()
        .split(/[\r\n]+/)
        .at(-1) ?? ''
    );
  }
}

/** A last line such as `TRAILER|1234` that gives the number of rows, as a configuration writes it; null for any other. */
function trailerOf(line: string, rows: number): string | null {
  const [, word = '', count] = /^([A-Za-z]{2,12}[^A-Za-z0-9]{0,3})0*(\d+)[^A-Za-z0-9]*$/.exec(line) ?? [];
  return Number(count) === rows
    ? `${word}{count}${line.slice(line.lastIndexOf(count ?? '') + (count ?? '').length)}`
    : null;
}

function formatOf({ encoding, delimiter, hasQuotes, isWorkbook, width }: Dialect): {
  format: FeedFormat;
  written: string[];
} {
  if (isWorkbook) {
    const format = {
      kind: 'workbook',
      sheet: 1,
      skipLines: 0,
      errorCells: 'reject',
      header: null,
      headerRows: 1,
    } as const;
    return { format, written: ['sheet: 1'] };
  }
  const text = {
    encoding: encoding === null || encoding === 'ascii' ? 'utf-8' : encoding,
    skipLines: 0,
    comment: null,
    trailer: null,
  };
  const said = text.encoding === 'utf-8' ? [] : [`encoding: ${text.encoding}`];
  if (width !== null && isSif(width))
    return {
      format: { kind: 'fixed', layout: voyagerSif, ...text },
      written: ['layout: voyager-sif', ...said],
    };
  const sign = delimiter ?? ',';
  // A quote that opens no field is a sign of a name such as O"Neill, or of inches.
  const quote = hasQuotes || sign === ',' ? ('"' as const) : null;
  const written = [
    ...(sign === ',' ? [] : [`delimiter: ${sign === '\t' ? 'tab' : JSON.stringify(sign)}`]),
    ...(quote === null ? ['quote: none'] : []),
    ...said,
  ];
  return { format: { ...commaFormat, ...text, delimiter: sign, quote }, written };
}

function withoutHeader(format: FeedFormat): FeedFormat {
  if (format.kind === 'fixed') return format;
  const header = Array.from({ length: 1000 }, (_, at) => `c${at}`);
  return format.kind === 'workbook' ? { ...format, header, headerRows: 1 } : { ...format, header };
}

/** The first rows, with their fields as they stand. */
async function firstRows(
  source: FileSource,
  name: string,
  format: FeedFormat,
  signal: AbortSignal,
): Promise<string[][]> {
  if (format.kind === 'workbook') {
    for await (const { rows } of readTable(source.read(name, signal), name, format)) {
      const width = Math.max(0, ...rows.map((row) => row.findLastIndex((value) => value !== '') + 1));
      return rows.slice(0, 2).map((row) => row.slice(0, width));
    }
    return [];
  }
  if (format.kind === 'fixed') return [];
  const reader = new DelimitedReader(format);
  const head = await headOf(source, name, signal);
  reader.push(new TextDecoder(format.encoding).decode(head));
  const rows: string[][] = [];
  for (let record = reader.next(); record && rows.length < 2; record = reader.next())
    if (record.fields.some((field) => field.trim() !== '')) rows.push([...record.fields]);
  return rows;
}

/** Whether the first row names columns: words without digits in front, each another, and not of the shapes of the next row. */
function namesColumns([first = [], second = []]: readonly (readonly string[])[]): boolean {
  const names = first.map((name) => name.trim()).filter((name) => name !== '');
  if (names.length === 0 || new Set(names.map((name) => name.toLowerCase())).size < names.length)
    return false;
  if (!names.every((name) => /^[\p{L}_][\p{L}\p{N}_ .#()/&-]{0,60}$/u.test(name))) return false;
  if (second.length === 0) return true;
  // People have digits somewhere: an id, a date, a telephone number.
  const same = first.filter((name, at) => shapeOf(name.trim()) === shapeOf((second[at] ?? '').trim())).length;
  return same * 2 < first.length;
}

async function headOf(source: FileSource, name: string, signal: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of source.read(name, signal)) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= headLength) break;
  }
  return Buffer.concat(parts);
}
