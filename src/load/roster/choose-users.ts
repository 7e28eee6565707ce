import type { LoadJob } from '../job.ts';
import type { Ledger } from '../ledger.ts';
import type { Compared } from './compare-roster.ts';
import { isPending } from './next-user.ts';
import type { Pair } from './pair-users.ts';
import type { SentUser } from './roster-user.ts';
import { changedPaths, valuesByPath } from './user-values.ts';

/** Which users a run delivers. */
export interface SendingReport {
  readonly what: 'all' | 'changed';
  /** Why all are delivered where only changed ones usually are. */
  readonly reason: string | null;
  /** Users in the files, of all that were made. */
  users: number;
  of: number;
}

const dayMs = 86_400_000;

/** Decides whether all users are delivered, or those that Alma does not have as they are now. */
export function chooseUsers(
  { what, allEveryDays, now }: Pick<LoadJob, 'what' | 'allEveryDays' | 'now'>,
  last: Ledger | null,
  compared: Pick<Compared, 'plan' | 'results'>,
): Pick<SendingReport, 'what' | 'reason'> {
  const reason = what === 'all' ? null : reasonForAll(last, compared, allEveryDays, now);
  return { what: what === 'all' || reason !== null ? 'all' : 'changed', reason };
}

function reasonForAll(
  last: Ledger | null,
  { plan, results }: Pick<Compared, 'plan' | 'results'>,
  allEveryDays: number,
  now: Date,
): string | null {
  if (plan === null) return 'this is the first delivery with a roster';
  if (Object.values(results).includes('refused'))
    return "Alma's job failed with the last files, or did not account for all of their users";
  if (!last?.allAt) return 'no delivery of all users is known';
  const days = Math.floor((now.getTime() - Date.parse(last.allAt)) / dayMs);
  return days >= allEveryDays ? `the last delivery of all users was ${days} days ago` : null;
}

/**
 * Tells whether a user of this run is not known to be in Alma as they are now.
 * @param ignoredAlone elements whose change alone is no news
 */
export function isNews(
  { before, now }: Pair,
  taken: ReadonlySet<string>,
  ignoredAlone: ReadonlySet<string>,
): boolean {
  if (!before || before.gone || before.group !== now?.group || isPending(before, taken)) return true;
  return before.print !== now.print && !changesOnly(ignoredAlone, before, now);
}

function changesOnly(ignored: ReadonlySet<string>, before: SentUser, now: SentUser): boolean {
  if (ignored.size === 0) return false;
  const changed = changedPaths(valuesByPath(before.xml.text), valuesByPath(now.xml.text));
  return changed.length > 0 && changed.every((path) => ignored.has(path));
}
