import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, temporaryDirectory } from '../support/command.ts';
import { makeLibrary } from '../support/library.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { expectNoMore } from './flatness.ts';
import { type Servers, startServers } from './servers.ts';
import { configurePoll, fillSierra } from './sierra-patrons.ts';
import { sizes } from './sizes.ts';
import { handlesOf } from './watched-process.ts';

// In life each run is a process of its own. What a run leaves in this one would pile up in a longer one.

const { runs } = sizes;

/** Runs after which modules are loaded, code is compiled and pools are filled. */
const warmUp = 10;

/** The heap may grow by this much a run, for what V8 learns of the code: a client or a batch that is kept is more. */
const maxKilobytesARun = 50;

interface Left {
  readonly sockets: number;
  readonly files: number;
  readonly pipes: number;
  /** Of the process, and of the signal that tells a run to stop. */
  readonly listeners: number;
  /** What keeps Node's event loop alive. */
  readonly resources: number;
  readonly heapKilobytes: number;
}

/** Does the same thing again and again, and looks each time at what is left of it. */
async function expectNothingLeft(once: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { signal } = new AbortController();
  const left: Left[] = [];
  for (let count = 0; count < warmUp + runs; count += 1) {
    await once(signal);
    globalThis.gc?.();
    const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
    left.push({
      ...handlesOf(process.pid),
      listeners: listeners + getEventListeners(signal, 'abort').length,
      resources: process.getActiveResourcesInfo().length,
      heapKilobytes: Math.round(process.memoryUsage().heapUsed / 1024),
    });
  }
  const [first, ...rest] = left.slice(warmUp);
  const last = rest.at(-1);
  if (!first || !last) throw new Error('nothing was run');
  console.log(
    `after ${warmUp + 1} runs ${JSON.stringify(first)}\nafter ${warmUp + runs} runs ${JSON.stringify(last)}`,
  );
  expectNoMore([first, ...rest], ['sockets', 'files', 'pipes', 'listeners', 'resources']);
  expect((last.heapKilobytes - first.heapKilobytes) / runs, 'kB a run').toBeLessThan(maxKilobytesARun);
}

it(`${runs} loads leave nothing behind in their process`, async () => {
  const { directory } = await makeLibrary();
  await expectNothingLeft(async (signal) => {
    const { code, stdout } = await run(['load'], { workingDirectory: directory, signal });
    expect([code, stdout]).toEqual([0, expect.stringContaining('staff: 20 read = 20 written')]);
  });
});

describe('polls', () => {
  let postgres: TestPostgres;
  let servers: Servers;
  beforeAll(async () => {
    [postgres, servers] = await Promise.all([startPostgres(), startServers()]);
  });
  afterAll(() => Promise.all([postgres.stop(), servers.stop()]));

  it(`${runs} leave nothing behind in their process`, async () => {
    const database = await postgres.freshDatabase();
    await fillSierra(database, 200);
    const directory = await temporaryDirectory();
    const { config, environment } = await configurePoll(directory, database, servers);
    // Without a checkpoint each run sends all of them again.
    const options = { environment: { ...environment, IGNORE_CACHE: 'True' }, workingDirectory: directory };
    await expectNothingLeft(async (signal) => {
      const { code, stdout } = await run(['poll', '--config', config], { ...options, signal });
      expect([code, stdout]).toEqual([0, expect.stringContaining('Sent: 200 records.')]);
    });
    await database.close();
  });
});
