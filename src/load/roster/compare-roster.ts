import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AlmaResults, LocalFile } from '../ports.ts';
import { nextUser, type RunFates, type Sent } from './next-user.ts';
import { type Pair, pairUsers } from './pair-users.ts';
import { type Change, type FateOf, type Plan, PlanTally } from './plan.ts';
import { type Roster, RosterWriter } from './roster-file.ts';
import type { RosterUser } from './roster-user.ts';
import type { SortedUsers } from './sort-users.ts';

/** What was compared, and how the next roster is made of it. */
export interface Compared {
  /** Null before the first delivery with a roster. */
  readonly plan: Plan | null;
  readonly fates: RunFates;
  readonly results: AlmaResults;
  /** Zips of the last delivery by group. */
  readonly lastFiles: Readonly<Record<string, readonly string[]>>;
  /** All users of the roster and of the run, in order, some at a time. May be asked more than once. */
  pairs(): AsyncGenerator<readonly Pair[]>;
  /** Writes the roster after the delivery, into the private work folder. */
  write(sent: Sent): Promise<LocalFile>;
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
  readonly taken: ReadonlySet<string>;
  readonly results: AlmaResults;
  readonly tellsGone: boolean;
  readonly isNewFeed: boolean;
  readonly onChange?: OnChange | undefined;
  readonly signal: AbortSignal;
}

/** Told of every user, with their values: for a person who asks. */
export type OnChange = (change: Change, pair: Pair) => void;

const day = 86_400_000;

/** Compares the users of a run with what Alma was last sent. */
export async function compareRoster(comparing: Comparing): Promise<Compared> {
  const { last, users, directory, now, fateOf, taken, results } = comparing;
  const { tellsGone, isNewFeed, onChange, signal } = comparing;
  const tally = new PlanTally(last?.header.madeAt ?? '', fateOf);
  const pairs = () => pairUsers(last?.users() ?? noUsers(), users.inOrder());
  if (last) {
    for await (const some of pairs()) {
      signal.throwIfAborted();
      for (const pair of some) {
        const change = tally.add(pair);
        if (change !== null) onChange?.(change, pair);
      }
    }
  }
  const today = now.toISOString().slice(0, 10);
  const lastDay = last?.header.madeAt.slice(0, 10) ?? today;
  const fates = { today, lastDay, fateOf, superseded: tally.superseded(), taken, tellsGone, isNewFeed };
  return {
    plan: last ? tally.plan() : null,
    fates,
    results,
    lastFiles: last?.header.files ?? {},
    pairs,
    write: (sent) => writeNext(comparing, pairs(), fates, sent),
    discard: () => rm(directory, { recursive: true }),
  };
}

/** Never told to stop: what it describes was delivered. */
async function writeNext(
  { directory, job, now, keepDays }: Comparing,
  pairs: AsyncIterable<readonly Pair[]>,
  fates: RunFates,
  sent: Sent,
): Promise<LocalFile> {
  const header = { job, madeAt: now.toISOString(), files: sent.files };
  const writer = new RosterWriter(join(directory, 'roster.jsonl.gz'), header);
  for await (const some of pairs) {
    for (const pair of some) {
      const next = nextUser(pair, fates, sent);
      if (next.gone && (now.getTime() - Date.parse(next.gone.day)) / day > keepDays) continue;
      const behind = writer.write(next);
      if (behind) await behind;
    }
  }
  return writer.finish();
}

async function* noUsers(): AsyncGenerator<readonly RosterUser[]> {}
