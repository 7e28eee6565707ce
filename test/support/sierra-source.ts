import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createSierraPatrons, type SierraOptions } from '../../src/adapters/patrons-sierra.ts';
import type { DeletedPatron, PageRequest, PatronRow, PatronSource } from '../../src/core/ports.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from './postgres.ts';
import { makeSierra } from './sierra.ts';

/** A server for the test file, and for each test a Sierra without patrons, with a source that reads it. */
export interface SierraBench {
  postgres: TestPostgres;
  database: TestDatabase;
  source: PatronSource;
  open(options?: Partial<SierraOptions>): PatronSource;
  /** What every connection to the database has from now on, such as `timezone = 'Asia/Tokyo'`. */
  configure(setting: string): Promise<void>;
}

export function useSierra(): SierraBench {
  const opened: PatronSource[] = [];
  const bench = {
    open: (options: Partial<SierraOptions> = {}) => {
      const { url, user, password } = bench.database;
      const times = { connectTimeoutMs: 2_000, callTimeoutMs: 10_000 };
      const place = { url, user, password, tls: 'disable', zone: 'America/New_York' } as const;
      const source = createSierraPatrons({ ...place, ...times, ...options });
      opened.push(source);
      return source;
    },
    async configure(setting: string) {
      const [{ name } = { name: '' }] = await bench.database.query('SELECT current_database() AS name');
      await bench.database.query(`ALTER DATABASE ${name} SET ${setting}`);
    },
  } as SierraBench;
  beforeAll(async () => {
    bench.postgres = await startPostgres();
  });
  beforeEach(async () => {
    bench.database = await bench.postgres.freshDatabase();
    await makeSierra(bench.database);
    bench.source = bench.open();
  });
  afterEach(async () => {
    for (const source of opened.splice(0)) await source.close();
    await bench.database.close();
  });
  afterAll(() => bench.postgres.stop());
  return bench;
}

/** A window that holds every patron of a test. */
export const everything: PageRequest = {
  after: { at: '2000-01-01 00:00:00.000000', id: '' },
  before: '2100-01-01 00:00:00.000000',
  limit: 1000,
};
export const everyDay: PageRequest = {
  ...everything,
  after: { at: '2000-01-01', id: '' },
  before: '2100-01-01',
};

/** All pages of a window, each begun behind the last row of the one before. */
export async function pagesOf<Row extends PatronRow | DeletedPatron>(
  window: PageRequest,
  read: (page: PageRequest) => Promise<readonly Row[]>,
): Promise<(readonly Row[])[]> {
  const pages: (readonly Row[])[] = [];
  for (let { after } = window; ; ) {
    const rows = await read({ ...window, after });
    const last = rows.at(-1);
    if (!last) return pages;
    pages.push(rows);
    if (pages.length > 100) throw new Error('the pages do not end');
    after = { at: last.at, id: last.id };
  }
}

/** Ends the connections of the program to a database, and waits until they have heard of it. */
export async function cutConnections(database: TestDatabase): Promise<void> {
  await database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'patronflow'",
  );
  await sleep(30);
}

/** Waits until the program waits for a lock in the database. */
export async function untilLocked(database: TestDatabase): Promise<void> {
  const waiting =
    "SELECT 1 FROM pg_stat_activity WHERE application_name = 'patronflow' AND wait_event_type = 'Lock' AND datname = current_database()";
  while ((await database.query(waiting)).length === 0) {
    await sleep(10);
    // A transaction sees the same activity until it asks anew.
    await database.query('SELECT pg_stat_clear_snapshot()');
  }
}
