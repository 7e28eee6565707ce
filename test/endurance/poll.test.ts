import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/command.ts';
import { startPostgres } from '../support/postgres.ts';
import { expectFlat, show } from './flatness.ts';
import { startServers } from './servers.ts';
import { configurePoll, fillSierra } from './sierra-patrons.ts';
import { sizes } from './sizes.ts';
import { watch } from './watched-process.ts';

const { patrons } = sizes;

/** As for a load: 40 MB are not enough, 64 are for a million, and half as much again is for slow machines. */
const heapMegabytes = 96;

it(`polls ${patrons} patrons with HMAC in a bounded space`, async () => {
  const postgres = await startPostgres();
  const servers = await startServers();
  try {
    const database = await postgres.freshDatabase();
    await fillSierra(database, patrons);
    const directory = await temporaryDirectory();
    const { config, environment } = await configurePoll(directory, database, servers);
    const run = await watch(['poll', '--config', config, '--json', '--now', '2026-03-01T00:00:00Z'], {
      environment,
      directory,
      heapMegabytes,
    });
    show('poll', patrons, run);
    expect(run.stderr.split('\n').filter((line) => line.includes('"level":"error"'))).toEqual([]);
    expect(run.code).toBe(0);

    const { outcome, modes, warnings } = JSON.parse(run.stdout);
    expect([outcome, warnings]).toEqual(['sent', expect.any(Array)]);
    type Mode = { mode: string; isComplete: boolean; books: Record<string, number> };
    for (const { mode, isComplete, books } of modes as Mode[]) {
      const { read = 0, written = 0, duplicate = 0, rejected = 0 } = books;
      expect([mode, isComplete, written + duplicate + rejected]).toEqual([mode, true, read]);
    }
    const sent = (modes as Mode[]).reduce((sum, { books }) => sum + (books.written ?? 0), 0);
    expect(sent).toBe(patrons);
    // Each patron once, and no patron for another.
    expect(await servers.counts()).toEqual({ received: patrons, partitions: patrons });
    await database.close();
    expectFlat(run.samples);
  } finally {
    await servers.stop();
    await postgres.stop();
  }
});
