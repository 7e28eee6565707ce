import { randomUUID } from 'node:crypto';
import type { Job, Queue } from 'bullmq';
import { z } from 'zod';
import { pause } from '../../core/abort.ts';
import { PatronflowError } from '../../core/errors.ts';
import { persistentRetry, retry } from '../../core/retry.ts';
import {
  type RangeQueue,
  type RangeQueueSettings,
  rangeQueueAdapter,
  type WorkOnRange,
} from '../../poll/backfill/ports.ts';
import { BullmqPlace } from '../clients/bullmq.ts';
import { giveBack, type RangeData, type RangeJobs, readRanges, workOn } from '../clients/bullmq-ranges.ts';
import { createTurns } from '../clients/bullmq-turns.ts';
import { postgresOptions, postgresSchemes, postgresSettings } from '../clients/postgres.ts';

/** What queues are called in the store. */
const prefix = 'patronflow-backfill';

/** When what is taken for dead or for hopeless. */
export interface QueueTiming {
  /** How long a worker may be silent before its ranges are handed out anew, and how often it is looked for such workers. */
  readonly lockMs: number;
  readonly lookMs: number;
  /** Tries of a range that fails. The wait before the second one doubles with each further one, with half as much again at random. */
  readonly tries: number;
  readonly firstWaitMs: number;
  /** A range whose worker died more often is what kills them. */
  readonly maxDeaths: number;
}

/**
 * A dead worker's ranges are taken over within 14 seconds; hashing runs on other threads and never keeps a worker from telling that
 * it lives. Five tries over more than a minute outlast a fail-over of Sierra.
 */
const standardTiming: QueueTiming = {
  lockMs: 10_000,
  lookMs: 4000,
  tries: 5,
  firstWaitMs: 5000,
  maxDeaths: 5,
};

/** Ranges of one process at a time: one is hashed while the other is geocoded. */
const rangesOfWorker = 2;

/** How long a plan may be in the making: a process that died meanwhile has left it. */
const makingMs = 60_000;

/** How often a worker looks whether all is done, and how long it waits for a queue that does not answer. */
const endLookMs = 2000;
const patienceMs = 600_000;

/** Ranges that are put into the queue, or read from it, at a time. */
const chunk = 1000;

export const bullmqQueue = rangeQueueAdapter({
  system: 'bullmq',
  forms: ['postgres://host/database', 'redis://host'],
  schemes: [...postgresSchemes, 'redis', 'rediss'],
  options: z.strictObject({}),
  create: (given) => createBullmqQueue(given),
});

/** The ranges of a back-fill as jobs of BullMQ, in PostgreSQL or Redis; https://docs.bullmq.io */
export function createBullmqQueue(
  { worker, warn, ...settings }: RangeQueueSettings,
  timing: QueueTiming = standardTiming,
): RangeQueue {
  const place = new BullmqPlace(postgresOptions(settings, postgresSettings.parse({})));
  const ranges = (): Promise<RangeJobs> => place.queue(prefix);
  const plans = (): Promise<Queue<PlanData>> => place.queue(`${prefix}-plan`);
  const planJob = async (): Promise<Job<PlanData> | undefined> => (await plans()).getJob('plan');
  /** The plan that was read, whose ranges are worked on. */
  let planId = '';

  return {
    name: `queue ${place.name}`,
    turnsOf: createTurns(place, prefix),

    check: (signal) =>
      place.use(async () => {
        const counts = await (await ranges()).getJobCounts();
        return `has ${Object.values(counts).reduce((sum, each) => sum + each, 0)} ranges`;
      }, signal),

    plan: (signal) =>
      place.use(async () => {
        const job = await planJob();
        if (job?.progress !== 'ready') return null;
        planId = job.data.id;
        return job.data.plan;
      }, signal),

    fill: async (plan, count, atOnce) => {
      await place.migrate();
      await place.use(async () => {
        const all = await ranges();
        const job = await putPlan(await plans(), plan, place.name);
        await all.obliterate({ force: true });
        const { tries: attempts, firstWaitMs: delay } = timing;
        const jobs = Array.from({ length: count }, (_, range) => ({
          name: 'range',
          data: { range, plan: job.data.id },
          opts: { jobId: `range-${range}`, attempts, backoff: { type: 'exponential', delay, jitter: 0.5 } },
        }));
        for (let at = 0; at < jobs.length; at += chunk) await all.addBulk(jobs.slice(at, at + chunk));
        await limit(all, atOnce);
        await all.resume();
        await job.updateProgress('ready');
        planId = job.data.id;
      });
    },

    async work(count, work, signal) {
      const { lockMs, lookMs, maxDeaths } = timing;
      const options = {
        ...{ name: worker, concurrency: rangesOfWorker },
        ...{ lockDuration: lockMs, stalledInterval: lookMs, maxStalledCount: maxDeaths },
      };
      // Who has not read a plan knows no ranges that could be mixed up.
      if (planId === '') planId = (await place.use(planJob))?.data.id ?? '';
      const replaced = new AbortController();
      const untilEnd = AbortSignal.any([signal, replaced.signal]);
      const use: BullmqPlace['use'] = (call) => place.use(call);
      let underWay = 0;
      const counted: WorkOnRange = async (range, at) => {
        underWay += 1;
        return work(range, at).finally(() => {
          underWay -= 1;
        });
      };
      const open = () =>
        place.worker<RangeData, null>(
          prefix,
          async (job, token = '') => {
            if (job.data.plan === planId) return workOn(job, token, { lockMs, use }, counted, untilEnd);
            // Its ranges have other ends: a worker that slept must not take them for those that it knows.
            replaced.abort(planReplaced(place.name));
            return giveBack(job, token);
          },
          options,
        );
      const handing = await retry(persistentRetry, () => place.use(open), undefined, signal);
      try {
        await untilAllEnded(ranges, count, { place, warn, isBusy: () => underWay > 0 }, untilEnd);
      } finally {
        // A queue that is gone does not answer; what it has under way is handed out anew.
        await Promise.race([handing.close(), pause(lockMs, new AbortController().signal)]);
      }
    },

    state: (signal) =>
      place.use(async () => {
        const queue = await ranges();
        const [isPaused, atOnce] = await Promise.all([queue.isPaused(), queue.getGlobalConcurrency()]);
        return { isPaused, atOnce, ranges: await readRanges(queue, chunk) };
      }, signal),

    pause: () => place.use(async () => (await ranges()).pause()),

    resume: (atOnce) =>
      place.use(async () => {
        if (atOnce !== undefined) await limit(await ranges(), atOnce);
        await (await ranges()).resume();
      }),

    retry: (signal) =>
      place.use(async () => {
        const failed = await (await ranges()).getJobs(['failed'], 0, -1);
        for (const job of failed)
          await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
        return failed.length;
      }, signal),

    close: () => place.close(),
  };
}

function planReplaced(place: string): PatronflowError {
  return new PatronflowError('QUEUE_UNAVAILABLE', `The plan at ${place} was replaced by another one.`, {
    hint: 'Start the worker again.',
  });
}

interface PlanData {
  readonly id: string;
  readonly plan: unknown;
}

/**
 * Puts the plan in place of one that is ready, or that a process which died has left half made.
 * @throws PatronflowError USAGE where another one is in the making
 */
async function putPlan(plans: Queue<PlanData>, plan: unknown, place: string): Promise<Job<PlanData>> {
  const before = await plans.getJob('plan');
  const isOver = before && (before.progress === 'ready' || Date.now() - before.timestamp > makingMs);
  if (isOver) await plans.obliterate({ force: true });
  // Of two plans that are made at the same time one is there first, and the other finds it.
  const id = randomUUID();
  await plans.add('plan', { id, plan }, { jobId: 'plan' });
  const job = await plans.getJob('plan');
  if (job?.data.id === id) return job;
  throw new PatronflowError('USAGE', `Another plan is being made at ${place}.`, {
    hint: 'Go on with that one: two plans at once send patrons twice.',
  });
}

/**
 * Waits until all ranges are done or set aside. What waits is not counted: a paused queue has it under another name.
 * @throws what ends the wait: a stop, or a queue that is gone
 */
async function untilAllEnded(
  ranges: () => Promise<RangeJobs>,
  count: number,
  { place, warn, isBusy }: { place: BullmqPlace; warn: (message: string) => void; isBusy: () => boolean },
  signal: AbortSignal,
): Promise<void> {
  let answeredAt = Date.now();
  for (let isSilent = false; ; await pause(endLookMs, signal)) {
    // Counting reads the whole table: a worker that has something to do need not know.
    if (isBusy()) {
      answeredAt = Date.now();
      continue;
    }
    try {
      const { completed = 0, failed = 0 } = await place.use(async () =>
        (await ranges()).getJobCounts('completed', 'failed'),
      );
      if (completed + failed >= count) return;
      answeredAt = Date.now();
      isSilent = false;
    } catch (error) {
      const isWorthWaiting = error instanceof PatronflowError && error.kind !== 'config';
      if (!isWorthWaiting || Date.now() - answeredAt > patienceMs) throw error;
      if (!isSilent) warn(`The queue does not answer; waiting for it. ${error.message}`);
      isSilent = true;
    }
  }
}

async function limit(queue: RangeJobs, atOnce: number | null): Promise<void> {
  if (atOnce === null) await queue.removeGlobalConcurrency();
  else await queue.setGlobalConcurrency(atOnce);
}
