import {
  createPostgresWarehouse,
  type PostgresWarehouseOptions,
} from '../../src/adapters/warehouse/postgres.ts';
import type { PatronInfo, Warehouse } from '../../src/poll/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { patronInfo } from './patron-records.ts';
import { contentsOf, cutConnections, startPostgres, type TestDatabase, whileLocked } from './postgres.ts';
import { makeSierra } from './sierra.ts';

/** A table of records that a test fills. */
export interface WarehouseBench extends AdapterBench<Warehouse> {
  /** One that waits only 300 ms for each answer. */
  hasty(): Warehouse;
  /** Adds rows, in this order; what a row does not name is ordinary. */
  put(infos: readonly Partial<PatronInfo>[]): Promise<void>;
  empty(): Promise<void>;
  /** Cuts every connection of the adapters. */
  cut(): Promise<void>;
  /** Lets every question wait for its answer while the work is done, which may wait until one was asked. */
  whileBusy(work: (untilAsked: () => Promise<void>) => Promise<void>): Promise<void>;
}

/** Puts rows into the table patron_info. */
export async function putRows(database: TestDatabase, infos: readonly Partial<PatronInfo>[]): Promise<void> {
  const rows = infos.map((info) =>
    Object.values({ ...patronInfo(), ...info })
      .map((value) => (value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`))
      .join(', '),
  );
  await database.query(`INSERT INTO patron_info VALUES ${rows.map((row) => `(${row})`).join(', ')}`);
}

export async function postgresBench(): Promise<WarehouseBench> {
  const postgres = await startPostgres();
  const database = await postgres.freshDatabase();
  await makeSierra(database);
  const { url, user, password } = database;
  const open = (options: Partial<PostgresWarehouseOptions> = {}) =>
    createPostgresWarehouse({
      ...{ url, user, password, tls: 'disable', table: 'patron_info' },
      ...{ connectTimeoutMs: 10_000, callTimeoutMs: 20_000 },
      ...options,
    });
  return {
    open: () => open(),
    hasty: () => open({ callTimeoutMs: 300 }),
    broken: async () => [
      { what: 'a wrong password', adapter: open({ password: 'guessed-secret' }), code: 'SOURCE_LOGIN' },
      {
        what: 'a table that is not there',
        adapter: open({ table: 'no_such_table' }),
        code: 'SOURCE_QUERY',
      },
    ],
    at: (port) => open({ url: `postgres://127.0.0.1:${port}/warehouse` }),
    traces: () => contentsOf(database),
    secrets: [password, 'guessed-secret'],
    put: (infos) => putRows(database, infos),
    empty: async () => void (await database.query('TRUNCATE patron_info')),
    cut: () => cutConnections(database),
    whileBusy: (work) => whileLocked(database, 'patron_info', work),
    async stop() {
      await database.close();
      await postgres.stop();
    },
  };
}
