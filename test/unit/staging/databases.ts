import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../../src/staging/database.ts';
import { readStaged } from '../../../src/staging/read-staged.ts';
import type { SqlColumn } from '../../../src/staging/sql-columns.ts';
import { StagedFile } from '../../../src/staging/staged-file.ts';
import { never } from '../../support/never.ts';

/** Columns of text, as those of a feed are. */
export const texts = (names: readonly string[]): SqlColumn[] =>
  names.map((name) => ({ name, type: 'VARCHAR' }));

export type Row = readonly (string | null)[];

/** A locked database with tables, in a folder of its own. */
export interface FilledDatabase {
  readonly database: Database;
  readonly directory: string;
  /** The rows of a query, read back as a run reads them. */
  ask(query: string, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<string[][]>;
}

/** @param tables columns, and rows below them, by the name of the table */
export async function filledDatabase(
  tables: Readonly<Record<string, readonly [readonly string[], ...Row[]]>>,
  memoryMegabytes = 128,
): Promise<FilledDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'patronflow-staging-'));
  const database = await Database.open({ memoryMegabytes, threads: 1 }, join(directory, 'spill'));
  for (const [at, [name, [columns, ...rows]]] of Object.entries(tables).entries()) {
    const path = join(directory, `table-${at}.csv`);
    await writeRows(path, rows);
    await database.createTable(name, texts(columns));
    await database.fillTable(name, texts(columns), path, never);
  }
  const output = join(directory, 'rows.csv');
  await database.lock([output]);
  return {
    database,
    directory,
    async ask(query, { timeoutMs = 20_000, signal = never } = {}) {
      await database.copyRows(query, output, timeoutMs, signal);
      return readRows(output);
    },
  };
}

export async function writeRows(path: string, rows: Iterable<Row>): Promise<void> {
  const file = new StagedFile(path, 'people');
  for (const row of rows) await file.write(row);
  await file.close();
}

export async function readRows(path: string): Promise<string[][]> {
  const found: string[][] = [];
  for await (const rows of readStaged(path, never)) found.push(...rows.map((row) => [...row]));
  return found;
}
