import { randomUUID } from 'node:crypto';
import type { Job, Worker } from 'bullmq';
import { pause } from '../../core/abort.ts';
import { persistentRetry, retry } from '../../core/retry.ts';
import type { Turn, TurnsOf } from '../../poll/ports.ts';
import type { BullmqPlace } from './bullmq.ts';

/** How long the turn of a process that died is kept from others. A request may take longer: its turn is renewed. */
const turnMs = 30_000;

/** How long a process keeps a turn for its next request, so that short requests do not cost the queue two calls each. */
const keepMs = 1000;

/**
 * How long a process waits before it asks again, at first and at most. Where turns are always free, a request waits a moment. Where many
 * processes wait, one of them asks soon after a turn was given back, though each asks seldom. To have the queue call them would wake all
 * of them for each turn.
 */
const askAgainMs = { first: 10, most: 200 };

/** A turn outlives any number of processes that die with it. */
const anyNumber = 1_000_000_000;

/** A turn that this process has. */
interface Taken {
  readonly job: Job<{ readonly number: number }>;
  readonly token: string;
  readonly keptUntil: number;
  readonly renewing: NodeJS.Timeout;
}

/** A request of this process that waits for its turn. */
interface Waiter {
  take(turn: Taken): void;
  fail(error: unknown): void;
}

/**
 * Shares the limits of a service among all workers of a queue: there are as many turns as it may have requests at a time. Each turn
 * is a job that is taken before a request and put back after it, so that those of a process that died come back by themselves. Where
 * workers have different limits, the one that started last counts.
 */
export function createTurns(place: BullmqPlace, prefix: string): TurnsOf {
  return (service, { atOnce, perMinute }) => {
    // A turn that rests this long after its start allows so many requests a minute, however short they are.
    const restMs = perMinute === null ? 0 : (60_000 * atOnce) / perMinute;
    const waiting = new WaitingRequests(
      () => openTurns(place, `${prefix}-${service}`, atOnce),
      place,
      atOnce,
    );
    const turn: Turn = async (request, signal) => {
      const taken = await waiting.turn(signal);
      const startedAt = Date.now();
      try {
        return await request();
      } finally {
        const leftMs = restMs - (Date.now() - startedAt);
        if (leftMs > 0) setTimeout(() => void waiting.passOn(taken), leftMs).unref();
        else await waiting.passOn(taken);
      }
    };
    return turn;
  };
}

/** The requests of this process that wait for a turn, first come first served. One of them asks for all. */
class WaitingRequests {
  readonly #open: () => Promise<Worker>;
  readonly #place: BullmqPlace;
  readonly #atOnce: number;
  readonly #waiting: Waiter[] = [];
  #opened: Promise<Worker> | null = null;
  #asking: AbortController | null = null;

  constructor(open: () => Promise<Worker>, place: BullmqPlace, atOnce: number) {
    this.#open = open;
    this.#place = place;
    this.#atOnce = atOnce;
  }

  turn(until: AbortSignal): Promise<Taken> {
    until.throwIfAborted();
    // A signal of its own for each request: Node.js warns of a leak where more than ten listen to one.
    const signal = AbortSignal.any([until]);
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        if (this.#waiting.length === 0) this.#asking?.abort();
        reject(signal.reason);
      };
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          signal.removeEventListener('abort', leave);
          settle(value);
        };
      const waiter = { take: settled(resolve), fail: settled(reject) };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiter);
      void this.#ask();
    });
  }

  /** Hands a turn to the next request of this process, or gives it back to the queue where none waits or others have waited long. */
  async passOn(turn: Taken): Promise<void> {
    const waiter = Date.now() < turn.keptUntil ? this.#waiting.shift() : undefined;
    if (waiter) return waiter.take(turn);
    clearInterval(turn.renewing);
    // One that cannot be given back comes back by itself.
    await turn.job.moveToWait(turn.token).catch(() => {});
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      let waitMs = askAgainMs.first;
      while (this.#waiting.length > 0) {
        const taken = await this.#take(signal);
        if (taken) await this.passOn(taken);
        else await pause(waitMs * (0.5 + Math.random()), signal);
        waitMs = taken ? askAgainMs.first : Math.min(waitMs * 2, askAgainMs.most);
      }
    } catch (error) {
      if (!signal.aborted) for (const waiter of this.#waiting.splice(0)) waiter.fail(error);
    }
    this.#asking = null;
    // Another may have come while the last of those before it left.
    if (this.#waiting.length > 0) void this.#ask();
  }

  async #take(signal: AbortSignal): Promise<Taken | null> {
    this.#opened ??= this.#open().catch((error) => {
      this.#opened = null;
      throw error;
    });
    const worker = await this.#opened;
    const token = randomUUID();
    const ask = () => this.#place.use(() => worker.getNextJob(token, { block: false }));
    const job = await retry(persistentRetry, ask, undefined, signal);
    if (!job) return null;
    if (job.data.number >= this.#atOnce) {
      // The larger limit of another worker has left it.
      await job.moveToCompleted(null, token, false).catch(() => {});
      return this.#take(signal);
    }
    const renewing = setInterval(() => void job.extendLock(token, turnMs).catch(() => {}), turnMs / 3);
    return { job, token, keptUntil: Date.now() + keepMs, renewing };
  }
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
    // One that is taken at this moment cannot be removed; it is removed when a worker with the smaller limit takes it.
    for (const job of await queue.getJobs(['waiting']))
      if (job && job.data.number >= atOnce) await job.remove().catch(() => {});
  });
  const options = { lockDuration: turnMs, stalledInterval: 5000, maxStalledCount: anyNumber };
  const worker = await place.worker(name, null, options);
  await place.use(() => worker.startStalledCheckTimer());
  return worker;
}
