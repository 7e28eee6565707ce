import { join } from 'node:path';
import type { LocalFile } from '../ports.ts';
import { pairUsers } from './pair-users.ts';
import { type IsExcused, type Plan, PlanTally } from './plan.ts';
import { type Roster, RosterWriter } from './roster-file.ts';
import type { RosterUser } from './roster-user.ts';
import type { SortedUsers } from './sort-users.ts';

/** What was compared, and how the next roster is made of it. */
export interface Compared {
  /** Null before the first delivery with a roster. */
  readonly plan: Plan | null;
  /** Writes the roster after the delivery, into the private work folder. */
  write(): Promise<LocalFile>;
}

export interface Comparing {
  /** The roster of the last delivery; null before the first. */
  readonly last: Roster | null;
  readonly users: SortedUsers;
  readonly directory: string;
  readonly job: string;
  readonly now: Date;
  /** Days after which people who are gone are forgotten. */
  readonly keepDays: number;
  readonly isExcused: IsExcused;
  readonly signal: AbortSignal;
}

const day = 86_400_000;

/** Compares the users of a run with what Alma was last sent. */
export async function compareRoster(comparing: Comparing): Promise<Compared> {
  const { last, users, isExcused, signal } = comparing;
  const tally = new PlanTally(last?.header.madeAt ?? '', isExcused);
  if (last) {
    for await (const pair of pairUsers(last.users(), users.inOrder())) {
      signal.throwIfAborted();
      tally.add(pair);
    }
  }
  return { plan: last ? tally.plan() : null, write: () => writeNext(comparing, tally.superseded()) };
}

/** Never told to stop: what it describes was delivered. */
async function writeNext(
  { last, users, directory, job, now, keepDays, isExcused }: Comparing,
  superseded: ReadonlySet<string>,
): Promise<LocalFile> {
  const today = now.toISOString().slice(0, 10);
  const madeAt = now.toISOString();
  const writer = new RosterWriter(join(directory, 'roster.jsonl.gz'), { job, madeAt });
  const before = last?.users() ?? noUsers();
  for await (const pair of pairUsers(before, users.inOrder())) {
    const next = nextUser(pair.before, pair.now, {
      today,
      last: last?.header.madeAt.slice(0, 10) ?? today,
      superseded,
      isExcused,
    });
    if (next.gone && (now.getTime() - Date.parse(next.gone.day)) / day > keepDays) continue;
    const behind = writer.write(next);
    if (behind) await behind;
  }
  return writer.finish();
}

function nextUser(
  before: RosterUser | null,
  now: Omit<RosterUser, 'since' | 'gone'> | null,
  {
    today,
    last,
    superseded,
    isExcused,
  }: { today: string; last: string; superseded: ReadonlySet<string>; isExcused: IsExcused },
): RosterUser {
  if (now) return { ...now, since: before?.since ?? today, gone: null };
  if (!before) throw new Error('a pair of nobody');
  if (before.gone || isExcused(before)) return before;
  return { ...before, gone: { last, day: today, superseded: superseded.has(before.id) } };
}

async function* noUsers(): AsyncGenerator<RosterUser> {}
