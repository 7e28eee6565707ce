import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCsvRows } from '../../src/adapters/rows-csv.ts';
import { createOracleRows } from '../../src/adapters/rows-oracle.ts';
import { createPostgresRows } from '../../src/adapters/rows-postgres.ts';
import type { Row, RowSource } from '../../src/core/ports.ts';
import { never } from '../support/object-benches.ts';
import { fakeOracle } from '../support/oracle-driver.ts';
import { startPostgres } from '../support/postgres.ts';
import { everyRow } from '../support/rows.ts';

/** A source with 10,000 invented people in a table called staff: ID, NAME, BARCODE; each seventh without a barcode. */
interface RowsBench {
  readonly source: RowSource;
  stop(): Promise<void>;
}

const people: readonly Row[] = Array.from({ length: 10_000 }, (_, index) => [
  String(index + 1),
  `Pérson ${index + 1}`,
  index % 7 === 0 ? null : `2900${index}`,
]);
/** Null and '' both mean empty; a CSV file has but the second. */
const withoutNulls = (rows: readonly Row[]) => rows.map((row) => row.map((value) => value ?? ''));

async function csvBench(): Promise<RowsBench> {
  const directory = await mkdtemp(join(tmpdir(), 'patronflow-rows-'));
  const lines = people.map((row) => row.map((value) => value ?? '').join(','));
  await writeFile(join(directory, 'staff.csv'), ['id,name,barcode', ...lines, ''].join('\n'));
  return { source: createCsvRows({ directory }), stop: () => rm(directory, { recursive: true }) };
}

async function postgresBench(): Promise<RowsBench> {
  const postgres = await startPostgres();
  const database = await postgres.freshDatabase();
  await database.query(
    `CREATE TABLE staff AS SELECT n AS id, 'Pérson ' || n AS name,
      CASE WHEN (n - 1) % 7 <> 0 THEN '2900' || (n - 1) END AS barcode FROM generate_series(1, 10000) AS n`,
  );
  const { url, user, password } = database;
  const times = { connectTimeoutMs: 5_000, callTimeoutMs: 10_000 };
  return {
    source: createPostgresRows({ url, user, password, tls: 'disable', ...times }),
    stop: async () => {
      await database.close();
      await postgres.stop();
    },
  };
}

async function oracleBench(): Promise<RowsBench> {
  const oracle = fakeOracle(
    ['id', 'name', 'barcode'],
    people.map((row) => [...row]),
  );
  const login = { host: 'localhost', port: 1521, service: 'DW', user: 'reader', password: 'secret' };
  return {
    source: createOracleRows({ ...login, connectTimeoutMs: 1_000, callTimeoutMs: 1_000 }, oracle),
    stop: async () => {
      expect(oracle.openResults).toBe(0);
      expect(oracle.openConnections).toBe(0);
    },
  };
}

describe.each([
  ['CSV files', csvBench, 100],
  ['PostgreSQL', postgresBench, 1_000],
  ['Oracle', oracleBench, 1_000],
])('reading people from %s', (_system, start, batchSize) => {
  let bench: RowsBench;
  let source: RowSource;
  const staff = { group: 'staff', table: 'staff' };

  beforeAll(async () => {
    bench = await start();
    source = bench.source;
  });
  afterAll(async () => {
    await source.close();
    await source.close();
    await bench.stop();
  });

  it('finds the columns in order, without reading a row', async () => {
    expect(await source.columns(staff, never)).toEqual(['id', 'name', 'barcode']);
  });

  it('gives every row once and in order, in batches', async () => {
    const rows: Row[] = [];
    let largest = 0;
    for await (const batch of source.rows(staff, never)) {
      largest = Math.max(largest, batch.rows.length);
      rows.push(...batch.rows);
    }

    expect(withoutNulls(rows)).toEqual(withoutNulls(people));
    expect(largest).toBe(batchSize);
  });

  it('reads the same people twice', async () => {
    expect(await everyRow(source, staff)).toHaveLength(10_000);
    expect(await everyRow(source, staff)).toHaveLength(10_000);
  });

  it('does not hold more than its reader asked for', async () => {
    let rows = 0;
    for await (const batch of source.rows(staff, never)) {
      rows += batch.rows.length;
      if (rows >= 2_000) break;
    }

    expect(rows).toBe(2_000);
    expect(await everyRow(source, staff)).toHaveLength(10_000);
  });

  it('stops in the middle when it is told to, and can be read again', async () => {
    const stopping = new AbortController();
    let rows = 0;
    const reading = (async () => {
      for await (const batch of source.rows(staff, stopping.signal)) {
        rows += batch.rows.length;
        if (rows === 2_000) stopping.abort();
      }
    })();

    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(rows).toBe(2_000);
    expect(await everyRow(source, staff)).toHaveLength(10_000);
  });

  it('reads nothing once it was told to stop', async () => {
    await expect(everyRow(source, staff, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('Oracle at work on a slow query', () => {
  it('is broken off at once when the run is told to stop', async () => {
    const oracle = fakeOracle(['id'], [['1']]);
    oracle.isSlow = true;
    const login = { host: 'localhost', port: 1521, service: 'DW', user: 'reader', password: 'secret' };
    const source = createOracleRows({ ...login, connectTimeoutMs: 1_000, callTimeoutMs: 1_000 }, oracle);
    const stopping = new AbortController();
    const reading = everyRow(source, { group: 'staff', table: 'staff' }, stopping.signal);
    setTimeout(() => stopping.abort(), 20);

    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(oracle.openResults).toBe(0);
  });
});
