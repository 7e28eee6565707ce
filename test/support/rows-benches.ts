import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { createCsvRows } from '../../src/adapters/rows/csv.ts';
import { createOracleRows } from '../../src/adapters/rows/oracle.ts';
import { createPostgresRows } from '../../src/adapters/rows/postgres.ts';
import type { Relation, Row, RowSource } from '../../src/load/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { filesBelow } from './files-below.ts';
import { fakeOracle } from './oracle-driver.ts';
import { contentsOf, cutConnections, startPostgres } from './postgres.ts';

/** A system with `people` in a table called staff (id, name, barcode), no row in empty_group, and no other table. */
export interface RowsBench extends AdapterBench<RowSource> {
  /** Rows that a batch has at most. */
  readonly batchSize: number;
  /** Cuts every connection; null where there is none. */
  readonly cut: (() => Promise<void>) | null;
  /** What gives no row for minutes; null where nothing can be that slow. */
  readonly slow: { readonly relation: Relation; untilAsked(): Promise<unknown> } | null;
}

/** So many that the last batch of a group is a small one; each seventh is without a barcode. */
export const people: readonly Row[] = Array.from({ length: 10_007 }, (_, index) => [
  String(index + 1),
  `Pérson ${index + 1}`,
  index % 7 === 0 ? null : `2900${index}`,
]);

export const columns = ['id', 'name', 'barcode'];
const password = 'warehouse-secret-4711';

export async function csvBench(): Promise<RowsBench> {
  const directory = await mkdtemp(join(tmpdir(), 'patronflow-rows-'));
  const write = (name: string, rows: readonly Row[]) => {
    const lines = rows.map((row) => row.map((value) => value ?? '').join(','));
    return writeFile(join(directory, name), [columns.join(','), ...lines, ''].join('\n'));
  };
  await write('staff.csv', people);
  await write('empty_group.csv', []);
  const missing = (what: string, path: string) =>
    ({ what, adapter: createCsvRows({ directory: path }), code: 'SOURCE_MISSING' }) as const;
  return {
    batchSize: 100,
    open: () => createCsvRows({ directory }),
    broken: async () => [
      missing('a directory that is not there', join(directory, 'no-such')),
      missing('a directory that is a file', join(directory, 'staff.csv')),
    ],
    at: null,
    cut: null,
    slow: null,
    traces: () => filesBelow(directory),
    secrets: [],
    stop: () => rm(directory, { recursive: true }),
  };
}

export async function postgresBench(): Promise<RowsBench> {
  const postgres = await startPostgres();
  const database = await postgres.freshDatabase();
  await database.query(
    `CREATE TABLE staff AS SELECT n AS id, 'Pérson ' || n AS name,
      CASE WHEN (n - 1) % 7 <> 0 THEN '2900' || (n - 1) END AS barcode FROM generate_series(1, ${people.length}) AS n;
    CREATE TABLE empty_group AS SELECT * FROM staff WHERE false`,
  );
  const { url, user } = database;
  const open = (options: { url?: string; password?: string } = {}) =>
    createPostgresRows({
      ...{ url, user, password: database.password, tls: 'disable' },
      ...{ connectTimeoutMs: 10_000, callTimeoutMs: 60_000 },
      ...options,
    });
  const asleep =
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
  return {
    batchSize: 1_000,
    open: () => open(),
    broken: async () => [
      { what: 'a wrong password', adapter: open({ password }), code: 'SOURCE_LOGIN' },
      {
        what: 'a database that is not there',
        adapter: open({ url: url.replace(/[^/]+$/, 'no_such_database') }),
        code: 'SOURCE_MISSING',
      },
    ],
    at: (port) => open({ url: `postgres://127.0.0.1:${port}/warehouse` }),
    cut: () => cutConnections(database),
    slow: {
      relation: { group: 'staff', query: 'SELECT pg_sleep(50)::text AS waited' },
      untilAsked: () => vi.waitUntil(async () => (await database.query(asleep)).length === 1, 10_000),
    },
    traces: () => contentsOf(database),
    secrets: [password, database.password],
    async stop() {
      await database.close();
      await postgres.stop();
    },
  };
}

/** Behind the real driver there is no server to be had: it is used where none answers. */
export async function oracleBench(): Promise<RowsBench> {
  const oracle = fakeOracle(columns, people, { empty_group: [], no_such_table: 'missing', ages: 'slow' });
  const options = {
    ...{ host: '127.0.0.1', port: 1521, service: 'DW', user: 'reader', password },
    ...{ connectTimeoutMs: 10_000, callTimeoutMs: 60_000 },
  };
  const refusing = fakeOracle(columns, []);
  refusing.faults.connect = 'ORA-01017: invalid username/password; logon denied';
  return {
    batchSize: 1_000,
    open: () => createOracleRows(options, oracle),
    broken: async () => [
      { what: 'a wrong password', adapter: createOracleRows(options, refusing), code: 'SOURCE_LOGIN' },
    ],
    at: (port) => createOracleRows({ ...options, port }),
    cut: async () => oracle.cut(),
    slow: {
      relation: { group: 'staff', table: 'ages' },
      untilAsked: () => vi.waitUntil(() => oracle.isWaiting, 10_000),
    },
    traces: async () =>
      oracle.statements.filter((text) => !/^(SELECT|describe SELECT|SET TRANSACTION READ ONLY$)/.test(text)),
    secrets: [password],
    async stop() {
      if (oracle.openResults + oracle.openConnections > 0) throw new Error('Oracle has something open');
    },
  };
}
