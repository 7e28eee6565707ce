import { createReadStream } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CsvError, type Info, parse } from 'csv-parse';
import { PatronflowError, systemCode } from '../core/errors.ts';
import type { Relation, Row, RowBatch, RowSource, UnreadableRow } from '../core/ports.ts';

export interface CsvRowsOptions {
  /** Directory with one `<table>.csv` or `<group>.csv` for each group, UTF-8, with a header line. */
  readonly directory: string;
}

/** Rows handed over at once: enough that the hand-over costs nothing, few enough to hold. */
const batchSize = 1000;

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
      for await (const { row } of records(path)) {
        if (row) return row;
      }
      throw new PatronflowError('SOURCE_QUERY', `${path} has no header line.`, {
        hint: 'The first line of a CSV file names its columns.',
      });
    },

    async *rows(relation, signal): AsyncIterable<RowBatch> {
      const path = await fileOf(directory, relation);
      let width = 0;
      let rows: Row[] = [];
      let unreadable: UnreadableRow[] = [];
      for await (const { row, line, broken } of records(path, signal)) {
        if (broken) unreadable.push({ line, reason: 'broken_quotes' });
        else if (width === 0) width = row.length;
        else if (row.length === width) rows.push(row);
        else unreadable.push({ line, reason: row.length < width ? 'too_few_fields' : 'too_many_fields' });
        if (rows.length + unreadable.length >= batchSize) {
          yield { rows, unreadable };
          rows = [];
          unreadable = [];
        }
      }
      if (rows.length + unreadable.length > 0) yield { rows, unreadable };
    },

    async close() {},
  };
}

type CsvRecord = { row: string[]; line: number; broken: false } | { row: null; line: number; broken: true };

async function* records(path: string, signal?: AbortSignal): AsyncGenerator<CsvRecord> {
  const skipped: CsvRecord[] = [];
  const parser = parse({
    bom: true,
    info: true,
    // Rows of another width and rows with broken quotes are reported by their line; the others go on.
    relax_column_count: true,
    skip_records_with_error: true,
    skip_empty_lines: true,
    on_skip: (error: CsvError | undefined) => {
      skipped.push({ row: null, line: Number(error?.lines ?? 0), broken: true });
      return undefined;
    },
  });
  const file = createReadStream(path, { ...(signal && { signal }) });
  file.on('error', (error) => parser.destroy(error));
  try {
    for await (const { record, info } of file.pipe(parser) as AsyncIterable<{
      record: string[];
      info: Info;
    }>) {
      yield* skipped.splice(0);
      yield { row: record, line: info.lines, broken: false };
    }
    yield* skipped.splice(0);
  } catch (error) {
    throw csvError(path, error);
  } finally {
    file.destroy();
  }
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
