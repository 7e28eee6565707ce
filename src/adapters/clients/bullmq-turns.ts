import { randomUUID } from 'node:crypto';
import type { Job, Worker } from 'bullmq';
import { pause } from '../../core/lease.ts';
import { persistentRetry, retry } from '../../core/retry.ts';
import type { Turn, TurnsOf } from '../../poll/ports.ts';
import type { BullmqPlace } from './bullmq.ts';

/** How long the turn of a process that died is kept from others. A request may take longer: its turn is renewed. */
const turnMs = 30_000;

/** A turn outlives any number of processes that die with it. */
const anyNumber = 1_000_000_000;

type TurnJob = Job<{ readonly number: number }>;

/**
 * Shares the limits of a service among all workers of a queue: there are as many turns as it may have requests at a time. Each turn
 * is a job that is taken before a request and put back after it, so that those of a process that died come back by themselves. Where
 * workers have different limits, the one that started last counts.
 */
export function createTurns(place: BullmqPlace, prefix: string): TurnsOf {
  return (service, { atOnce, perMinute }) => {
    // A turn that rests this long after its start allows so many requests a minute, however short they are.
    const restMs = perMinute === null ? 0 : (60_000 * atOnce) / perMinute;
    let opened: Promise<Worker> | null = null;
    // One wait at a time: BullMQ answers a second one at once, with nothing.
    let asking: Promise<unknown> = Promise.resolve();

    const take = async (signal: AbortSignal): Promise<{ job: TurnJob; token: string }> => {
      opened ??= openTurns(place, `${prefix}-${service}`, atOnce).catch((error) => {
        opened = null;
        throw error;
      });
      const worker = await opened;
      const token = randomUUID();
      for (;;) {
        signal.throwIfAborted();
        const job = await retry(
          persistentRetry,
          () => place.use(() => worker.getNextJob(token, { block: true })),
          undefined,
          signal,
        );
        if (job) return { job, token };
        // A server that does not wait itself is not asked without a rest.
        await pause(20, signal);
      }
    };

    const turn: Turn = async (request, signal) => {
      const taking = asking.then(() => take(signal));
      asking = taking.catch(() => {});
      const { job, token } = await taking;
      const startedAt = Date.now();
      const renewing = setInterval(() => void job.extendLock(token, turnMs).catch(() => {}), turnMs / 3);
      const giveBack = () => {
        clearInterval(renewing);
        // One that another worker's larger limit has left is used up; one that cannot be given back comes back by itself.
        const isOurs = job.data.number < atOnce;
        return (isOurs ? job.moveToWait(token) : job.moveToCompleted(null, token, false)).catch(() => {});
      };
      try {
        return await request();
      } finally {
        const leftMs = restMs - (Date.now() - startedAt);
        if (leftMs > 0) setTimeout(giveBack, leftMs).unref();
        else await giveBack();
      }
    };
    return turn;
  };
}

/** Sees to it that a service has as many turns as it may have requests at a time. @returns what takes them */
async function openTurns(place: BullmqPlace, name: string, atOnce: number): Promise<Worker> {
  const queue = await place.queue<{ number: number }, null>(name);
  const turns = Array.from({ length: atOnce }, (_, number) => ({
    name: 'turn',
    data: { number },
    opts: { jobId: `turn-${number}`, removeOnComplete: true },
  }));
  await place.use(async () => {
    await queue.addBulk(turns);
    // One that is taken at this moment cannot be removed; it is used up by who has the smaller limit.
    for (const job of await queue.getJobs(['waiting']))
      if (job && job.data.number >= atOnce) await job.remove().catch(() => {});
  });
  const options = { lockDuration: turnMs, stalledInterval: 5000, maxStalledCount: anyNumber, drainDelay: 1 };
  const worker = await place.worker(name, null, options);
  await place.use(() => worker.startStalledCheckTimer());
  return worker;
}
