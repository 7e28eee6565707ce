import { createReadStream } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { readTable } from '../../feeds/read-table.ts';
import type { TableBatch } from '../../feeds/table-rows.ts';
import type { Relation, RowBatch, RowSource } from '../../load/ports.ts';
import { rowSourceAdapter } from '../../load/ports.ts';

export interface CsvRowsOptions {
  /** Directory with one `<table>.csv` or `<group>.csv` for each group, UTF-8, with a header line. */
  readonly directory: string;
}

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

    hasHeaderLine: true,

    async columns(relation, signal) {
      const path = await fileOf(directory, relation);
      for await (const { columns } of batches(path, signal)) return columns;
      return [];
    },

    async *rows(relation, signal): AsyncIterable<RowBatch> {
      const path = await fileOf(directory, relation);
      for await (const { rows, unreadable, file } of batches(path, signal)) {
        yield { rows, unreadable, file };
        signal.throwIfAborted();
      }
    },

    async close() {},
  };
}

async function* batches(path: string, signal: AbortSignal): AsyncGenerator<TableBatch> {
  const file = createReadStream(path, { highWaterMark: chunkSize, signal });
  try {
    yield* readTable(file, path);
  } catch (error) {
    throw fileError(path, error);
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
  await access(path).catch((error) => Promise.reject(fileError(path, error)));
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

function fileError(path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code !== 'EACCES' && code !== 'ENOENT' && code !== 'EISDIR') return error;
  return new PatronflowError('SOURCE_MISSING', `${path} cannot be read (${code}).`, {
    hint: 'Check the file and its permissions.',
    cause: error,
  });
}
