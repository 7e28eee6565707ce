import { PatronflowError } from '../core/errors.ts';
import { reportOf } from '../core/run.ts';
import { newReconcileReport, reconcile } from '../poll/reconcile/reconcile.ts';
import { reconcileHtml } from '../report/reconcile-html.ts';
import { firstUnequalDay, reconcileText } from '../report/reconcile-text.ts';
import { finishRun } from './finish-run.ts';
import { openPoll, type PollOptions, pollCommand } from './poll.ts';
import type { ProcessContext } from './process-context.ts';
import { wireJob } from './wire-poll.ts';

export interface ReconcileOptions
  extends Pick<PollOptions, 'config' | 'envFile' | 'now' | 'verbose' | 'since' | 'json' | 'report'> {
  /** Whether patrons are sent again where days differ. */
  readonly repair?: boolean;
}

/** The exit code of a comparison that found a difference. */
const unequalCode = 1;

/** `patronflow poll reconcile`: compares Sierra with the warehouse; `--repair` then sends patrons again, and compares once more. */
export async function reconcileCommand(
  { repair = false, ...options }: ReconcileOptions,
  context: ProcessContext,
): Promise<number> {
  const { code, firstDay } = await compareSides(options, context);
  if (!repair || firstDay === null) return code;
  const { report: _, ...asked } = options;
  const sent = await pollCommand({ ...asked, since: firstDay }, context);
  return sent === 0 ? (await compareSides(options, context)).code : sent;
}

/** Compares both sides, and changes neither. @returns the exit code, and the first day that differs; null where none does */
async function compareSides(
  options: Omit<ReconcileOptions, 'repair'>,
  context: ProcessContext,
): Promise<{ code: number; firstDay: string | null }> {
  const session = await openPoll(options, context, true);
  const { config, adapters, log, now } = session;
  try {
    const { source, warehouse, checkpoint } = adapters;
    if (!warehouse) {
      throw new PatronflowError('USAGE', 'The configuration has no warehouse to compare Sierra with.', {
        hint: 'Set warehouse.url and warehouse.table.',
      });
    }
    const choices = { now, isReplay: options.now !== undefined, since: options.since };
    const job = wireJob(config, { ...choices, dryRun: true, acceptChange: false });
    const started = newReconcileReport(job);
    const { signal } = context;
    const report = await reportOf(started, { log, signal }, () =>
      reconcile(job, { source, warehouse, checkpoint, log }, started, signal),
    );
    // A comparison is mailed by no one and leaves the page of the last run, as a dry run does.
    const asDryRun = { job: 'poll' as const, books: [], isDryRun: true, written: 'sent' as const };
    const finishing = { ...session, ...asDryRun, options, report, text: reconcileText, html: reconcileHtml };
    const code = await finishRun(finishing, context);
    const isUnequal = code === 0 && report.outcome === 'unequal';
    return { code: isUnequal ? unequalCode : code, firstDay: isUnequal ? firstUnequalDay(report) : null };
  } finally {
    await adapters.close();
  }
}
