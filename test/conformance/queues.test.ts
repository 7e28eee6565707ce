import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RangeQueue, WorkOnRange } from '../../src/poll/backfill/ports.ts';
import { never } from '../support/never.ts';
import { atNight } from '../support/nightly.ts';
import { bullmqBench, type QueueBench, redisBench } from '../support/queues-benches.ts';
import { hasRedis } from '../support/redis.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

const benches = [['queues/bullmq', bullmqBench]] as const;

const realServers = hasRedis ? atNight(['queues/bullmq on Redis', redisBench] as const) : [];

describe.each([...benches, ...realServers])('%s', (_adapter, start) => {
  let bench: QueueBench;
  let queue: RangeQueue;
  const opened: RangeQueue[] = [];
  const another = (name = 'worker 2'): RangeQueue => {
    const made = bench.worker(name);
    opened.push(made);
    return made;
  };

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(async () => {
    queue = another('worker 1');
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^SOURCE_(UNREACHABLE|LOST)$/);

  const statesOf = async () => (await queue.state(never)).ranges.map(({ state }) => state);

  describe('a plan', () => {
    it('is what was put in, with all ranges waiting', async () => {
      await queue.fill({ version: 1, before: 'now' }, 3, 2);

      expect(await another().plan(never)).toEqual({ version: 1, before: 'now' });
      expect(await queue.state(never)).toMatchObject({
        isPaused: false,
        atOnce: 2,
        ranges: [0, 1, 2].map((range) => ({ range, state: 'waiting', worker: null, tries: 0, why: null })),
      });
    });

    it('is one of two that are made at the same time', async () => {
      const made = await Promise.allSettled([
        queue.fill('first', 3, null),
        another().fill('second', 5, null),
      ]);

      const kept = await queue.plan(never);
      const refused = made.filter(({ status }) => status === 'rejected');
      expect(refused.length).toBeLessThanOrEqual(1);
      expect(await statesOf()).toHaveLength(kept === 'first' ? 3 : 5);
    });
  });

  describe('ranges', () => {
    it('are handed out once each, to all workers', async () => {
      await queue.fill('plan', 20, null);
      const worked: number[] = [];
      const work: WorkOnRange = async (range) => {
        worked.push(range);
        await sleep(20);
        return null;
      };

      await Promise.all([queue.work(20, work, never), another().work(20, work, never)]);

      expect(worked.sort((a, b) => a - b)).toEqual([...Array(20).keys()]);
      const { ranges } = await queue.state(never);
      expect(ranges.every(({ state }) => state === 'done')).toBe(true);
      expect([...new Set(ranges.map(({ worker }) => worker))].sort()).toEqual(['worker 1', 'worker 2']);
    });

    it('that fail are tried again, then set aside and named, and retried when that is asked for', async () => {
      await queue.fill('plan', 3, null);
      let isBroken = true;
      const tried: number[] = [];
      const work: WorkOnRange = async (range) => {
        tried.push(range);
        return range === 1 && isBroken ? 'The cause, in words.' : null;
      };

      await queue.work(3, work, never);
      expect(tried.filter((range) => range === 1)).toHaveLength(3);
      const aside = (await queue.state(never)).ranges[1];
      expect(aside).toMatchObject({ state: 'failed', tries: 3, why: 'The cause, in words.' });

      isBroken = false;
      expect(await queue.retry(never)).toBe(1);
      await queue.work(3, work, never);
      expect(await statesOf()).toEqual(['done', 'done', 'done']);
    });

    it('are given back by a stop, with how far they were', async () => {
      await queue.fill('plan', 1, null);
      const stop = new AbortController();
      const stopped = queue.work(
        1,
        async (_, { checkpoint }) => {
          await checkpoint.save({ through: 'patron 5' });
          stop.abort();
          return 'stopped';
        },
        stop.signal,
      );
      await expect(stopped).rejects.toThrow();
      expect(await statesOf()).toEqual(['waiting']);

      let noted: unknown;
      const work: WorkOnRange = async (_, { checkpoint }) => {
        noted = await checkpoint.load(never);
        return null;
      };
      await another().work(1, work, never);
      expect(noted).toEqual({ through: 'patron 5' });
    });

    it('of a plan that took the place of another one are not worked on by those who know the other', async () => {
      await queue.fill('first', 2, null);
      const sleeper = another('sleeper');
      await sleeper.plan(never);
      await queue.fill('second', 2, null);

      const worked: number[] = [];
      const work: WorkOnRange = async (range) => {
        worked.push(range);
        return null;
      };
      const late = sleeper.work(2, work, never);
      await expect(late).rejects.toMatchObject({
        message: expect.stringContaining('was replaced by another one'),
      });
      expect(worked).toEqual([]);
      expect(await statesOf()).toEqual(['waiting', 'waiting']);
    });

    it('are worked on at a time as many as is allowed, by all workers together', async () => {
      await queue.fill('plan', 12, 1);
      let underWay = 0;
      let most = 0;
      const work: WorkOnRange = async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await sleep(30);
        underWay -= 1;
        return null;
      };

      await Promise.all([queue.work(12, work, never), another().work(12, work, never)]);

      expect(most).toBe(1);
    });

    it('survive that all connections are cut', async () => {
      await queue.fill('plan', 30, null);
      const worked = new Set<number>();
      const work: WorkOnRange = async (range) => {
        await sleep(50);
        worked.add(range);
        if (worked.size === 5 || worked.size === 12) await bench.cut();
        return null;
      };
      await queue.work(30, work, never);
      expect(worked.size).toBe(30);
      expect(new Set(await statesOf())).toEqual(new Set(['done']));
    });
  });

  describe('turns', () => {
    it('are shared by all workers', async () => {
      await queue.fill('plan', 0, null);
      let underWay = 0;
      let most = 0;
      const request = async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await sleep(10);
        underWay -= 1;
      };
      const turns = [queue, another()].map((each) =>
        each.turnsOf('service-a', { atOnce: 2, perMinute: null }),
      );
      await Promise.all(turns.flatMap((turn) => Array.from({ length: 10 }, () => turn(request, never))));
      expect(most).toBe(2);
    });

    it('become fewer for a worker with a smaller limit than the ones before', async () => {
      await queue.fill('plan', 0, null);
      const before = queue.turnsOf('service-d', { atOnce: 5, perMinute: null });
      let end = () => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      let held = 0;
      const hold = async () => {
        held += 1;
        await ended;
      };
      const holding = Array.from({ length: 5 }, () => before(hold, never));
      await vi.waitUntil(() => held === 5, 10_000);
      let underWay = 0;
      let most = 0;
      const request = async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await sleep(10);
        underWay -= 1;
      };
      const turn = another().turnsOf('service-d', { atOnce: 1, perMinute: null });
      const requests = Array.from({ length: 8 }, () => turn(request, never));
      await sleep(100);
      end();
      await Promise.all([...holding, ...requests]);
      expect(most).toBe(1);
    });

    it('rest until the minute allows another request', async () => {
      await queue.fill('plan', 0, null);
      const turn = queue.turnsOf('service-b', { atOnce: 2, perMinute: 600 });
      const startedAt = performance.now();
      await Promise.all(Array.from({ length: 10 }, () => turn(async () => {}, never)));
      // Two at once, each resting 200 ms: the tenth begins behind four rests.
      expect(performance.now() - startedAt).toBeGreaterThan(790);
    });

    it('are not waited for any longer after a stop', async () => {
      await queue.fill('plan', 0, null);
      const stop = new AbortController();
      const turn = queue.turnsOf('service-c', { atOnce: 1, perMinute: null });
      const taken = turn(() => sleep(3000), never);
      const waiting = turn(async () => {}, stop.signal);
      const other = turn(async () => 'its turn came', never);
      setTimeout(() => stop.abort(), 100);
      await expect(waiting).rejects.toThrow();
      await taken;
      expect(await other).toBe('its turn came');
    });

    it('go to other workers after a second, though one always has more requests', async () => {
      await queue.fill('plan', 0, null);
      const limit = { atOnce: 1, perMinute: null };
      const busy = queue.turnsOf('service-e', limit);
      let left = 0;
      const requests = Array.from({ length: 300 }, () => busy(() => sleep(20), never).then(() => left--));
      left = requests.length;
      const others = Array.from({ length: 6 }, () =>
        another().turnsOf('service-e', limit)(async () => {}, never),
      );
      // Which worker asks first is chance: that none of six does in five seconds is not.
      await Promise.race(others);
      expect(left).toBeGreaterThan(0);
      await Promise.all([...requests, ...others]);
    });
  });
});
