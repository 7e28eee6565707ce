import type { PollConfig } from '../config/poll-schema.ts';
import { untilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import { exitCodeOf, reportOf } from '../core/run.ts';
import { fingerprintOf } from '../load/inputs.ts';
import { type BackfillPlan, makePlan, parsePlan } from '../poll/backfill/plan.ts';
import { newBackfillReport, runRanges } from '../poll/backfill/run-ranges.ts';
import { GeocodingCascade } from '../poll/geocode.ts';
import { createEncoder } from '../poll/patron-info.ts';
import { backfillText, planLines } from '../report/backfill-text.ts';
import { duration, number } from '../report/words.ts';
import { openPoll, type PollSession } from './poll.ts';
import { printJson, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { version } from './version.ts';
import { planPlace, rangePlace } from './wire-backfill.ts';
import { wireJob, wireObfuscator } from './wire-poll.ts';

export interface BackfillOptions {
  readonly config: string;
  readonly envFile?: string;
  readonly now?: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
  /** Where the plan is. */
  readonly plan: string;
}

export interface BackfillPlanOptions extends BackfillOptions {
  /** Patrons of a range. */
  readonly patrons: number;
}

export interface BackfillRunOptions extends BackfillOptions {
  /** `0/8`: the first eighth of the ranges. */
  readonly range?: string;
}

/** Texts that are hashed to measure this machine. */
const sampleSize = 400;

/** `patronflow backfill plan`: cuts Sierra's patrons into ranges. */
export async function backfillPlanCommand(
  options: BackfillPlanOptions,
  context: ProcessContext,
): Promise<number> {
  const session = await openPoll(options, context, true);
  const { config, adapters, now, threads } = session;
  const { signal, stdout } = context;
  const place = planPlace(options.plan, config, context);
  try {
    if ((await untilAborted(signal, place.load(signal))) !== null)
      throw new PatronflowError('USAGE', `There is a plan at ${place.name} already.`, {
        hint: 'Go on with it, or name another place: two plans at once send patrons twice.',
      });
    const obfuscator = wireObfuscator(config, threads);
    const job = wireJob(config, choicesOf(session));
    const configuration = configurationOf(config);
    const { source } = adapters;
    const parts = { job, source, obfuscator, configuration };
    const plan = await untilAborted(signal, makePlan(parts, options.patrons, signal));
    const sample = Array.from({ length: sampleSize }, (_, at) => `sample ${at}`);
    const startedAt = performance.now();
    await obfuscator.obfuscate(sample, signal);
    const perSecond = (sampleSize * 1000) / Math.max(1, performance.now() - startedAt);
    await place.save(plan);
    if (options.json) printJson(stdout, { ...plan, hashesPerSecond: Math.round(perSecond), now });
    else printText(stdout, planLines(plan, place.name, perSecond).join('\n'));
    return 0;
  } finally {
    await place.close();
    await adapters.close();
  }
}

/** `patronflow backfill run`: works through the ranges of a plan, or through a part of them. */
export async function backfillRunCommand(
  options: BackfillRunOptions,
  context: ProcessContext,
): Promise<number> {
  const session = await openPoll(options, context, false);
  const { config, adapters, log, threads } = session;
  const { source, warehouse, geocoders, schema } = adapters;
  const { signal } = context;
  const place = planPlace(options.plan, config, context);
  try {
    const plan = parsePlan(await untilAborted(signal, place.load(signal)), place.name);
    assertSameConfiguration(plan, config, place.name);
    const wanted = rangesOf(plan, options.range, context.environment);
    const job = wireJob(config, choicesOf(session));
    const report = await reportOf(newBackfillReport(job), { log, signal }, async () => {
      const document = await untilAborted(signal, schema.load(signal));
      const encoder = createEncoder(document, schema.name);
      const ports = {
        ...{ source, warehouse, encoder, log },
        obfuscator: wireObfuscator(config, threads),
        cascade: new GeocodingCascade(geocoders),
        sinks: adapters.sinks(document, encoder.fields),
        daily: adapters.checkpoint,
        placeOf: (range: number) => rangePlace(options.plan, range, session, context),
        onRange: progressOf(plan, wanted, context),
      };
      return runRanges(job, ports, plan, wanted, signal);
    });
    if (options.json) printJson(context.stdout, report);
    else printText(context.stdout, backfillText(report));
    return exitCodeOf(report, { books: [], maxRejects: 1, notices: 0 });
  } finally {
    await place.close();
    await adapters.close();
  }
}

function choicesOf({ now }: PollSession) {
  return { now, isReplay: false, dryRun: false, acceptChange: false };
}

/** What makes the records, but the key, of which the plan has a fingerprint of its own. */
function configurationOf({
  obfuscation,
  geocoding,
  postal_code,
  time_zone,
  schema,
  records,
}: PollConfig): string {
  const { method, long_input } = obfuscation;
  return fingerprintOf([version, method, long_input, geocoding, postal_code, time_zone, schema, records.to]);
}

function assertSameConfiguration({ configuration }: BackfillPlan, config: PollConfig, place: string): void {
  if (configuration === configurationOf(config)) return;
  throw new PatronflowError(
    'CONFIG_INVALID',
    `The plan at ${place} was made with another configuration, or by another version of patronflow.`,
    { hint: 'Use the same on all machines, or make a new plan.' },
  );
}

/** The ranges of a part: that of the option, or that of an array job. */
function rangesOf(
  { ranges }: BackfillPlan,
  option: string | undefined,
  environment: ProcessContext['environment'],
): readonly number[] {
  const { AWS_BATCH_JOB_ARRAY_INDEX: at, AWS_BATCH_JOB_ARRAY_SIZE: of } = environment;
  const part = option ?? (at !== undefined && of !== undefined ? `${at}/${of}` : '0/1');
  const [, index, count] = /^(\d{1,5})\/(\d{1,5})$/.exec(part) ?? [];
  if (index === undefined || Number(index) >= Number(count))
    throw new PatronflowError('USAGE', '--range is a part such as 0/8, the first of eight, up to 7/8.');
  return ranges.flatMap((_, range) => (range % Number(count) === Number(index) ? [range] : []));
}

/** A line on the terminal for each range that has ended, with the time that is left. */
function progressOf({ ranges }: BackfillPlan, wanted: readonly number[], { stderr }: ProcessContext) {
  const all = wanted.reduce((sum, range) => sum + (ranges[range]?.patrons ?? 0), 0);
  const startedAt = performance.now();
  let worked = 0;
  return ({ ranges: results, donePatrons }: ReturnType<typeof newBackfillReport>) => {
    const last = results.at(-1);
    if (!stderr.isTTY || !last) return;
    if (last.outcome === 'done') worked += ranges[last.range]?.patrons ?? 0;
    const perMs = worked / (performance.now() - startedAt);
    const left = perMs > 0 ? `; ${duration((all - donePatrons) / perMs)} left` : '';
    printText(stderr, `${number(donePatrons)} of ${number(all)} patrons${left}`);
  };
}
