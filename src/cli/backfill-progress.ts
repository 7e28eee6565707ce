import type { BackfillPlan } from '../poll/backfill/plan.ts';
import type { BackfillReport } from '../poll/backfill/run-ranges.ts';
import { duration, number } from '../report/words.ts';
import { printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';

/** A line on the terminal for each range that has ended, with the rate and the time that is left. */
export function progressOf(
  { ranges }: BackfillPlan,
  wanted: readonly number[],
  { stderr }: ProcessContext,
): (report: BackfillReport) => void {
  const all = wanted.reduce((sum, range) => sum + (ranges[range]?.patrons ?? 0), 0);
  const startedAt = performance.now();
  let worked = 0;
  return ({ ranges: results, donePatrons }) => {
    const last = results.at(-1);
    if (!stderr.isTTY || !last) return;
    if (last.outcome === 'done') worked += ranges[last.range]?.patrons ?? 0;
    const perMs = worked / (performance.now() - startedAt);
    const left =
      perMs > 0 ? `, ${number(perMs * 60_000)} a minute, ${duration((all - donePatrons) / perMs)} left` : '';
    printText(stderr, `${number(donePatrons)} of ${number(all)} patrons${left}`);
  };
}
