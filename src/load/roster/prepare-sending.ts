import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../alma/rules.ts';
import type { DeliveredFiles, FinishedGroup } from '../deliver-finished.ts';
import type { DeliveredRun } from '../ledger.ts';
import type { LoadReport } from '../load-report.ts';
import type { LocalFile } from '../ports.ts';
import type { MadeGroup } from '../remake-files.ts';
import type { Running } from '../running.ts';
import { type Archive, ZipWriter } from '../write-zip.ts';
import { chooseUsers, isNews } from './choose-users.ts';
import type { Compared } from './compare-roster.ts';
import { findLeavers, writeLeavers } from './find-leavers.ts';
import { type LeaversSettings, leaversGroup } from './leavers-settings.ts';
import type { Pair } from './pair-users.ts';
import { writeChanged } from './write-changed.ts';

/** What is delivered, and what the roster and the ledger are to hold of it. */
export interface Sending extends Pick<DeliveredRun, 'hasAll' | 'leavers'> {
  readonly groups: readonly DeliveredFiles[];
  readonly roster: () => Promise<LocalFile>;
}

/** Makes the files of what is to be sent: all users, or those who have changed, and the leavers. */
export async function prepareSending(
  running: Running,
  compared: Compared,
  { made, finished }: { made: readonly MadeGroup[]; finished: readonly FinishedGroup[] },
): Promise<Sending> {
  const { job, last, report } = running;
  const chosen = chooseUsers(job, last, compared);
  const isChanged = chosen.what === 'changed';
  const { taken } = compared.fates;
  const isSent = (pair: Pair) => !isChanged || isNews(pair, taken, job.ignoredAlone);
  const groups = isChanged ? await withChanged(running, compared, made, finished, isSent) : finished;
  report.sending = { ...chosen, users: usersIn(groups), of: usersIn(finished) };
  const leavers =
    job.leavers && compared.plan ? await prepareLeavers(running, compared, job.leavers, groups) : null;
  const delivered = leavers ? [leavers.files, ...groups] : groups;
  return {
    groups: delivered,
    hasAll: !isChanged && finished.length === job.groups.length,
    leavers: leavers?.trial ?? last?.leavers,
    roster: () =>
      compared.write({
        files: { ...compared.lastFiles, ...keysOf(delivered) },
        has: isSent,
        leavers: leavers?.users ?? new Set(),
      }),
  };
}

async function withChanged(
  { job, report, work, signal }: Running,
  compared: Compared,
  made: readonly MadeGroup[],
  finished: readonly FinishedGroup[],
  isSent: (pair: Pair) => boolean,
): Promise<readonly FinishedGroup[]> {
  const { now, root, usersPerFile } = job;
  const directory = join(work.path, 'changed');
  const files = await writeChanged(
    made.filter(({ isDelivered }) => isDelivered),
    compared,
    {
      directory,
      isSent,
      newZip: ({ group: { name }, archives }) =>
        new ZipWriter({ directory, group: name, now, root, usersPerFile, maxZips: archives.length }),
      signal,
    },
  );
  for (const [at, group] of report.groups.entries())
    if (group.delivered) report.groups[at] = { ...group, files: told(files.get(group.name) ?? []) };
  return finished.map((each) => ({ ...each, archives: files.get(each.group) ?? [] }));
}

async function prepareLeavers(
  { job, last, report, work, signal }: Running,
  compared: Compared,
  settings: LeaversSettings,
  groups: readonly DeliveredFiles[],
): Promise<{
  files: DeliveredFiles;
  users: ReadonlySet<string>;
  trial: NonNullable<DeliveredRun['leavers']>;
}> {
  const { fingerprint } = settings;
  const runs = last?.leavers?.settings === fingerprint ? last.leavers.runs : 0;
  const found = await findLeavers(
    compared,
    settings,
    {
      now: job.now,
      books: report.groups.map(({ books }) => books),
      unreadable: unreadableIn(report),
      acceptedDrop: report.acceptedDrop,
      runsBefore: runs,
    },
    signal,
  );
  report.leavers = found;
  const trial = { settings: fingerprint, runs: runs + (compared.fates.tellsGone ? 1 : 0) };
  const none = { group: leaversGroup, archives: [], ledger: null };
  if (found.outcome !== 'sent' || found.due === 0) return { files: none, users: new Set(), trial };
  const directory = join(work.path, 'leavers');
  await mkdir(directory, { mode: 0o700 });
  const { now, root, usersPerFile } = job;
  const maxZips = limits.zipsPerRun - groups.reduce((sum, { archives }) => sum + archives.length, 0);
  const zip = new ZipWriter({ directory, group: leaversGroup, now, root, usersPerFile, maxZips });
  try {
    const users = await writeLeavers(compared, settings, { now, zip, report: found }, signal);
    const archives = users.size > 0 ? await zip.finish() : [];
    found.files = told(archives);
    return { files: { ...none, archives }, users, trial };
  } catch (error) {
    zip.abandon();
    throw error;
  }
}

function unreadableIn({ groups, tables }: LoadReport): number {
  return [...groups, ...tables].reduce((sum, { file }) => sum + (file?.unreadable ?? 0), 0);
}

function keysOf(groups: readonly DeliveredFiles[]): Record<string, readonly string[]> {
  return Object.fromEntries(groups.map(({ group, archives }) => [group, archives.map(({ key }) => key)]));
}

function usersIn(groups: readonly DeliveredFiles[]): number {
  return groups.flatMap(({ archives }) => archives).reduce((sum, { users }) => sum + users, 0);
}

const told = (archives: readonly Archive[]) =>
  archives.map(({ key, size, sha256, users, xmlFiles }) => ({ key, size, sha256, users, xmlFiles }));
