import { leaversGroup } from './leavers-settings.ts';
import type { Pair } from './pair-users.ts';
import type { FateOf } from './plan.ts';
import type { Gone, RosterUser } from './roster-user.ts';

/** What a delivery has of the users. */
export interface Sent {
  /** Its zips by group. Of a group that is not in it, the last ones. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** Whether a user of this run is in one of them. */
  has(pair: Pair): boolean;
  /** Primary ids of the users in the file of the leavers. */
  readonly leavers: ReadonlySet<string>;
}

/** What is known of a run when its roster is written. */
export interface RunFates {
  /** Day of the run. */
  readonly today: string;
  /** Day of the delivery before. */
  readonly lastDay: string;
  readonly fateOf: FateOf;
  /** Primary ids of those who look gone and are there under another one. */
  readonly superseded: ReadonlySet<string>;
  /** Groups whose last files Alma has taken. */
  readonly taken: ReadonlySet<string>;
  /** Whether it says of anyone that they are gone: not a run of a part. */
  readonly tellsGone: boolean;
  /** Whether a row has changed since the last delivery: an old feed once more is no second witness. */
  readonly isNewFeed: boolean;
}

/** The line of a user in the roster of a delivery. */
export function nextUser({ before, now }: Pair, fates: RunFates, sent: Sent): RosterUser {
  if (now) {
    const since = before?.since ?? fates.today;
    const isSent = sent.has({ before, now });
    // Of a user who is not sent again, what was sent last still stands.
    const { print, xml } = isSent || !before ? now : before;
    return { ...now, print, xml, since, gone: null, pending: isSent };
  }
  if (!before) throw new Error('a pair without a user');
  return before.gone ? stillMissing(before, before.gone, fates, sent) : missing(before, fates);
}

/** Whether Alma is not known to have taken what was sent of a user last. */
export function isPending({ pending, group, gone }: RosterUser, taken: ReadonlySet<string>): boolean {
  return pending && !taken.has(gone?.sent ? leaversGroup : group);
}

function missing(before: RosterUser, { fateOf, superseded, today, lastDay, taken }: RunFates): RosterUser {
  const fate = fateOf(before);
  const pending = isPending(before, taken);
  if (fate === 'left out') return { ...before, pending };
  const isElsewhere = fate === 'superseded' || superseded.has(before.id);
  return {
    ...before,
    pending,
    gone: { last: lastDay, day: today, runs: 1, superseded: isElsewhere, sent: null },
  };
}

function stillMissing(
  before: RosterUser,
  gone: Gone,
  { fateOf, superseded, today, taken, tellsGone, isNewFeed }: RunFates,
  { leavers }: Sent,
): RosterUser {
  const isSent = leavers.has(before.id);
  const pending = isPending(before, taken);
  // The old file of the leavers goes with every delivery: who is not in the new one was not expired.
  const day = isSent ? today : pending && gone.sent ? null : gone.sent;
  const fate = fateOf(before);
  // Who is in the source again, though not in the files, is not missing. Who was expired returns only by a file.
  if (tellsGone && fate === 'left out' && day === null) return { ...before, pending: false, gone: null };
  return {
    ...before,
    pending: isSent || (pending && gone.sent === null),
    gone: {
      ...gone,
      runs: gone.runs + (tellsGone && isNewFeed && fate === 'gone' ? 1 : 0),
      superseded: gone.superseded || fate === 'superseded' || superseded.has(before.id),
      sent: day,
    },
  };
}
