import { PatronflowError } from '../../core/errors.ts';
import { retry } from '../../core/retry.ts';
import type { PollJob } from '../job.ts';
import type { RecordSink } from '../ports.ts';
import type { BackfillPlan } from './plan.ts';
import type { RangeQueue } from './ports.ts';
import { endsAll, type RangeResult, runRange } from './run-range.ts';
import { type BackfillPorts, type BackfillReport, backfill, enterRange } from './run-ranges.ts';

/** Patrons of a page: of two that are under way, one is hashed while the other is geocoded. */
const pagePatrons = 1000;

/**
 * Works on the ranges that a queue hands out, until the last one of the plan is done, here or elsewhere.
 * @returns the report of what was done here; never throws
 */
export async function workRanges(
  job: PollJob,
  { queue, ...ports }: BackfillPorts & { readonly queue: RangeQueue },
  plan: BackfillPlan,
  signal: AbortSignal,
): Promise<BackfillReport> {
  const { source } = ports;
  const sinks = ports.sinks.map(oneCallAtATime);
  const pageSize = { ...job.pageSize, new: Math.min(job.pageSize.new, pagePatrons) };
  return backfill(job, ports, plan, signal, async (report) => {
    const ended = new AbortController();
    let fatal: RangeResult['error'] = null;
    let underWay = 0;
    const untilEnd = AbortSignal.any([signal, ended.signal]);
    const work = queue.work(
      plan.ranges.length,
      async (index, place) => {
        underWay += 1;
        try {
          const result = await runRange(
            { ...job, pageSize },
            { ...ports, sinks },
            plan,
            index,
            place,
            untilEnd,
          );
          if (endsAll(result) && !untilEnd.aborted) {
            fatal = result.error;
            ended.abort();
          }
          if (!untilEnd.aborted || result.outcome.startsWith('done')) enterRange(report, plan, result, ports);
          return result.outcome.startsWith('done') ? null : whyOf(result);
        } finally {
          underWay -= 1;
          // A worker that waits for its turn takes no connection of Sierra from those whose turn it is.
          if (underWay === 0) await source.close();
        }
      },
      untilEnd,
    );
    await work.catch((error) => {
      if (!fatal) throw error;
    });
    if (fatal) report.error = fatal;
    else await settle(report, job, queue, signal);
  });
}

/** Of the tries that failed here, those count whose ranges were set aside in the end. */
async function settle(
  report: BackfillReport,
  job: PollJob,
  queue: RangeQueue,
  signal: AbortSignal,
): Promise<void> {
  const { ranges } = await retry(job.persistentRetry, () => queue.state(signal), undefined, signal);
  const aside = ranges.filter(({ state }) => state === 'failed').map(({ range }) => range);
  const kept = report.ranges.filter(
    ({ outcome, range }) => outcome.startsWith('done') || aside.includes(range),
  );
  report.ranges.splice(0, report.ranges.length, ...kept);
  report.outcome = aside.length === 0 ? 'done' : 'incomplete';
  if (aside.length === 0) return;
  const { code, kind, message, hint } = new PatronflowError(
    'BACKFILL_INCOMPLETE',
    `${aside.length} of ${ranges.length} ranges were set aside after their last try.`,
    {
      hint: 'Run patronflow backfill status to see which and why. Fix the cause, run patronflow backfill retry, and start the workers again.',
    },
  );
  report.error = { code, kind, message, hint };
}

/** Two ranges are under way, and a sink takes one batch after the other. */
function oneCallAtATime(sink: RecordSink): RecordSink {
  let last: Promise<unknown> = Promise.resolve();
  const next = <T>(call: () => Promise<T>): Promise<T> => {
    const called = last.then(call);
    last = called.catch(() => {});
    return called;
  };
  return {
    ...sink,
    open: (isDryRun, signal) => next(() => sink.open(isDryRun, signal)),
    write: (records) => next(() => sink.write(records)),
  };
}

function whyOf({ error }: RangeResult): string {
  return error ? `${error.message} ${error.hint} (${error.code})` : 'It did not finish.';
}
