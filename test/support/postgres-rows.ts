import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { PostgresOptions } from '../../src/adapters/clients/postgres.ts';
import { createPostgresRows } from '../../src/adapters/rows/postgres.ts';
import type { PatronflowError } from '../../src/core/errors.ts';
import type { RowSource } from '../../src/load/ports.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from './postgres.ts';

/** A server, and for each test a database with a source that reads it. */
export interface PostgresBench {
  postgres: TestPostgres;
  database: TestDatabase;
  source: RowSource;
  open(options?: Partial<PostgresOptions>): RowSource;
  /** The error of a call that must fail, after a look that it is ours and holds no password. */
  failure(work: Promise<unknown>): Promise<PatronflowError>;
}

export const numbers = 'SELECT n FROM generate_series(1, 5000) AS n ORDER BY n';

/** @param options of the server */
export function usePostgres(options: { isOwn?: boolean } = {}): PostgresBench {
  const bench = {
    open: (options: Partial<PostgresOptions> = {}) => {
      const { url, user, password } = bench.database;
      const times = { connectTimeoutMs: 2_000, callTimeoutMs: 10_000 };
      return createPostgresRows({ url, user, password, tls: 'disable', ...times, ...options });
    },
    async failure(work: Promise<unknown>) {
      const error = await work.then(
        () => null,
        (thrown) => thrown,
      );
      expect(error).toMatchObject({ name: 'PatronflowError' });
      expect(error.hint).not.toBe('');
      expect(`${error.message} ${error.hint}`).not.toContain(bench.database.password);
      return error;
    },
  } as PostgresBench;
  beforeAll(async () => {
    bench.postgres = await startPostgres(options);
  });
  beforeEach(async () => {
    bench.database = await bench.postgres.freshDatabase();
    bench.source = bench.open();
  });
  afterEach(async () => {
    await bench.source.close();
    await bench.database.close();
  });
  afterAll(() => bench.postgres.stop());
  return bench;
}
