import type { PollConfig } from '../config/poll-schema.ts';
import { untilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import { exitCodeOf, reportOf } from '../core/run.ts';
import { makePlan, noPlan } from '../poll/backfill/plan.ts';
import { type BackfillReport, newBackfillReport, runRanges } from '../poll/backfill/run-ranges.ts';
import { measureHashing, patronsOfQueue, takeSample } from '../poll/backfill/sample.ts';
import type { PollJob, PollPorts } from '../poll/job.ts';
import { readStateOfKey } from '../poll/read-state.ts';
import { backfillText, planLines } from '../report/backfill-text.ts';
import { assertSameConfiguration, configurationOf } from './backfill-fingerprint.ts';
import { rangesOf } from './backfill-part.ts';
import { progressOf } from './backfill-progress.ts';
import { openPoll, type PollSession } from './open-poll.ts';
import { printJson, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { recordPorts } from './record-ports.ts';
import { type PlanPlace, planPlace, queuePlace, rangePlace } from './wire-backfill.ts';
import { wireJob } from './wire-poll.ts';
import { hasQueue, type QueueOption, wireQueue } from './wire-queue.ts';

export interface BackfillOptions {
  readonly config: string;
  readonly envFile?: string;
  readonly now?: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

export interface BackfillPlanOptions extends BackfillOptions, QueueOption {
  /** Where the plan goes, unless it goes into a queue. */
  readonly plan?: string;
  /** Patrons of a range. */
  readonly patrons?: number;
  /** With a queue: ranges at a time, by all workers together. */
  readonly atOnce?: number;
}

export interface BackfillRunOptions extends BackfillOptions {
  /** Where the plan is. */
  readonly plan: string;
  /** `0/8`: the first eighth of the ranges. */
  readonly range?: string;
}

/** Patrons of a range: each has two documents beside the plan. */
const patronsOfFile = 20_000;

/** `patronflow backfill plan`: cuts Sierra's patrons into ranges. */
export async function backfillPlanCommand(
  options: BackfillPlanOptions,
  context: ProcessContext,
): Promise<number> {
  const session = await openPoll(options, context, true);
  const { config, adapters } = session;
  const { signal, stdout } = context;
  const place = placeOf(options, config, context);
  try {
    const before = await untilAborted(signal, place.load(signal));
    if (before && !(await place.isDone(signal)))
      throw new PatronflowError('USAGE', `There is a plan at ${place.name} already.`, {
        hint: 'Go on with it, or name another place: two plans at once send patrons twice.',
      });
    const { job, ports, configuration } = await openBackfill(session, signal);
    const { checkpoint } = adapters;
    const { key: keyFingerprint } = await readStateOfKey(job, { ...ports, checkpoint }, signal);
    const hashesPerSecond = await measureHashing(ports.obfuscator, signal);
    const size = options.patrons ?? (options.plan ? patronsOfFile : patronsOfQueue(hashesPerSecond));
    const madeOf = { job, source: adapters.source, keyFingerprint, configuration };
    const plan = await untilAborted(signal, makePlan(madeOf, size, signal));
    const ofSample = { ...ports, checkpoint: null, lease: null };
    const sample = await takeSample(job, ofSample, plan, hashesPerSecond, signal);
    await place.save(plan);
    if (options.json) printJson(stdout, { ...plan, sample });
    else
      printText(
        stdout,
        planLines(
          plan,
          place.name,
          ports.sinks.map(({ name }) => name),
          sample,
        ).join('\n'),
      );
    return 0;
  } finally {
    await place.close();
    await adapters.close();
  }
}

/** @throws PatronflowError USAGE unless one place is named */
function placeOf(options: BackfillPlanOptions, config: PollConfig, context: ProcessContext): PlanPlace {
  if (options.plan !== undefined && options.queue === undefined)
    return planPlace(options.plan, config, context);
  if (options.plan !== undefined || !hasQueue(options, context))
    throw new PatronflowError('USAGE', 'A plan goes into a file or into a queue: give --plan or --queue.');
  return queuePlace(wireQueue(options, context), options.atOnce ?? null);
}

/** `patronflow backfill run`: works through the ranges of a plan, or through a part of them. */
export async function backfillRunCommand(
  options: BackfillRunOptions,
  context: ProcessContext,
): Promise<number> {
  const session = await openPoll(options, context, false);
  const { config, adapters, log } = session;
  const { signal } = context;
  const place = planPlace(options.plan, config, context);
  try {
    const plan = await untilAborted(signal, place.load(signal));
    if (!plan) throw noPlan(place.name);
    const wanted = rangesOf(plan, options.range, context.environment);
    const report = await reportOf(newBackfillReport(jobOf(session)), { log, signal }, async () => {
      const { job, ports, configuration } = await openBackfill(session, signal);
      assertSameConfiguration(plan, configuration, place.name);
      const placeOf = (range: number) => rangePlace(options.plan, range, session, context);
      const onRange = progressOf(plan, wanted, context);
      return runRanges(job, { ...ports, placeOf, onRange, daily: adapters.checkpoint }, plan, wanted, signal);
    });
    return finishBackfill(report, options, config, context);
  } finally {
    await place.close();
    await adapters.close();
  }
}

/** Prints what a run of a back-fill came to. @returns its exit code */
export function finishBackfill(
  report: BackfillReport,
  { json }: Pick<BackfillOptions, 'json'>,
  config: PollConfig,
  { stdout }: ProcessContext,
): number {
  if (json) printJson(stdout, report);
  else printText(stdout, backfillText(report));
  const books = report.ranges.flatMap((range) => (range.books ? [range.books] : []));
  return exitCodeOf(report, { books, maxRejects: config.max_rejects, notices: 0 });
}

/** What every command of a back-fill that makes records needs. */
export async function openBackfill(
  session: PollSession,
  signal: AbortSignal,
): Promise<{ job: PollJob; ports: Omit<PollPorts, 'checkpoint' | 'lease'>; configuration: string }> {
  const { ports, schema } = await recordPorts(session, signal);
  const { config, adapters } = session;
  return { job: jobOf(session), ports, configuration: configurationOf(config, adapters, schema) };
}

export function jobOf({ config, now }: PollSession): PollJob {
  return wireJob(config, { now, isReplay: false, dryRun: false, acceptChange: false });
}
