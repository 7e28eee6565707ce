import { PatronflowError } from '../core/errors.ts';
import { holdLease } from '../core/hold-lease.ts';
import { instantOf } from '../core/instant.ts';
import { reportOf } from '../core/run.ts';
import { hashesOfPatron, measureHashing } from '../poll/backfill/sample.ts';
import type { PollJob } from '../poll/job.ts';
import type { Warehouse } from '../poll/ports.ts';
import type { RecordsPorts } from '../poll/reconcile/compare-records.ts';
import {
  newReconcileReport,
  type ReconcileReport,
  reconcile,
  reconcileRecords,
} from '../poll/reconcile/reconcile.ts';
import { reconcileHtml } from '../report/reconcile-html.ts';
import { firstUnequalDay, reconcileText } from '../report/reconcile-text.ts';
import { duration, number } from '../report/words.ts';
import { finishRun } from './finish-run.ts';
import { openPoll, type PollSession } from './open-poll.ts';
import { type PollOptions, pollCommand } from './poll.ts';
import { printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { createProgress } from './progress.ts';
import { recordPorts } from './record-ports.ts';
import { wireJob } from './wire-poll.ts';

export interface ReconcileOptions
  extends Pick<PollOptions, 'config' | 'envFile' | 'now' | 'verbose' | 'since' | 'json' | 'report'> {
  /** Whether patrons are sent again where days differ. */
  readonly repair?: boolean;
  /** Whether each patron is looked up by the obfuscated id. */
  readonly hashes?: boolean;
}

/** The exit code of a comparison that found a difference. */
const unequalCode = 1;

/** `patronflow poll reconcile`: compares Sierra with the warehouse; `--repair` then sends patrons again, and compares once more. */
export async function reconcileCommand(
  { repair = false, ...options }: ReconcileOptions,
  context: ProcessContext,
): Promise<number> {
  // Patron by patron, what differs is known and sent at once; by days, all patrons since the first one are.
  if (options.hashes) return (await compareSides({ ...options, repair }, context)).code;
  const { code, firstDay } = await compareSides(options, context);
  if (!repair || firstDay === null) return code;
  const { report: _, hashes: __, ...asked } = options;
  const sent = await pollCommand({ ...asked, since: firstDay }, context);
  return sent === 0 ? (await compareSides(options, context)).code : sent;
}

/** Compares both sides. @returns the exit code, and the first day that differs; null where none does */
async function compareSides(
  options: ReconcileOptions,
  context: ProcessContext,
): Promise<{ code: number; firstDay: string | null }> {
  const session = await openPoll(options, context, !options.repair);
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
      options.hashes
        ? compareByHashes(job, options, session, warehouse, started, context)
        : reconcile(job, { source, warehouse, checkpoint, log }, started, signal),
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

/** Says first how long it takes: at bcrypt cost 10 a million patrons are a day of one core. */
async function compareByHashes(
  job: PollJob,
  { repair = false, since, json = false }: ReconcileOptions,
  session: PollSession,
  warehouse: Warehouse,
  report: ReconcileReport,
  context: ProcessContext,
): Promise<ReconcileReport> {
  const { adapters, log } = session;
  const { signal, stderr } = context;
  const { checkpoint, lease } = adapters;
  const { ports } = await recordPorts(session, signal);
  if (since === undefined) printText(stderr, await costOf(ports, job, signal));
  const progress = createProgress(stderr, json);
  const asked = { ...ports, warehouse, checkpoint, lease, onProgress: progress.show };
  try {
    // What is sent again must not cross with what a poll sends.
    return await holdLease(repair ? lease : null, log, signal, (held) =>
      reconcileRecords(job, asked, report, repair, held.signal),
    );
  } finally {
    progress.clear();
  }
}

async function costOf(
  { source, obfuscator }: Pick<RecordsPorts, 'source' | 'obfuscator'>,
  { now }: PollJob,
  signal: AbortSignal,
): Promise<string> {
  const perSecond = await measureHashing(obfuscator, signal);
  const { patrons } = await source.rangeEnds(instantOf(now), Number.MAX_SAFE_INTEGER, signal);
  const milliseconds = (patrons * hashesOfPatron * 1000) / perSecond;
  return `${number(patrons)} patrons are compared by two hashes each: about ${duration(milliseconds)} on this machine. It can be stopped at any time.`;
}
