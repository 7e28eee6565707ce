import { randomUUID } from 'node:crypto';
import type { Job, Queue, Worker } from 'bullmq';
import { pause } from '../../core/lease.ts';
import { persistentRetry, retry } from '../../core/retry.ts';
import type { Turn, TurnsOf } from '../../poll/ports.ts';
import type { BullmqPlace } from './bullmq.ts';

/** How long the turn of a process that died is kept from others. A request may take longer: its turn is renewed. */
const turnMs = 30_000;

/** A turn outlives any number of processes that die with it. */
const anyNumber = 1_000_000_000;

interface Turns {
  readonly queue: Queue;
  readonly worker: Worker;
}

/**
 * Shares the limits of a service among all workers of a queue: there are as many turns as it may have requests at a time. Each turn
 * is a job that is taken before a request and put back after it, so that those of a process that died come back by themselves.
 * @param signal ends the wait for a turn
 */
export function createTurns(place: BullmqPlace, prefix: string): TurnsOf {
  return (service, { atOnce, perMinute }) => {
    // A turn that rests this long after its start allows so many requests a minute, however short they are.
    const restMs = perMinute === null ? 0 : (60_000 * atOnce) / perMinute;
    let opened: Promise<Turns> | null = null;
    // One wait at a time: BullMQ answers a second one at once, with nothing.
    let asking: Promise<unknown> = Promise.resolve();

    const take = async (signal: AbortSignal): Promise<{ job: Job; token: string }> => {
      opened ??= openTurns(place, `${prefix}-${service}`, atOnce).catch((error) => {
        opened = null;
        throw error;
      });
      const { worker } = await opened;
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
        // A turn that cannot be given back ends by itself.
        return job.moveToWait(token).catch(() => {});
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

/** The turns of a service. Those that another limit has left over are dropped; the largest of the workers' limits counts. */
async function openTurns(place: BullmqPlace, name: string, atOnce: number): Promise<Turns> {
  const queue = await place.queue(name);
  const turns = Array.from({ length: atOnce }, (_, at) => ({
    name: 'turn',
    data: {},
    opts: { jobId: `turn-${at}` },
  }));
  await place.use(() => queue.addBulk(turns));
  const options = { lockDuration: turnMs, stalledInterval: 5000, maxStalledCount: anyNumber, drainDelay: 1 };
  const worker = await place.worker(name, null, options);
  await place.use(() => worker.startStalledCheckTimer());
  return { queue, worker };
}
