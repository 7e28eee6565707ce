import type { Checkpoint } from '../../core/ports.ts';
import { newRunReport, type RunReport, reportOf } from '../../core/run.ts';
import type { PollJob } from '../job.ts';
import { assertSameKey } from '../key-fingerprint.ts';
import { readState, readStateOfKey } from '../read-state.ts';
import { handoverProblem } from './handover.ts';
import type { BackfillPlan } from './plan.ts';
import type { RangePlace } from './ports.ts';
import { endsAll, type RangePorts, type RangeResult, runRange } from './run-range.ts';

/** What a run of a back-fill came to. */
export interface BackfillReport extends RunReport {
  outcome: 'done' | 'incomplete' | 'held' | 'stopped' | 'failed';
  before: string;
  /** Patrons of the whole plan, and those of the ranges that this run found done or has done. */
  patrons: number;
  donePatrons: number;
  readonly ranges: RangeResult[];
  milliseconds: number;
}

export interface BackfillPorts extends RangePorts {
  /** The daily poll's. */
  readonly daily: Checkpoint<unknown> | null;
  /** Told when a range has ended. */
  readonly onRange: (report: BackfillReport) => void;
}

export function newBackfillReport(job: PollJob): BackfillReport {
  const figures = { before: '', patrons: 0, donePatrons: 0, ranges: [], milliseconds: 0 };
  return { ...newRunReport(job), ...figures };
}

/**
 * Works through ranges, one after the other. A range that fails is set aside, and the next one begins.
 * @returns the report; never throws
 */
export async function runRanges(
  job: PollJob,
  { placeOf, ...ports }: BackfillPorts & { readonly placeOf: (range: number) => RangePlace },
  plan: BackfillPlan,
  wanted: readonly number[],
  signal: AbortSignal,
): Promise<BackfillReport> {
  return backfill(job, ports, plan, signal, async (report) => {
    for (const index of wanted) {
      signal.throwIfAborted();
      const result = await runRange(job, ports, plan, index, placeOf(index), signal);
      enterRange(report, plan, result, ports);
      if (endsAll(result)) {
        report.error = result.error;
        return;
      }
    }
    report.outcome = report.ranges.every(({ outcome }) => outcome.startsWith('done')) ? 'done' : 'incomplete';
    report.error = report.ranges.find(({ error }) => error !== null)?.error ?? null;
  });
}

/** What every run of a back-fill does around its ranges: the key before them, the handover to the daily poll after them. */
export async function backfill(
  job: PollJob,
  { obfuscator, daily, log }: BackfillPorts,
  plan: BackfillPlan,
  signal: AbortSignal,
  work: (report: BackfillReport) => Promise<void>,
): Promise<BackfillReport> {
  const startedAt = performance.now();
  const report = newBackfillReport(job);
  Object.assign(report, { before: plan.before, patrons: plan.patrons });
  await reportOf(report, { log, signal }, async () => {
    const { key } = await readStateOfKey(job, { checkpoint: daily, obfuscator }, signal);
    assertSameKey(plan.keyFingerprint, key, 'the plan');
    await work(report);
    const problem = handoverProblem(plan, job, await readState(job, daily, signal));
    if (problem) report.warnings.push(problem);
    return report;
  });
  report.milliseconds = Math.round(performance.now() - startedAt);
  return report;
}

/** Enters a range that has ended. */
export function enterRange(
  report: BackfillReport,
  plan: BackfillPlan,
  result: RangeResult,
  { onRange }: Pick<BackfillPorts, 'onRange'>,
): void {
  report.ranges.push(result);
  if (result.outcome.startsWith('done')) report.donePatrons += plan.ranges[result.range]?.patrons ?? 0;
  onRange(report);
}
