import { createSierraPatrons, type SierraOptions } from '../../src/adapters/patrons/sierra.ts';
import type { PatronSource } from '../../src/poll/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { contentsOf, cutConnections, startPostgres, untilIdle, whileLocked } from './postgres.ts';
import { makeSierra, putPatrons, type TestPatron } from './sierra.ts';

/** A library system that a test fills with patrons. */
export interface PatronsBench extends AdapterBench<PatronSource> {
  /** One that waits only 300 ms for each answer, unless told otherwise. */
  hasty(): PatronSource;
  /** Puts patrons in, replacing those of the same ids; the first of a patron's addresses is the one that counts. */
  put(patrons: readonly TestPatron[]): Promise<void>;
  /** Takes all patrons out. */
  empty(): Promise<void>;
  /** Cuts every connection of the adapters. */
  cut(): Promise<void>;
  /** Resolves when the system does nothing for the adapters any more. */
  untilIdle(): Promise<void>;
  /** Lets every question wait for its answer while the work is done, which may wait until one was asked. */
  whileBusy(work: (untilAsked: () => Promise<void>) => Promise<void>): Promise<void>;
}

export async function sierraBench(): Promise<PatronsBench> {
  const postgres = await startPostgres();
  const database = await postgres.freshDatabase();
  await makeSierra(database);
  const { url, user, password } = database;
  const open = (options: Partial<SierraOptions> = {}) =>
    createSierraPatrons({
      ...{ url, user, password, tls: 'disable', zone: 'America/New_York' },
      ...{ connectTimeoutMs: 10_000, callTimeoutMs: 20_000 },
      ...options,
    });
  return {
    open: () => open(),
    hasty: () => open({ callTimeoutMs: 300 }),
    broken: async () => [
      { what: 'a wrong password', adapter: open({ password: 'guessed-secret' }), code: 'SOURCE_LOGIN' },
      {
        what: 'a database that is not there',
        adapter: open({ url: url.replace(/[^/]+$/, 'no_such_database') }),
        code: 'SOURCE_MISSING',
      },
      {
        what: 'a database without views',
        adapter: open({ url: url.replace(/[^/]+$/, 'postgres') }),
        code: 'SOURCE_QUERY',
      },
    ],
    at: (port) => open({ url: `postgres://127.0.0.1:${port}/iii` }),
    traces: () => contentsOf(database),
    secrets: [password, 'guessed-secret'],
    put: (patrons) =>
      putPatrons(
        database,
        patrons.map(({ addresses, ...patron }) => ({
          ...patron,
          ...(addresses && { addresses: addresses.map((address, order) => ({ order, ...address })) }),
        })),
      ),
    empty: async () =>
      void (await database.query(
        'TRUNCATE sierra_view.record_metadata, sierra_view.patron_view, sierra_view.patron_record_address',
      )),
    cut: () => cutConnections(database),
    untilIdle: () => untilIdle(database),
    whileBusy: (work) => whileLocked(database, 'sierra_view.record_metadata', work),
    async stop() {
      await database.close();
      await postgres.stop();
    },
  };
}
