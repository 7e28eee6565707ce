import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Row, RowSource } from '../../src/load/ports.ts';
import { failureOf } from '../support/failure.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { hasMariadb } from '../support/mariadb.ts';
import { never } from '../support/never.ts';
import { atNight } from '../support/nightly.ts';
import { everyRow } from '../support/rows.ts';
import { csvBench, oracleBench, people, postgresBench, type RowsBench } from '../support/rows-benches.ts';
import { mariadbBench, mysqlBench } from '../support/rows-mysql-bench.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

const benches = [
  ['rows/csv', csvBench],
  ['rows/mysql', mysqlBench],
  ['rows/oracle', oracleBench],
  ['rows/postgres', postgresBench],
] as const;
const realServers = hasMariadb ? atNight(['rows/mysql on MariaDB', mariadbBench] as const) : [];

/** Null and '' both mean empty; a CSV file has but the second. */
const withoutNulls = (rows: readonly Row[]) => rows.map((row) => row.map((value) => value ?? ''));

describe.each([...benches, ...realServers])('%s', (_adapter, start) => {
  let bench: RowsBench;
  let source: RowSource;
  const staff = { group: 'staff', table: 'staff' };
  const empty = { group: 'empty_group', table: 'empty_group' };
  const missing = { group: 'others', table: 'no_such_table' };

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(() => {
    source = bench.open();
  });
  afterEach(() => source.close());
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^SOURCE_(UNREACHABLE|LOST)$/);

  it('finds the columns in order, without reading a row', async () => {
    expect(await source.columns(staff, never)).toEqual(['id', 'name', 'barcode']);
    expect(await source.columns(empty, never)).toEqual(['id', 'name', 'barcode']);
  });

  it('gives every row once and in order, in batches', async () => {
    const rows: Row[] = [];
    let largest = 0;
    for await (const batch of source.rows(staff, never)) {
      largest = Math.max(largest, batch.rows.length);
      rows.push(...batch.rows);
    }

    expect(withoutNulls(rows)).toEqual(withoutNulls(people));
    expect(largest).toBe(bench.batchSize);
  });

  it('gives no row from an empty table', async () => {
    expect(await everyRow(source, empty)).toEqual([]);
  });

  it('reads the same people twice', async () => {
    expect(await everyRow(source, staff)).toHaveLength(people.length);
    expect(await everyRow(source, staff)).toHaveLength(people.length);
  });

  it('does not hold more than its reader asked for', async () => {
    let rows = 0;
    for await (const batch of source.rows(staff, never)) {
      rows += batch.rows.length;
      if (rows >= 2_000) break;
    }

    expect(rows).toBe(2_000);
    expect(await everyRow(source, staff)).toHaveLength(people.length);
  });

  it('judges each group by itself: one that fails does not spoil the next', async () => {
    for (const work of [() => source.columns(missing, never), () => everyRow(source, missing)]) {
      const error = await failureOf(work(), bench.secrets);
      expect(error).toMatchObject({ kind: 'config', message: expect.stringMatching(/no_such_table|others/) });
      expect(await source.columns(staff, never)).toHaveLength(3);
      expect(await everyRow(source, staff)).toHaveLength(people.length);
    }
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
    expect(await everyRow(source, staff)).toHaveLength(people.length);
  });

  it('reads nothing once it was told to stop', async () => {
    await expect(everyRow(source, staff, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });

    expect(await everyRow(source, staff)).toHaveLength(people.length);
  });

  it('breaks off what has not given a row yet when it is told to stop, and can be read again', async ({
    skip,
  }) => {
    const { slow } = bench;
    if (!slow) return skip('nothing is slow');
    const stopping = new AbortController();
    const reading = everyRow(source, slow.relation, stopping.signal);
    reading.catch(() => {});
    await slow.untilAsked();
    const stoppedAt = performance.now();

    stopping.abort();

    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    // Not when the query has ended by itself, or after the time that it may take.
    expect(performance.now() - stoppedAt).toBeLessThan(8000);
    expect(await everyRow(source, staff)).toHaveLength(people.length);
  });

  it('leaves nothing behind when it is closed in the middle', async () => {
    await leavingNothing(async () => {
      const left = bench.open();
      for await (const _batch of left.rows(staff, never)) break;
      const failed = bench.open();
      await failureOf(everyRow(failed, missing));
      const stopped = bench.open();
      const stopping = new AbortController();
      const batches = stopped.rows(staff, stopping.signal)[Symbol.asyncIterator]();
      await batches.next();
      stopping.abort();
      await expect(batches.next()).rejects.toMatchObject({ name: 'AbortError' });
      for (const each of [left, failed, stopped]) await each.close();
    });
  });

  it('says that the connection was lost in the middle, and of which group', async ({ skip }) => {
    const { cut } = bench;
    if (!cut) return skip('there is no connection');
    await leavingNothing(async () => {
      const cutOff = bench.open();
      let batches = 0;
      const reading = (async () => {
        for await (const _batch of cutOff.rows(staff, never)) {
          batches += 1;
          if (batches === 2) await cut();
        }
      })();

      const error = await failureOf(reading, bench.secrets);

      expect(error).toMatchObject({ code: 'SOURCE_LOST', kind: 'transient' });
      expect(error.message).toContain('for group staff');
      expect(batches).toBeLessThan(people.length / bench.batchSize);
      await cutOff.close();
    });
  });
});
