import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { type CsvError, type Info, type Options, type Parser, parse } from 'csv-parse';
import { z } from 'zod';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import type { Relation, Row, RowBatch, RowSource, UnreadableRow } from '../../load/ports.ts';
import { rowSourceAdapter } from '../../load/ports.ts';

export interface CsvRowsOptions {
  /** Directory with one `<table>.csv` or `<group>.csv` for each group, UTF-8, with a header line. */
  readonly directory: string;
}

/** Rows handed over at once. Few, so that they are gone before the garbage collector has looked at them twice: a thousand at once cost 60 MB. */
const batchSize = 100;

/** Bytes read from the disk at once. */
const chunkSize = 256 * 1024;

export const csvRows = rowSourceAdapter({
  system: 'csv',
  forms: ['csv:./directory'],
  schemes: ['csv'],
  options: z.strictObject({}),
  create: ({ url }) => createCsvRows({ directory: url.slice('csv:'.length) }),
});

/** Rows from CSV files: for libraries without a database, for replays and for tests. */
export function createCsvRows({ directory }: CsvRowsOptions): RowSource {
  return {
    name: `csv:${directory}`,

    async check() {
      const files = (
        await readdir(directory).catch((error) => Promise.reject(missing(directory, error)))
      ).filter((name) => name.toLowerCase().endsWith('.csv'));
      return `${files.length} CSV files in ${directory}`;
    },

    async columns(relation) {
      const path = await fileOf(directory, relation);
      for await (const header of records(path, {})) return header;
      throw new PatronflowError('SOURCE_QUERY', `${path} has no header line.`, {
        hint: 'The first line of a CSV file names its columns.',
      });
    },

    async *rows(relation, signal): AsyncIterable<RowBatch> {
      const path = await fileOf(directory, relation);
      const broken: UnreadableRow[] = [];
      let width = 0;
      let isUneven = false;
      let rows: Row[] = [];
      for await (const record of records(path, { signal, broken })) {
        if (width === 0) width = record.length;
        else if (record.length === width) rows.push(record);
        else isUneven = true;
        if (rows.length >= batchSize) {
          yield { rows };
          rows = [];
          signal.throwIfAborted();
        }
      }
      yield { rows, unreadable: broken };
      if (isUneven) yield { rows: [], unreadable: await unevenRows(path, width, signal) };
    },

    async close() {},
  };
}

interface Reading {
  readonly signal?: AbortSignal;
  /** Is added to: rows with broken quotes. */
  readonly broken?: UnreadableRow[];
}

/** Rows of another width and rows with broken quotes are passed over here; the others go on. */
const tolerant: Options = {
  bom: true,
  relax_column_count: true,
  skip_records_with_error: true,
  skip_empty_lines: true,
};

function records(path: string, { signal, broken = [] }: Reading): AsyncGenerator<string[]> {
  const onBroken = (line: number) => {
    // The parser complains of each quote in a row.
    if (broken.at(-1)?.line !== line) broken.push({ line, reason: 'broken_quotes' });
  };
  return parsed<string[]>(path, tolerant, onBroken, signal);
}

/** Finds the lines of rows that are too short or too long, in a pass of its own: to note the line of every row takes the parser a third longer. */
async function unevenRows(path: string, width: number, signal: AbortSignal): Promise<UnreadableRow[]> {
  const uneven: UnreadableRow[] = [];
  for await (const { record, info } of parsed<{ record: string[]; info: Info }>(
    path,
    { ...tolerant, info: true },
    () => {},
    signal,
  )) {
    if (record.length === width) continue;
    uneven.push({ line: info.lines, reason: record.length < width ? 'too_few_fields' : 'too_many_fields' });
  }
  return uneven;
}

async function* parsed<T>(
  path: string,
  options: Options,
  onBroken: (line: number) => void,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  const parser = parse({
    ...options,
    on_skip: (error: CsvError | undefined) => {
      // What cannot be told from the rows behind it is no matter of one row: what is thrown here ends the reading.
      if (parser.info.records === 0) throw quoteError(path, 'a broken quote in its header line', error);
      if (error?.code === 'CSV_QUOTE_NOT_CLOSED') {
        throw quoteError(
          path,
          `a quote that opens after record ${parser.info.records} and never closes`,
          error,
        );
      }
      onBroken(Number(error?.lines ?? 0));
      leaveQuote(parser);
      return undefined;
    },
  });
  const file = createReadStream(path, { highWaterMark: chunkSize, ...(signal && { signal }) });
  file.on('error', (error) => parser.destroy(error));
  const checked = file.pipe(utf8Check(path));
  checked.on('error', (error) => parser.destroy(error));
  try {
    yield* checked.pipe(parser) as AsyncIterable<T>;
  } catch (error) {
    throw csvError(path, error);
  } finally {
    file.destroy();
  }
}

/**
 * Lets the parser take the end of the line for the end of the broken row. By itself it stays inside the quote,
 * and takes the rows that follow, up to the next quote or to the end of the file, for a part of this one.
 */
function leaveQuote(parser: Parser): void {
  const state = Reflect.get(parser, 'state') as { quoting: boolean };
  state.quoting = false;
}

function quoteError(path: string, what: string, cause: unknown): PatronflowError {
  return new PatronflowError('SOURCE_QUERY', `${path} has ${what}.`, {
    hint: 'Mend the file: a quote inside a quoted field is written twice.',
    cause,
  });
}

/** `<table>.csv`, else `<group>.csv`; names are compared without regard to case. */
async function fileOf(directory: string, { table, group }: Relation): Promise<string> {
  const names = await readdir(directory).catch((error) => Promise.reject(missing(directory, error)));
  const wanted = [table, group].filter((name) => name !== undefined).map((name) => `${name}.csv`);
  const found = wanted.flatMap(
    (want) => names.find((name) => name.toLowerCase() === want.toLowerCase()) ?? [],
  )[0];
  if (!found) {
    throw new PatronflowError('SOURCE_MISSING', `${directory} has no ${wanted.join(' and no ')}.`, {
      hint: 'Each group reads the CSV file that has the name of its table or its own.',
    });
  }
  const path = join(directory, found);
  await access(path).catch((error) => Promise.reject(csvError(path, error)));
  return path;
}

function missing(directory: string, cause: unknown): PatronflowError {
  return new PatronflowError(
    'SOURCE_MISSING',
    `The directory ${directory} cannot be read (${systemCode(cause)}).`,
    {
      hint: 'csv: names a directory with one CSV file for each group.',
      cause,
    },
  );
}

function csvError(path: string, error: unknown): unknown {
  const code = systemCode(error);
  // The parser's own messages quote the field, so only its code is passed on.
  if (code.startsWith('CSV_')) {
    return new PatronflowError('SOURCE_QUERY', `${path} is not CSV (${code}).`, {
      hint: 'Look for a quote that is never closed.',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'ENOENT' || code === 'EISDIR') {
    return new PatronflowError('SOURCE_MISSING', `${path} cannot be read (${code}).`, {
      hint: 'Check the file and its permissions.',
      cause: error,
    });
  }
  return error;
}

/**
 * Passes on what is UTF-8 and fails on what is not: a Latin-1 file would be delivered with every accent lost.
 * Looks at whole lines, because a chunk may end inside a character and no character holds a line feed.
 */
function utf8Check(path: string): Transform {
  let rest = Buffer.alloc(0);
  const check = (text: Buffer): Error | null =>
    isUtf8(text)
      ? null
      : new PatronflowError('SOURCE_QUERY', `${path} is not UTF-8.`, {
          hint: 'Export it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8.',
        });
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const end = chunk.lastIndexOf(0x0a) + 1;
      const lines = end === 0 ? Buffer.alloc(0) : Buffer.concat([rest, chunk.subarray(0, end)]);
      rest = end === 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.subarray(end));
      done(check(lines), chunk);
    },
    flush(done) {
      done(check(rest));
    },
  });
}
