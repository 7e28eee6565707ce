import type { PatronSource } from '../ports.ts';
import type { BackfillPlan, BackfillRange } from './plan.ts';

/**
 * The patrons of a range as new ones of a poll: a poll that runs over it reads, sends and saves as every poll does. Pages go by
 * id, which is the key of Sierra's table; by date a page of millions takes a second.
 */
export function rangeSource(
  source: PatronSource,
  { before }: Pick<BackfillPlan, 'before'>,
  { after, through }: BackfillRange,
): PatronSource {
  return {
    ...source,
    active: (_, page, signal) =>
      source.inRange(
        { after: page.after.id === '' ? after : page.after.id, through, before, limit: page.limit },
        signal,
      ),
    // It is a question about the whole of Sierra.
    withoutDates: async () => 0,
  };
}
