import { resolve } from 'node:path';
import { untilAborted } from '../core/abort.ts';
import { retry, standardRetry } from '../core/retry.ts';
import { reportOf } from '../core/run.ts';
import { type BackfillPlan, parsePlan } from '../poll/backfill/plan.ts';
import type { RangeQueue } from '../poll/backfill/ports.ts';
import { progressOfQueue } from '../poll/backfill/queue-progress.ts';
import { newBackfillReport } from '../poll/backfill/run-ranges.ts';
import { workRanges } from '../poll/backfill/work-ranges.ts';
import { queueHtml } from '../report/queue-html.ts';
import { queueText } from '../report/queue-text.ts';
import { type BackfillOptions, finishBackfill, jobOf, openBackfill } from './backfill.ts';
import { assertSameConfiguration } from './backfill-fingerprint.ts';
import { progressOf } from './backfill-progress.ts';
import { openPoll } from './open-poll.ts';
import { printJson, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { type QueueOption, wireQueue } from './wire-queue.ts';
import { writePage } from './write-page.ts';

export type BackfillWorkOptions = BackfillOptions & QueueOption;

export interface BackfillStatusOptions extends QueueOption {
  readonly json?: boolean;
  readonly report?: string;
}

export interface BackfillResumeOptions extends QueueOption {
  readonly atOnce?: number;
}

/** `patronflow backfill work`: one of any number of workers. */
export async function backfillWorkCommand(
  options: BackfillWorkOptions,
  context: ProcessContext,
): Promise<number> {
  const { signal } = context;
  const queue = wireQueue(options, context);
  const session = await openPoll(options, context, false, queue.turnsOf);
  const { config, adapters, log } = session;
  try {
    const plan = await planOf(queue, signal);
    const report = await reportOf(newBackfillReport(jobOf(session)), { log, signal }, async () => {
      const { job, ports, configuration } = await openBackfill(session, signal);
      assertSameConfiguration(plan, configuration, queue.name);
      const onRange = progressOf(plan, [...plan.ranges.keys()], context);
      return workRanges(job, { ...ports, queue, onRange, daily: adapters.checkpoint }, plan, signal);
    });
    return finishBackfill(report, options, config, context);
  } finally {
    await adapters.close();
    await queue.close();
  }
}

/** `patronflow backfill status`: how far it is, who works on what, what was set aside. */
export async function backfillStatusCommand(
  options: BackfillStatusOptions,
  context: ProcessContext,
): Promise<number> {
  const { signal, stdout } = context;
  return withQueue(options, context, async (queue) => {
    const plan = await planOf(queue, signal);
    const now = Date.now();
    const progress = progressOfQueue(plan, await untilAborted(signal, queue.state(signal)), now);
    if (options.report)
      await writePage(resolve(context.workingDirectory, options.report), queueHtml(progress, now));
    if (options.json) printJson(stdout, progress);
    else printText(stdout, queueText(progress, now));
    return 0;
  });
}

/** `patronflow backfill pause`: no worker takes another range. */
export async function backfillPauseCommand(options: QueueOption, context: ProcessContext): Promise<number> {
  return withQueue(options, context, async (queue) => {
    await planOf(queue, context.signal);
    await queue.pause();
    printText(context.stdout, 'Paused: running ranges finish, and no new one starts.');
    return 0;
  });
}

/** `patronflow backfill resume`: workers go on, with another number of ranges at a time if one is named. */
export async function backfillResumeCommand(
  options: BackfillResumeOptions,
  context: ProcessContext,
): Promise<number> {
  return withQueue(options, context, async (queue) => {
    await planOf(queue, context.signal);
    await queue.resume(options.atOnce);
    printText(context.stdout, 'Resumed: running workers take the next ranges.');
    return 0;
  });
}

/** `patronflow backfill retry`: what was set aside is handed out once more. */
export async function backfillRetryCommand(options: QueueOption, context: ProcessContext): Promise<number> {
  return withQueue(options, context, async (queue) => {
    await planOf(queue, context.signal);
    const count = await queue.retry(context.signal);
    printText(
      context.stdout,
      `${count === 1 ? '1 range that was set aside is' : `${count} ranges that were set aside are`} queued again.`,
    );
    return 0;
  });
}

async function withQueue(
  options: QueueOption,
  context: ProcessContext,
  work: (queue: RangeQueue) => Promise<number>,
): Promise<number> {
  const queue = wireQueue(options, context);
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
}

/** @throws PatronflowError where the queue has no plan */
async function planOf(queue: RangeQueue, signal: AbortSignal): Promise<BackfillPlan> {
  const plan = await retry(standardRetry, () => queue.plan(signal), undefined, signal);
  return parsePlan(plan, queue.name);
}
