import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalFile } from '../ports.ts';
import { type Pair, pairUsers } from './pair-users.ts';
import { type Change, type FateOf, type Plan, PlanTally } from './plan.ts';
import { type Roster, RosterWriter } from './roster-file.ts';
import type { RosterUser } from './roster-user.ts';
import type { SortedUsers } from './sort-users.ts';

/** What was compared, and how the next roster is made of it. */
export interface Compared {
  /** Null before the first delivery with a roster. */
  readonly plan: Plan | null;
  /** Writes the roster after the delivery, into the private work folder. */
  write(): Promise<LocalFile>;
  /** Takes the users that were sorted away. */
  discard(): Promise<void>;
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
  readonly fateOf: FateOf;
  readonly onChange?: OnChange | undefined;
  readonly signal: AbortSignal;
}

/** Told of every user, with their values: for a person who asks. */
export type OnChange = (change: Change, pair: Pair) => void;

const day = 86_400_000;

/** Compares the users of a run with what Alma was last sent. */
export async function compareRoster(comparing: Comparing): Promise<Compared> {
  const { last, users, directory, fateOf, onChange, signal } = comparing;
  const tally = new PlanTally(last?.header.madeAt ?? '', fateOf);
  if (last) {
    for await (const pair of pairUsers(last.users(), users.inOrder())) {
      signal.throwIfAborted();
      const change = tally.add(pair);
      if (change !== null) onChange?.(change, pair);
    }
  }
  return {
    plan: last ? tally.plan() : null,
    write: () => writeNext(comparing, tally.superseded()),
    discard: () => rm(directory, { recursive: true }),
  };
}

/** Never told to stop: what it describes was delivered. */
async function writeNext(
  { last, users, directory, job, now, keepDays, fateOf }: Comparing,
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
      fateOf,
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
    fateOf,
  }: { today: string; last: string; superseded: ReadonlySet<string>; fateOf: FateOf },
): RosterUser {
  if (now) return { ...now, since: before?.since ?? today, gone: null };
  if (!before) throw new Error('a pair without a user');
  const fate = before.gone ? 'left out' : fateOf(before);
  if (fate === 'left out') return before;
  return {
    ...before,
    gone: { last, day: today, superseded: fate === 'superseded' || superseded.has(before.id) },
  };
}

async function* noUsers(): AsyncGenerator<RosterUser> {}
