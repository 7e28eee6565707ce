import { createBullmqQueue, type QueueTiming } from '../../src/adapters/queues/bullmq.ts';
import type { RangeQueue, RangeQueueSettings } from '../../src/poll/backfill/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { cutConnections, startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

/** A queue that hands ranges out. */
export interface QueueBench extends AdapterBench<RangeQueue> {
  /** One of several workers, with a name of its own. */
  worker(name: string): RangeQueue;
  /** Cuts every connection to the queue. */
  cut(): Promise<void>;
}

/** Dead after a second, tried again after a twentieth: the rules are the same, and a test does not wait. */
export const quickTiming: QueueTiming = {
  lockMs: 1000,
  lookMs: 300,
  tries: 3,
  firstWaitMs: 50,
  maxDeaths: 2,
};

export async function bullmqBench(): Promise<QueueBench> {
  const postgres = await startPostgres();
  const database = await postgres.freshDatabase();
  const { user, password } = database;
  const url = `${database.url}?sslmode=disable`;
  const open = (settings: Partial<RangeQueueSettings> = {}) =>
    createBullmqQueue(
      {
        ...{ url, user, password, worker: 'worker 1', warn: () => {} },
        ...{ connectTimeoutMs: 10_000, callTimeoutMs: 20_000 },
        ...settings,
      },
      quickTiming,
    );
  const first = open();
  await first.fill({ version: 'of a test' }, 0, null);
  await first.close();
  const empty = await postgres.freshDatabase();
  return {
    open: () => open(),
    worker: (name) => open({ worker: name }),
    broken: async () => [
      { what: 'a wrong password', adapter: open({ password: 'guessed-secret' }), code: 'SOURCE_LOGIN' },
      {
        what: 'a database without a queue',
        adapter: open({ url: `${empty.url}?sslmode=disable` }),
        code: 'QUEUE_UNAVAILABLE',
      },
    ],
    at: (port) => open({ url: `postgres://127.0.0.1:${port}/queue` }),
    traces: () => database.query('SELECT * FROM bullmq.job ORDER BY 1, 2').catch(() => []),
    secrets: [password, 'guessed-secret'],
    cut: () => cutConnections(database),
    async stop() {
      await database.close();
      await empty.close();
      await postgres.stop();
    },
  };
}

/** The same in a Redis. */
export async function redisBench(): Promise<QueueBench> {
  const redis = await startRedis();
  const { port, password } = redis;
  const open = (settings: Partial<RangeQueueSettings> = {}) =>
    createBullmqQueue(
      {
        ...{ url: `redis://127.0.0.1:${port}`, password, worker: 'worker 1', warn: () => {} },
        ...{ connectTimeoutMs: 10_000, callTimeoutMs: 20_000 },
        ...settings,
      },
      quickTiming,
    );
  return {
    open: () => open(),
    worker: (name) => open({ worker: name }),
    broken: async () => [
      {
        what: 'a wrong password',
        adapter: open({ url: `redis://:guessed-secret@127.0.0.1:${port}` }),
        code: 'SOURCE_LOGIN',
      },
    ],
    at: (other) => open({ url: `redis://127.0.0.1:${other}` }),
    // A queue that is opened notes its version, and nothing else.
    traces: async () => (await redis.client.keys('*')).filter((key) => !key.endsWith(':meta')).sort(),
    secrets: [password, 'guessed-secret'],
    cut: async () => void (await redis.client.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes')),
    stop: () => redis.stop(),
  };
}
