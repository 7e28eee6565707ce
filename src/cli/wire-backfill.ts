import { isAbsolute, resolve } from 'node:path';
import { checkpoints } from '../adapters/checkpoints/index.ts';
import type { PollConfig } from '../config/poll-schema.ts';
import { awsCredentials } from '../core/aws-credentials.ts';
import { PatronflowError } from '../core/errors.ts';
import type { Checkpoint } from '../core/ports.ts';
import type { RangePlace } from '../poll/backfill/run-range.ts';
import type { PollSession } from './poll.ts';
import type { ProcessContext } from './process-context.ts';
import { wireLease } from './wire-shared.ts';

/** The URL of the plan; a path is one of the working directory. */
function urlOf(plan: string, { workingDirectory }: ProcessContext): string {
  if (/^(s3|sftp|file):/.test(plan)) return plan;
  return `file:${isAbsolute(plan) ? plan : resolve(workingDirectory, plan)}`;
}

/** Where the plan is kept. @throws PatronflowError USAGE for a place that no checkpoint may have */
export function planPlace(
  plan: string,
  { checkpoint, aws }: PollConfig,
  context: ProcessContext,
): Checkpoint<unknown> {
  const url = urlOf(plan, context);
  if (!url.endsWith('.json'))
    throw new PatronflowError('USAGE', 'A plan is a .json file.', {
      hint: 'Call it backfill.json, for example.',
    });
  const problem = checkpoints.problemOf(url);
  if (problem) throw new PatronflowError('USAGE', `The place of the plan ${problem}.`);
  return checkpoints.create({ url, credentials: awsCredentials(aws) }, checkpoint);
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
