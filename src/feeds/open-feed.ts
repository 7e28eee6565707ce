import { setTimeout } from 'node:timers/promises';
import { itemsUntilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import type { FeedFormat } from './feed-format.ts';
import { type Pick, pickFiles } from './pick-files.ts';
import type { FeedFile, FileSource } from './ports.ts';
import { readTable } from './read-table.ts';
import type { TableBatch } from './table-rows.ts';

/** A table that arrives as files. */
export interface Feed {
  readonly source: FileSource;
  readonly pick: Pick;
  readonly format: FeedFormat;
}

/** A file that was written so shortly before may still be growing. */
const freshMs = 60_000;

/** A program that still writes a file has written something after so long. */
const secondLookMs = 3000;

/** Finds the files of a feed, and sees that none of them is still being written. */
export async function findFiles(
  { source, pick }: Omit<Feed, 'format'>,
  now: Date,
  signal: AbortSignal,
): Promise<readonly FeedFile[]> {
  const found = pickFiles(await listed(source, pick, signal), pick, source.name, now);
  const isFresh = ({ modified }: FeedFile) =>
    modified !== null && Math.abs(Date.now() - modified.getTime()) < freshMs;
  if (pick.marker === null && source.isFolder && found.some(isFresh)) {
    await setTimeout(secondLookMs, undefined, { signal });
    await refuseOthers(found, source, pick, signal);
  }
  return found;
}

/**
 * Reads the rows of the files, one after the other. All of them must have the same columns.
 * @throws PatronflowError FEED_CHANGED where a file is another one at the end of all than at the beginning
 */
export async function* readFeed(
  { source, pick, format }: Feed,
  files: readonly FeedFile[],
  signal: AbortSignal,
): AsyncGenerator<TableBatch> {
  let columns: readonly string[] | null = null;
  for (const file of files) {
    let size = 0;
    const counted = async function* () {
      for await (const chunk of itemsUntilAborted(signal, source.read(file.name, signal))) {
        size += chunk.length;
        yield chunk;
      }
    };
    for await (const batch of readTable(counted(), safeText(file.name), format, true)) {
      columns ??= batch.columns;
      refuseOtherColumns(columns, batch.columns, file);
      if (batch.file) {
        if (file.size !== null && size !== file.size) throw changed(file, source);
        if (file === files.at(-1)) await refuseOthers(files, source, pick, signal);
      }
      yield batch;
    }
  }
}

async function listed(
  source: FileSource,
  { pattern, marker }: Pick,
  signal: AbortSignal,
): Promise<FeedFile[]> {
  const files: FeedFile[] = [];
  const names = pattern.isName
    ? [pattern.text, ...(marker === null ? [] : [pattern.text + marker])]
    : [undefined];
  // A folder is listed once; where files are asked for by name, each is.
  for (const name of source.isFolder ? [undefined] : names)
    for await (const file of source.list(signal, name)) files.push(file);
  return files;
}

/** Lists once for all files: a folder may hold many, and each list is a request or more. */
async function refuseOthers(
  files: readonly FeedFile[],
  source: FileSource,
  pick: Pick,
  signal: AbortSignal,
): Promise<void> {
  const now = await listed(source, pick, signal);
  for (const file of files) refuseChanged(file, now, source);
}

function refuseChanged(file: FeedFile, now: readonly FeedFile[], source: FileSource): void {
  const found = now.find(({ name }) => name === file.name);
  if (!found || !isSameFile(found, file)) throw changed(file, source);
}

/** Tells whether what is called alike is the same file still. */
export function isSameFile(found: FeedFile, file: FeedFile): boolean {
  return found.size === file.size && found.modified?.getTime() === file.modified?.getTime();
}

function changed({ name }: FeedFile, source: FileSource): PatronflowError {
  return new PatronflowError(
    'FEED_CHANGED',
    `${safeText(name)} at ${source.name} changed while it was read.`,
    {
      hint: 'It was still being written, or was replaced. Run again later; a marker file tells when a feed is complete.',
    },
  );
}

function refuseOtherColumns(columns: readonly string[], others: readonly string[], file: FeedFile): void {
  if (columns.length === others.length && columns.every((name, at) => name === others[at])) return;
  throw new PatronflowError(
    'SOURCE_QUERY',
    `${safeText(file.name)} has different columns from the earlier files of the feed.`,
    { hint: 'Give all files of a feed the same columns in the same order, or make a table of each.' },
  );
}
