import { isAbsolute, resolve } from 'node:path';
import { checkpoints } from '../adapters/checkpoints/index.ts';
import type { PollConfig } from '../config/poll-schema.ts';
import { awsCredentials } from '../core/aws-credentials.ts';
import { PatronflowError } from '../core/errors.ts';
import { type BackfillPlan, parsePlan } from '../poll/backfill/plan.ts';
import type { RangePlace, RangeQueue } from '../poll/backfill/ports.ts';
import type { PollSession } from './open-poll.ts';
import type { ProcessContext } from './process-context.ts';
import { wireLease } from './wire-shared.ts';

/** The URL of the plan; a path is one of the working directory. */
function urlOf(plan: string, { workingDirectory }: ProcessContext): string {
  if (/^(s3|sftp|file):/.test(plan)) return plan;
  return `file:${isAbsolute(plan) ? plan : resolve(workingDirectory, plan)}`;
}

/** Where a plan is kept: a document, or a queue. */
export interface PlanPlace {
  readonly name: string;
  /** @returns null where there is none */
  load(signal: AbortSignal): Promise<BackfillPlan | null>;
  /** Whether all ranges of its plan are done, so that another one may take its place. */
  isDone(signal: AbortSignal): Promise<boolean>;
  save(plan: BackfillPlan): Promise<void>;
  close(): Promise<void>;
}

/** A queue as the place of a plan. */
export function queuePlace(queue: RangeQueue, atOnce: number | null): PlanPlace {
  return {
    name: queue.name,
    load: async (signal) => {
      const found = await queue.plan(signal).catch((error) => {
        // A queue that was never used has no tables yet; they are made with the plan.
        if (error instanceof PatronflowError && error.code === 'QUEUE_UNAVAILABLE') return null;
        throw error;
      });
      return found === null ? null : parsePlan(found, queue.name);
    },
    isDone: async (signal) => (await queue.state(signal)).ranges.every(({ state }) => state === 'done'),
    save: (plan) => queue.fill(plan, plan.ranges.length, atOnce),
    close: () => queue.close(),
  };
}

/** A document as the place of a plan. @throws PatronflowError USAGE for a place that no checkpoint may have */
export function planPlace(plan: string, { checkpoint, aws }: PollConfig, context: ProcessContext): PlanPlace {
  const url = urlOf(plan, context);
  if (!url.endsWith('.json'))
    throw new PatronflowError('USAGE', 'A plan must be a .json file.', {
      hint: 'Call it backfill.json, for example.',
    });
  const problem = checkpoints.problemOf(url);
  if (problem) throw new PatronflowError('USAGE', `The place of the plan ${problem}.`);
  const document = checkpoints.create({ url, credentials: awsCredentials(aws) }, checkpoint);
  return {
    name: document.name,
    load: async (signal) => {
      const found = await document.load(signal);
      return found === null ? null : parsePlan(found, document.name);
    },
    // What is noted beside it would count for the new plan, too.
    isDone: async () => false,
    save: (made) => document.save(made),
    close: () => document.close(),
  };
}

/** Beside the plan: where a range is noted, and its lease. */
export function rangePlace(
  plan: string,
  range: number,
  { config, log }: PollSession,
  context: ProcessContext,
): RangePlace {
  const url = `${urlOf(plan, context).replace(/\.json$/, '')}-range-${range}.json`;
  const at = { url, credentials: awsCredentials(config.aws) };
  const checkpoint = checkpoints.create(at, config.checkpoint);
  const lease = wireLease(at, config.checkpoint, context, (message) => log.warn(message));
  return {
    checkpoint,
    lease,
    close: async () => {
      await checkpoint.close();
      await lease?.close();
    },
  };
}
