import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasSameRows } from '../guard.ts';
import { IdentityIndex } from '../identity-index.ts';
import type { LoadPorts } from '../job.ts';
import type { Ledger } from '../ledger.ts';
import type { PeopleRegister } from '../people-register.ts';
import { type MadeGroup, usersOf } from '../remake-files.ts';
import type { Running } from '../running.ts';
import { type Compared, compareRoster } from './compare-roster.ts';
import { findTaken } from './find-taken.ts';
import { guardPlan } from './guard-plan.ts';
import type { FateOf } from './plan.ts';
import { openRoster, type Roster, unfit } from './roster-file.ts';
import type { RosterSettings } from './roster-settings.ts';
import { type RosterUser, sentUser } from './roster-user.ts';
import { SortedUsers } from './sort-users.ts';

/** The values in the index are of one kind. */
const prints = 1;

/** Compares the finished files with what Alma was last sent, and enters the plan into the report. */
export async function useRoster(
  { job, ports, work, last, report, signal }: Running,
  settings: RosterSettings,
  { made, register }: { made: readonly MadeGroup[]; register: PeopleRegister },
): Promise<Compared> {
  const directory = join(work.path, 'roster');
  await mkdir(directory, { mode: 0o700 });
  const roster = await lastRoster(ports, last, directory, signal);
  const known = await printsOf(roster, signal);
  const users = new SortedUsers(
    directory,
    ({ order, print }) => known.find(prints, `${order}\t${print}`) >= 0,
  );
  for (const each of made) if (each.isDelivered) await addGroup(each, register, users, signal);
  await users.flush();
  const isWhole = job.limit === undefined && job.onlyGroups === undefined;
  const results = (roster && (await ports.almaResults?.(roster.header.madeAt, signal))) ?? {};
  const signs = { ledger: last, results, storeOf: ports.storeOf };
  const compared = await compareRoster({
    last: roster,
    users,
    directory,
    job: ports.store.name,
    now: job.now,
    keepDays: settings.keepDays,
    fateOf: isWhole ? (before) => fateIn(register, before) : () => 'left out',
    taken: roster ? await findTaken(roster.header, signs, signal) : new Set(),
    results,
    tellsGone: isWhole,
    isNewFeed: report.groups.some((each) => !hasSameRows(each.counts, each.last)),
    onChange: ports.onChange,
    signal,
  });
  if (compared.plan) {
    report.plan = compared.plan;
    if (isWhole) report.guard.push(...guardPlan(compared.plan, settings.limits));
  }
  return compared;
}

/** Nearly all users are the same as the night before, and what is the same need not be written down to be sorted. */
async function printsOf(roster: Roster | null, signal: AbortSignal): Promise<IdentityIndex> {
  const known = new IdentityIndex();
  for await (const some of roster?.users() ?? []) {
    signal.throwIfAborted();
    for (const { order, print } of some) known.add(prints, `${order}\t${print}`, 0);
  }
  return known;
}

async function addGroup(
  { group, archives }: MadeGroup,
  register: PeopleRegister,
  users: SortedUsers,
  signal: AbortSignal,
): Promise<void> {
  const people = register.writtenOf(group.name);
  for await (const some of usersOf(archives)) {
    signal.throwIfAborted();
    for (const xml of some) {
      const person = people.next().value;
      if (!person) throw new Error('a user of no person in a finished file');
      const key = register.keyOf(person.person);
      const behind = users.add(sentUser(xml, key, group.name));
      if (behind) await behind;
    }
  }
}

/** @throws PatronflowError ROSTER_UNFIT where it is not the one of the last delivery */
async function lastRoster(
  { roster, store }: LoadPorts,
  ledger: Ledger | null,
  directory: string,
  signal: AbortSignal,
): Promise<Roster | null> {
  const path = join(directory, 'last.jsonl.gz');
  const isThere = (await roster?.fetch(path, signal)) ?? false;
  const place = roster?.name ?? '';
  if (!isThere) {
    if (ledger?.roster) throw unfit(place, 'is not there, although a delivery has one');
    return null;
  }
  const opened = await openRoster(path, place);
  if (opened.header.job !== store.name)
    throw unfit(place, `is of another job, which delivers to ${opened.header.job}`);
  if (ledger?.roster && opened.header.madeAt < ledger.roster)
    throw unfit(place, `is of ${opened.header.madeAt.slice(0, 10)}, older than the last delivery`);
  return opened;
}

/** Who was rejected or left out by a rule today is not gone. */
function fateIn(register: PeopleRegister, { key }: RosterUser): ReturnType<FateOf> {
  // Users of imported files have no row key. Any of today's rows without a user may be theirs.
  if (key === '') return register.hasUnwritten ? 'left out' : 'gone';
  const person = register.personOf(key);
  if (person && !person.isRejected) return 'superseded';
  return person || register.hasSeen(key) ? 'left out' : 'gone';
}
