import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { unguarded } from '../../core/csv-text.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest-name.ts';
import { safeText } from '../../core/safe-text.ts';
import { commaFormat } from '../../feeds/feed-format.ts';
import { readTable } from '../../feeds/read-table.ts';
import type { TableBatch } from '../../feeds/table-rows.ts';
import type { Row, RowBatch, RowSource } from '../ports.ts';
import { rejectsColumns } from './rejects-writer.ts';

/** Rows that a run rejected, mended by a person. */
export interface RejectedRows {
  readonly source: RowSource;
  /** The groups that have rows, as the file names them. */
  readonly groups: readonly string[];
  /** Rows without a value: lines that could not be read. */
  readonly empty: number;
}

/**
 * Opens a file of rejected rows. It is read once, so that what is wrong with it is told before anything is made.
 * @throws PatronflowError SOURCE_MISSING where it cannot be read, REJECTS_UNFIT where it is none
 */
export async function openRejectedRows(
  path: string,
  groups: readonly string[],
  signal: AbortSignal,
): Promise<RejectedRows> {
  const found = new Set<string>();
  let empty = 0;
  for await (const { groupOf, rows, columns, unreadable } of batchesOf(path, signal)) {
    const [broken] = unreadable;
    if (broken)
      throw unfit(
        path,
        `has ${columns.length} columns, and line ${broken.line} cannot be read as a row of them`,
      );
    for (const row of rows) {
      const group = groupOf(row);
      if (!groups.includes(group)) {
        const called =
          group === '' ? 'no group' : `the group ${safeText(group)}, which the job does not have`;
        throw unfit(path, `has a row of ${called}${didYouMean(group, groups)}`);
      }
      if (hasValues(row)) found.add(group);
      else empty += 1;
    }
  }
  return { source: sourceOf(path), groups: groups.filter((group) => found.has(group)), empty };
}

function sourceOf(path: string): RowSource {
  return {
    name: `file:${path}`,
    check: async () => path,
    hasHeaderLine: true,
    async columns(_, signal) {
      for await (const { columns } of batchesOf(path, signal)) return columns;
      return [];
    },
    async *rows({ group }, signal): AsyncIterable<RowBatch> {
      for await (const { groupOf, rows } of batchesOf(path, signal))
        yield { rows: rows.filter((row) => groupOf(row) === group && hasValues(row)) };
    },
    close: async () => {},
  };
}

interface RejectsBatch extends TableBatch {
  readonly groupOf: (row: Row) => string;
}

async function* batchesOf(path: string, signal: AbortSignal): AsyncGenerator<RejectsBatch> {
  const file = createReadStream(path, { signal });
  try {
    const format = { ...commaFormat, delimiter: await delimiterOf(path) };
    for await (const batch of readTable(file, path, format)) {
      const at = batch.columns.indexOf(groupColumn);
      if (at < 0) throw unfit(path, `has no column ${groupColumn} in its first line`);
      const rows = batch.rows.map((row) => row.map((value) => unguarded(value ?? '')));
      yield { ...batch, rows, groupOf: (row) => row[at]?.trim() ?? '' };
    }
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'EISDIR') throw error;
    throw new PatronflowError('SOURCE_MISSING', `${safeText(path)} cannot be read (${code}).`, {
      hint: 'Name the file of rejected rows that a load wrote.',
      cause: error,
    });
  } finally {
    file.destroy();
  }
}

/** Spreadsheets of some countries save CSV with semicolons; the sign behind the first name says so. */
async function delimiterOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    const [, sign = ','] = /^\ufeff?"?_group"?([;\t])/.exec(buffer.toString('utf8', 0, bytesRead)) ?? [];
    return sign;
  } finally {
    await file.close();
  }
}

const [groupColumn] = rejectsColumns;

const hasValues = (row: Row): boolean =>
  row.slice(rejectsColumns.length).some((value) => (value ?? '').trim() !== '');

function unfit(path: string, what: string): PatronflowError {
  return new PatronflowError('REJECTS_UNFIT', `${safeText(path)} ${what}.`, {
    hint: 'Save it as CSV in UTF-8 with the columns that it came with. docs/rejects.md says how.',
  });
}
