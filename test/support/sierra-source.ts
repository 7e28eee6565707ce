import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createSierraPatrons, type SierraOptions } from '../../src/adapters/patrons/sierra.ts';
import type { PatronSource } from '../../src/poll/ports.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from './postgres.ts';
import { makeSierra } from './sierra.ts';

/** A server, and for each test a Sierra without patrons, with a source that reads it. */
export interface SierraBench {
  postgres: TestPostgres;
  database: TestDatabase;
  source: PatronSource;
  open(options?: Partial<SierraOptions>): PatronSource;
  /** What every connection to the database has from now on, such as `timezone = 'Asia/Tokyo'`. */
  configure(setting: string): Promise<void>;
}

/** @param server where the databases are */
export function useSierra(server: { isOwn?: boolean } = {}): SierraBench {
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
    bench.postgres = await startPostgres(server);
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
