import type { Books } from '../../core/books.ts';
import { dayOf } from '../../core/clock.ts';
import { RejectedPerson, type RejectReason } from '../rejected-person.ts';
import type { Archive, ZipWriter } from '../write-zip.ts';
import type { Compared } from './compare-roster.ts';
import { fillLeaver, goneOf } from './fill-leaver.ts';
import type { LeaversSettings } from './leavers-settings.ts';
import { isPending } from './next-user.ts';
import type { RosterUser } from './roster-user.ts';

/** What a run has found of leavers, and what it does about them. Counts, never a value. */
export interface LeaversReport {
  /** Missing for long enough. */
  readonly due: number;
  /** Of them, those that an earlier file had, which Alma is not known to have taken. */
  readonly again: number;
  /** Missing, but not for long enough. */
  readonly waiting: number;
  /** `sent`: their file is delivered with the others; `trial`: only reported; `held back`: this run expires none. */
  readonly outcome: 'sent' | 'trial' | 'held back';
  /** Why this run expires none. */
  readonly reasons: readonly string[];
  /** The runs that only report: which one this is. */
  readonly trial: { readonly run: number; readonly of: number } | null;
  /** Users in the file, and those due whom the template cannot expire, by reason. */
  users: number;
  readonly rejected: Partial<Record<RejectReason, number>>;
  files: readonly Pick<Archive, 'key' | 'size' | 'sha256' | 'users' | 'xmlFiles'>[];
}

/** What of a run decides whether it may expire anyone. */
export interface LeaversRun {
  readonly now: Date;
  readonly books: readonly Books[];
  /** Lines of feeds and tables that could not be read: each may have been a person. */
  readonly unreadable: number;
  /** The guard was told to let something pass. */
  readonly acceptedDrop: boolean;
  /** Runs that have reported leavers by these settings. */
  readonly runsBefore: number;
}

const dayMs = 86_400_000;

/** So many may well leave a small library in a night. */
const tellingLeavers = 3;

/** Finds who has left, and decides whether this run expires them. */
export async function findLeavers(
  compared: Compared,
  settings: LeaversSettings,
  run: LeaversRun,
  signal: AbortSignal,
): Promise<LeaversReport> {
  let [due, again, waiting] = [0, 0, 0];
  for await (const before of missingUsers(compared, signal)) {
    if (!isDue(before, compared, settings, run.now)) waiting += 1;
    else if (before.gone?.sent) again += 1;
    else due += 1;
  }
  const reasons = heldBackBy(due, compared, settings, run);
  const trial =
    run.runsBefore < settings.trialRuns ? { run: run.runsBefore + 1, of: settings.trialRuns } : null;
  const outcome = reasons.length > 0 ? 'held back' : trial ? 'trial' : 'sent';
  return { due: due + again, again, waiting, outcome, reasons, trial, users: 0, rejected: {}, files: [] };
}

/** Writes the file of the leavers. @returns their primary ids */
export async function writeLeavers(
  compared: Compared,
  settings: LeaversSettings,
  { now, zip, report }: { now: Date; zip: ZipWriter; report: LeaversReport },
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const written = new Set<string>();
  for await (const before of missingUsers(compared, signal)) {
    if (!isDue(before, compared, settings, now)) continue;
    try {
      await zip.write(fillLeaver(before, goneOf(before, compared.fates.lastDay, now), settings, now));
      written.add(before.id);
    } catch (error) {
      if (!(error instanceof RejectedPerson)) throw error;
      report.rejected[error.reason] = (report.rejected[error.reason] ?? 0) + 1;
    }
  }
  report.users = written.size;
  return written;
}

/** The users of the roster who may be leavers. */
async function* missingUsers(compared: Compared, signal: AbortSignal): AsyncGenerator<RosterUser> {
  for await (const some of compared.pairs()) {
    signal.throwIfAborted();
    for (const { before, now } of some) if (before && !now && isLeaver(before, compared)) yield before;
  }
}

/** Who is in no group now, under no other primary id, and not expired yet. */
function isLeaver(before: RosterUser, { fates }: Compared): boolean {
  const { gone, id } = before;
  if (gone?.superseded || fates.superseded.has(id) || fates.fateOf(before) !== 'gone') return false;
  return !gone?.sent || isPending(before, fates.taken);
}

function isDue(
  before: RosterUser,
  { fates }: Compared,
  { afterDays, afterRuns }: LeaversSettings,
  now: Date,
): boolean {
  const { day, runs } = goneOf(before, fates.lastDay, now);
  const days = (Date.parse(dayOf(now)) - Date.parse(day)) / dayMs;
  return runs + (fates.isNewFeed ? 1 : 0) >= afterRuns && days >= afterDays;
}

/** Why a run must not expire anyone; nothing where it may. */
function heldBackBy(
  due: number,
  { fates, plan }: Compared,
  { maxShare, maxUsers, maxRejects }: LeaversSettings,
  { books, unreadable, acceptedDrop }: LeaversRun,
): string[] {
  const sum = (pick: (of: Books) => number) => books.reduce((total, each) => total + pick(each), 0);
  const users = plan
    ? Object.values(plan.counts).reduce((total, each) => total + each, 0) - plan.counts.new
    : 0;
  const nameless = sum(({ reasons }) => reasons.no_person_key ?? 0);
  const reasons: string[] = [];
  if (!fates.tellsGone) reasons.push('the run reads a part of the people');
  if (unreadable > 0)
    reasons.push(
      unreadable === 1
        ? '1 unreadable line, which may be a person'
        : `${unreadable} unreadable lines, each of which may be a person`,
    );
  if (nameless > 0)
    reasons.push(`${nameless} ${nameless === 1 ? 'row' : 'rows'} without a value in the person column`);
  if (sum(({ rejected }) => rejected) > maxRejects * sum(({ read }) => read))
    reasons.push('more rejected rows than leavers.max_rejects allows');
  if (acceptedDrop) reasons.push('the guard was overridden by --accept-drop');
  if (due > maxUsers || due > Math.max(maxShare * users, tellingLeavers))
    reasons.push(`${due} leavers of ${users} users, which is more than leavers.at_most allows`);
  return reasons;
}
