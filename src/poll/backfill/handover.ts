import { dayOf } from '../../core/clock.ts';
import { dateOf, type Instant } from '../../core/instant.ts';
import type { Cursors } from '../cursor.ts';
import type { PollJob } from '../job.ts';
import type { PollState } from '../state.ts';
import type { BackfillPlan } from './plan.ts';

/**
 * Why the daily poll would miss patrons who are created or changed after the plan was made; null where it would not.
 * A deletion is known by its day alone, so the day of the plan belongs to the poll as a whole.
 * @param state what the daily poll's checkpoint holds; null where it has none
 */
export function handoverProblem(
  { before }: Pick<BackfillPlan, 'before'>,
  { start }: Pick<PollJob, 'start'>,
  state: PollState | null,
): string | null {
  const cursors: Cursors = state ?? start;
  const day = dayOf(dateOf(before));
  const isLate = cursors.new.at > before || cursors.updated.at > before || cursors.deleted.at > day;
  if (!isLate) return null;
  return state
    ? `The daily poll is past ${utcText(before)} already. It may have missed patrons who changed since then, or the back-fill may have sent an older record after it. Once the back-fill is done, run this once: patronflow poll --since ${commandTime(before)}`
    : `The daily poll has no checkpoint and would begin later than ${utcText(before)}. Set start.creation, start.update and start.deletion to that time or an earlier one.`;
}

/** `2026-03-01 12:00 UTC` */
export function utcText(instant: Instant): string {
  return `${instant.slice(0, 16)} UTC`;
}

/** `2026-03-01T12:00:00Z`, rounded down: a poll that begins earlier misses no patron. */
function commandTime(instant: Instant): string {
  return `${instant.slice(0, 10)}T${instant.slice(11, 19)}Z`;
}
