import { safeText } from '../core/safe-text.ts';
import { shapeOf } from '../core/value-shape.ts';
import type { FeedFormat } from './feed-format.ts';
import { type Dialect, guessDialect } from './guess-dialect.ts';
import { type Feed, readFeed } from './open-feed.ts';
import type { FeedFile } from './ports.ts';
import { placeColumns } from './table-rows.ts';
import { shownSign } from './wrong-delimiter.ts';

/** Bytes by which a feed is guessed. */
const headLength = 64 * 1024;

/** Columns whose shapes are shown. */
const shownColumns = 12;

/** What `check` says of a feed: its files, how they seem to be written, its columns and the shapes of its first row; never a value. */
export async function describeFeed(
  feed: Feed,
  files: readonly FeedFile[],
  now: Date,
  signal: AbortSignal,
): Promise<string> {
  const newest = files.at(-1);
  if (!newest) return 'no file';
  const which = files.length > 1 ? `${files.length} files, the newest ` : '';
  const dialect = guessDialect(await headOf(feed, newest, signal));
  const { columns, shapes } = await firstRow(feed, newest, signal);
  const row = shapes.length > 0 ? `; first row ${shapes.join(', ')}` : '; no rows';
  return `${which}${safeText(newest.name)}${sizeText(newest)}${ageText(newest, now)}; ${dialectText(dialect, feed.format)}; ${columns} columns${row}`;
}

async function headOf({ source }: Feed, { name }: FeedFile, signal: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of source.read(name, signal)) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= headLength) break;
  }
  return Buffer.concat(parts).subarray(0, headLength);
}

async function firstRow(feed: Feed, file: FeedFile, signal: AbortSignal) {
  for await (const { columns, rows } of readFeed(feed, [file], signal)) {
    const own = columns.length - placeColumns.length;
    const shapes = (rows[0] ?? [])
      .slice(0, Math.min(own, shownColumns))
      .map((value) => shapeOf(value) || '(empty)');
    return { columns: own, shapes: own > shownColumns && shapes.length > 0 ? [...shapes, '…'] : shapes };
  }
  return { columns: 0, shapes: [] };
}

/** What was seen; where the configuration says otherwise, both. */
function dialectText({ encoding, delimiter, isWorkbook, width }: Dialect, format: FeedFormat): string {
  if (format.kind === 'workbook') return isWorkbook ? `a workbook, sheet ${format.sheet}` : 'NOT A WORKBOOK';
  const seen = encoding ?? 'an unknown encoding';
  const asked = new TextDecoder(format.encoding).encoding;
  const isSame = encoding === asked || (encoding === 'ascii' && !asked.startsWith('utf-16'));
  const said = isSame ? asked : `${asked} is configured, BUT IT LOOKS LIKE ${seen}`;
  if (format.kind === 'fixed')
    return `${said}, fixed widths${width === null ? '' : ` of ${width} characters`}`;
  const usual = `${said}, delimited by ${shownSign(format.delimiter)}`;
  if (delimiter === null || format.delimiter.includes(delimiter)) return usual;
  return `${usual}, BUT IT LOOKS DELIMITED BY ${shownSign(delimiter)}`;
}

function sizeText({ size }: FeedFile): string {
  return size === null ? '' : `, ${size.toLocaleString('en-US')} bytes`;
}

function ageText({ modified }: FeedFile, now: Date): string {
  if (modified === null) return '';
  const hours = (now.getTime() - modified.getTime()) / 3_600_000;
  if (hours < 0) return ', written just now';
  return hours < 48 ? `, ${hours.toFixed(1)} hours old` : `, ${Math.floor(hours / 24)} days old`;
}
