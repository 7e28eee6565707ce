import type { Checkpoint, Lease } from '../../core/ports.ts';
import { newRunReport, type RunReport, reportOf } from '../../core/run.ts';
import type { PollJob, PollPorts } from '../job.ts';
import { assertSameKey, keyFingerprint } from '../key-fingerprint.ts';
import type { PollReport } from '../poll-report.ts';
import { runPoll } from '../run.ts';
import { type BackfillPlan, type BackfillRange, handoverProblem } from './plan.ts';
import { rangeSource } from './range-source.ts';

/** What became of a range. `elsewhere`: another run works on it. */
export interface RangeResult {
  readonly range: number;
  readonly outcome: 'done' | 'done before' | 'elsewhere' | 'failed';
  readonly sent: number;
  readonly rejected: number;
  /** Why it failed. */
  readonly error: RunReport['error'];
}

/** What a run of a back-fill came to. */
export interface BackfillReport extends RunReport {
  outcome: 'done' | 'incomplete' | 'held' | 'stopped' | 'failed';
  before: string;
  /** Patrons of the whole plan, and those of the ranges that are done by now. */
  patrons: number;
  donePatrons: number;
  readonly ranges: RangeResult[];
  milliseconds: number;
}

/** Where a range is noted, and what keeps a second run away from it. */
export interface RangePlace {
  readonly checkpoint: Checkpoint<unknown>;
  readonly lease: Lease | null;
  close(): Promise<void>;
}

export interface BackfillPorts extends Omit<PollPorts, 'checkpoint' | 'lease'> {
  readonly placeOf: (range: number) => RangePlace;
  /** The daily poll's. */
  readonly daily: Checkpoint<unknown> | null;
  /** Told when a range has ended. */
  readonly onRange: (report: BackfillReport) => void;
}

export function newBackfillReport(job: PollJob): BackfillReport {
  const figures = { before: '', patrons: 0, donePatrons: 0, ranges: [], milliseconds: 0 };
  return { ...newRunReport(job), ...figures };
}

/** Before every time that Sierra knows; the rows of a range have it, so that ids alone tell their order. */
const epoch = '1970-01-01 00:00:00.000000';

/**
 * Works through ranges, one after the other. Each is a poll of its own, with a checkpoint and a lease: it goes on where a run that
 * died has left it, and two runs never work on the same one. A range that fails is set aside, and the next one begins.
 */
export async function runRanges(
  job: PollJob,
  ports: BackfillPorts,
  plan: BackfillPlan,
  wanted: readonly number[],
  signal: AbortSignal,
): Promise<BackfillReport> {
  const startedAt = performance.now();
  const report = newBackfillReport(job);
  Object.assign(report, { before: plan.before, patrons: plan.patrons });
  await reportOf(report, { log: ports.log, signal }, async () => {
    assertSameKey(plan.keyFingerprint, await keyFingerprint(ports.obfuscator, signal), 'the plan');
    const hasDaily = ports.daily !== null && (await ports.daily.load(signal)) !== null;
    const problem = handoverProblem(plan, job, hasDaily);
    if (problem) report.warnings.push(problem);
    for (const index of wanted) {
      signal.throwIfAborted();
      const range = plan.ranges[index];
      if (!range) continue;
      const result = await runRange(job, ports, plan, { index, range }, signal);
      report.ranges.push(result);
      if (result.outcome.startsWith('done')) report.donePatrons += range.patrons;
      ports.onRange(report);
      if (result.error && stopsAll.has(result.error.kind)) {
        report.error = result.error;
        return report;
      }
    }
    report.outcome = report.ranges.every(({ outcome }) => outcome.startsWith('done')) ? 'done' : 'incomplete';
    report.error = report.ranges.find(({ error }) => error !== null)?.error ?? null;
    return report;
  });
  report.milliseconds = Math.round(performance.now() - startedAt);
  return report;
}

/** What is wrong with one range by these is wrong with all. */
const stopsAll: ReadonlySet<string> = new Set(['config', 'usage', 'signal', 'guard']);

async function runRange(
  job: PollJob,
  ports: BackfillPorts,
  plan: BackfillPlan,
  { index, range }: { index: number; range: BackfillRange },
  signal: AbortSignal,
): Promise<RangeResult> {
  const { placeOf, daily: _, onRange: __, ...shared } = ports;
  const place = placeOf(index);
  const result = { range: index, sent: 0, rejected: 0, error: null };
  try {
    if (isDone(await place.checkpoint.load(signal), range)) return { ...result, outcome: 'done before' };
    const start = { ...job.start, new: { at: epoch, id: '' } };
    const ofRange: PollJob = { ...job, modes: ['new'], start, since: null };
    const source = rangeSource(ports.source, plan, range);
    const { checkpoint, lease } = place;
    const made = await runPoll(ofRange, { ...shared, source, checkpoint, lease }, signal);
    const [mode] = made.modes;
    const sent = mode?.books.written ?? 0;
    const rejected = mode?.books.rejected ?? 0;
    return { ...result, sent, rejected, outcome: outcomeOf(made), error: errorOf(made) };
  } finally {
    await place.close();
  }
}

function outcomeOf(report: PollReport): RangeResult['outcome'] {
  if (report.error?.code === 'RUN_IN_PROGRESS') return 'elsewhere';
  return report.error === null && (report.modes[0]?.isComplete ?? false) ? 'done' : 'failed';
}

function errorOf({ error }: PollReport): RangeResult['error'] {
  return error?.code === 'RUN_IN_PROGRESS' ? null : error;
}

/** Whether a checkpoint says that the last patron of the range was sent. */
function isDone(document: unknown, { through }: BackfillRange): boolean {
  const { ids } = (document ?? {}) as { ids?: Partial<Record<string, { id?: string }>> };
  return ids?.creation_dt?.id === through;
}
