import { randomUUID } from 'node:crypto';
import type { Job, Queue } from 'bullmq';
import { z } from 'zod';
import { PatronflowError } from '../../core/errors.ts';
import { pause } from '../../core/lease.ts';
import { safeText } from '../../core/safe-text.ts';
import { type BackfillPlan, parsePlan } from '../../poll/backfill/plan.ts';
import {
  type QueuedRange,
  type RangeQueue,
  type RangeQueueSettings,
  rangeQueueAdapter,
  type WorkOnRange,
} from '../../poll/backfill/range-queue.ts';
import type { RangePlace, RangeResult } from '../../poll/backfill/run-range.ts';
import { BullmqPlace } from '../clients/bullmq.ts';
import { createRangeLease } from '../clients/bullmq-range-lease.ts';
import { createTurns } from '../clients/bullmq-turns.ts';
import { postgresOptions, postgresSchemes, postgresSettings } from '../clients/postgres.ts';

/** What queues are called in the store. */
const prefix = 'patronflow-backfill';

/** How long a worker may be silent before its ranges are handed out anew. Hashing never keeps it from telling that it lives. */
const lockMs = 10_000;

/** How often it is looked for workers that have fallen silent: with the time above, all of 14 seconds. */
const lookMs = 4000;

/** Ranges of one process at a time: one is hashed while the other is geocoded. */
const rangesOfWorker = 2;

/** Tries of a range that fails, with waits of 5, 10, 20 and 40 seconds and up to half as much again. */
const tries = { attempts: 5, backoff: { type: 'exponential', delay: 5000, jitter: 0.5 } };

/** A range whose worker died this often is what kills them. */
const maxDeaths = 5;

/** How long a plan may be in the making: a process that died meanwhile has left it. */
const makingMs = 60_000;

/** How often a worker looks whether all is done, and how long it waits for a queue that does not answer. */
const endLookMs = 1000;
const patienceMs = 600_000;

/** Ranges that are put into the queue, or read from it, at a time. */
const chunk = 1000;

interface RangeData {
  readonly range: number;
}
interface PlanData {
  readonly id: string;
  readonly plan: BackfillPlan;
}
type RangeJob = Job<RangeData, null>;

export const bullmqQueue = rangeQueueAdapter({
  system: 'bullmq',
  forms: ['postgres://host/database', 'redis://host'],
  schemes: [...postgresSchemes, 'redis', 'rediss'],
  options: z.strictObject({}),
  create: (given) => createBullmqQueue(given),
});

/** The ranges of a back-fill as jobs of BullMQ, in PostgreSQL or Redis. */
export function createBullmqQueue({ worker, warn, ...settings }: RangeQueueSettings): RangeQueue {
  const place = new BullmqPlace(postgresOptions(settings, postgresSettings.parse({})));
  const queues = {
    ranges: null as Promise<Queue<RangeData, null>> | null,
    plans: null as Promise<Queue> | null,
  };
  const ranges = () => (queues.ranges ??= place.queue(prefix));
  const plans = () => (queues.plans ??= place.queue(`${prefix}-plan`));

  const planJob = async (): Promise<Job<PlanData> | undefined> => (await plans()).getJob('plan');

  return {
    name: `queue ${place.name}`,
    turnsOf: createTurns(place, prefix),

    async check() {
      const counts = await place.use(async () => (await ranges()).getJobCounts());
      const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
      return `has ${all} ranges`;
    },

    plan: () =>
      place.use(async () => {
        const job = await planJob();
        return job?.progress === 'ready' ? parsePlan(job.data.plan, place.name) : null;
      }),

    fill: async (plan, atOnce) => {
      await place.migrate();
      // One that was opened before it had tables remembers that.
      queues.ranges = null;
      queues.plans = null;
      await place.use(async () => {
        const [all, planQueue] = await Promise.all([ranges(), plans()]);
        const before = await planJob();
        const isLeft = before && (before.progress === 'ready' || Date.now() - before.timestamp > makingMs);
        if (isLeft) await planQueue.obliterate({ force: true });
        // One of two plans that are made at the same time is there first; the other finds it.
        const id = randomUUID();
        await planQueue.add('plan', { id, plan }, { jobId: 'plan' });
        const job = await planJob();
        if (job?.data.id !== id) throw planInTheMaking(place.name);
        await all.obliterate({ force: true });
        const jobs = plan.ranges.map((_, range) => ({
          name: 'range',
          data: { range },
          opts: { jobId: `range-${range}`, ...tries },
        }));
        for (let at = 0; at < jobs.length; at += chunk) await all.addBulk(jobs.slice(at, at + chunk));
        await limit(all, atOnce);
        await all.resume();
        await job.updateProgress('ready');
      });
    },

    async work(plan, work, signal) {
      const queue = await ranges();
      const options = {
        name: worker,
        concurrency: rangesOfWorker,
        lockDuration: lockMs,
        stalledInterval: lookMs,
        maxStalledCount: maxDeaths,
      };
      const handing = await place.use(() =>
        place.worker<RangeData, null>(prefix, (job, token = '') => workOn(job, token, work, signal), options),
      );
      try {
        await untilAllEnded(queue, plan.ranges.length, place, warn, signal);
      } finally {
        // A queue that is gone does not answer; what it has under way is handed out anew.
        await Promise.race([handing.close(), pause(lockMs, new AbortController().signal)]);
      }
    },

    state: () =>
      place.use(async () => {
        const queue = await ranges();
        const [isPaused, atOnce] = await Promise.all([queue.isPaused(), queue.getGlobalConcurrency()]);
        const found: QueuedRange[] = [];
        for (const [state, types] of Object.entries(statesOfBullmq))
          for (let at = 0; ; at += chunk) {
            const jobs = await queue.getJobs([...types], at, at + chunk - 1);
            for (const job of jobs) if (job) found.push(rangeOf(job, state as QueuedRange['state']));
            if (jobs.length < chunk) break;
          }
        return { isPaused, atOnce, ranges: found.sort((a, b) => a.range - b.range) };
      }),

    pause: () => place.use(async () => (await ranges()).pause()),

    resume: (atOnce) =>
      place.use(async () => {
        if (atOnce !== undefined) await limit(await ranges(), atOnce);
        await (await ranges()).resume();
      }),

    retry: () =>
      place.use(async () => {
        const failed = await (await ranges()).getJobs(['failed'], 0, -1);
        for (const job of failed)
          await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
        return failed.length;
      }),

    close: () => place.close(),
  };
}

const statesOfBullmq = {
  running: ['active'],
  done: ['completed'],
  failed: ['failed'],
  waiting: ['waiting', 'delayed'],
} as const;

/** A range of the queue is worked on. What this returns or throws, BullMQ notes. */
async function workOn(job: RangeJob, token: string, work: WorkOnRange, signal: AbortSignal): Promise<null> {
  const result = await work(job.data.range, placeOf(job, token));
  if (result.outcome === 'done' || result.outcome === 'done before') return null;
  if (signal.aborted) {
    const { WaitingError } = await import('bullmq');
    await job.moveToWait(token);
    throw new WaitingError();
  }
  throw new Error(whyOf(result));
}

function whyOf({ error }: RangeResult): string {
  return error ? `${error.message} ${error.hint} (${error.code})` : 'It did not come to its end.';
}

/** How far a range is, is kept with its job. */
function placeOf(job: RangeJob, token: string): RangePlace {
  const name = `range ${job.data.range} of the queue`;
  return {
    checkpoint: {
      name,
      check: async () => 'is in the queue',
      load: async () => (typeof job.progress === 'object' ? job.progress : null),
      save: (document) => job.updateProgress(document as object),
      close: async () => {},
    },
    lease: createRangeLease(job, token, name, lockMs),
    close: async () => {},
  };
}

/**
 * Waits until all ranges are done or set aside. What waits is not counted: a paused queue has it under another name.
 * @throws what ends the wait: a stop, or a queue that is gone
 */
async function untilAllEnded(
  queue: Queue,
  ranges: number,
  place: BullmqPlace,
  warn: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let answeredAt = Date.now();
  for (let isSilent = false; ; ) {
    try {
      const { completed = 0, failed = 0 } = await place.use(() => queue.getJobCounts('completed', 'failed'));
      if (completed + failed >= ranges) return;
      answeredAt = Date.now();
      isSilent = false;
    } catch (error) {
      if (!(error instanceof PatronflowError) || Date.now() - answeredAt > patienceMs) throw error;
      if (!isSilent) warn(`The queue does not answer; it is waited for. ${error.message}`);
      isSilent = true;
    }
    await pause(endLookMs, signal);
  }
}

async function limit(queue: Queue, atOnce: number | null): Promise<void> {
  if (atOnce === null) await queue.removeGlobalConcurrency();
  else await queue.setGlobalConcurrency(atOnce);
}

function rangeOf(job: RangeJob, state: QueuedRange['state']): QueuedRange {
  const { data, processedBy, processedOn, finishedOn, attemptsMade, failedReason } = job;
  return {
    range: data.range,
    state,
    worker: processedBy ? safeText(processedBy) : null,
    startedAt: processedOn ?? null,
    endedAt: finishedOn ?? null,
    tries: attemptsMade,
    why: failedReason ? reasonText(failedReason) : null,
  };
}

function reasonText(reason: string): string {
  return /stalled more than/.test(reason) ? 'Its worker died each time.' : safeText(reason);
}

function planInTheMaking(place: string): PatronflowError {
  return new PatronflowError('USAGE', `Another plan is being made at ${place}.`, {
    hint: 'Go on with that one: two plans at once send patrons twice.',
  });
}
