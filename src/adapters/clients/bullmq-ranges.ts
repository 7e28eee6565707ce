import type { Job, Queue } from 'bullmq';
import { leaseLost } from '../../core/lease.ts';
import type { Lease } from '../../core/ports.ts';
import { safeText } from '../../core/safe-text.ts';
import type { QueuedRange, RangePlace, WorkOnRange } from '../../poll/backfill/ports.ts';
import type { BullmqPlace } from './bullmq.ts';

/** A range as a job of BullMQ. */
export interface RangeData {
  readonly range: number;
  /** The plan that it is a range of, by a name that was made up with it. */
  readonly plan: string;
}
export type RangeJob = Job<RangeData, null>;
export type RangeJobs = Queue<RangeData, null>;

/** Gives a range back to the queue: it waits for another worker. */
export async function giveBack(job: RangeJob, token: string): Promise<never> {
  const { WaitingError } = await import('bullmq');
  await job.moveToWait(token);
  throw new WaitingError();
}

/** Works on the range of a job. What this returns or throws, BullMQ notes. */
export async function workOn(
  job: RangeJob,
  token: string,
  { lockMs, use }: { readonly lockMs: number; readonly use: BullmqPlace['use'] },
  work: WorkOnRange,
  signal: AbortSignal,
): Promise<null> {
  const why = await work(job.data.range, placeOf(job, token, lockMs, use));
  if (why === null) return null;
  if (signal.aborted) return giveBack(job, token);
  throw new Error(why);
}

/** How far a range is, is kept with its job. */
function placeOf(job: RangeJob, token: string, lockMs: number, use: BullmqPlace['use']): RangePlace {
  const name = `range ${job.data.range} of the queue`;
  return {
    checkpoint: {
      name,
      check: async () => 'is in the queue',
      load: async () => (typeof job.progress === 'object' ? job.progress : null),
      save: (document) => use(() => job.updateProgress(document as object)),
      close: async () => {},
    },
    lease: leaseOf(job, token, name, lockMs),
    close: async () => {},
  };
}

/**
 * The lease of a range is the lock of its job. BullMQ takes it with the job, renews it, and lets go of it with the job's end; this
 * asks for it once more before anything that only the holder may do.
 */
function leaseOf(job: RangeJob, token: string, name: string, lastsMs: number): Lease {
  return {
    name,
    lastsMs,
    check: async () => 'is in the queue',
    acquire: async () => {},
    renew: async () => {
      const isHeld = await job.extendLock(token, lastsMs).catch((error: unknown) => {
        // Another worker has the job, or it is over; BullMQ has no error class for it.
        if (error instanceof Error && /lock/i.test(error.message)) return 0;
        throw error;
      });
      if (!isHeld) throw leaseLost(name);
    },
    release: async () => {},
    close: async () => {},
  };
}

/** In the order in which a range goes through them: one that moves on while they are read is found twice, and never missed. */
const statesOfBullmq = {
  waiting: ['waiting', 'delayed', 'prioritized'],
  running: ['active'],
  failed: ['failed'],
  done: ['completed'],
} as const;

/** All ranges of a queue, in order. @param chunk jobs that are read at a time */
export async function readRanges(queue: RangeJobs, chunk: number): Promise<readonly QueuedRange[]> {
  const found = new Map<number, QueuedRange>();
  for (const [state, types] of Object.entries(statesOfBullmq)) {
    for (let at = 0, isMore = true; isMore; at += chunk) {
      const jobs = await queue.getJobs([...types], at, at + chunk - 1);
      for (const job of jobs) if (job) found.set(job.data.range, rangeOf(job, state as QueuedRange['state']));
      isMore = jobs.length >= chunk;
    }
  }
  return [...found.values()].sort((a, b) => a.range - b.range);
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
  return /stalled more than/.test(reason)
    ? 'Its worker died on every try; this range may be the cause.'
    : safeText(reason);
}
