import { mkdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { PatronflowError } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import { usersOf } from '../load/remake-files.ts';
import { pairUsers } from '../load/roster/pair-users.ts';
import { RosterWriter } from '../load/roster/roster-file.ts';
import { type RosterUser, sentUser } from '../load/roster/roster-user.ts';
import { SortedUsers } from '../load/roster/sort-users.ts';
import { WorkFolder } from '../load/work-folder.ts';
import { isArchiveOf } from '../load/write-zip.ts';
import { openLoad } from './open-load.ts';
import type { SessionOptions } from './open-session.ts';
import { printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';

/** `patronflow roster import`: makes the first roster of a job that has been loading before, of its last delivered files. */
export async function rosterImportCommand(
  files: readonly string[],
  options: SessionOptions,
  context: ProcessContext,
): Promise<number> {
  const { config, adapters, now } = await openLoad(options, context);
  const work = await WorkFolder.make(config.work_directory, context);
  try {
    const { roster, store } = adapters;
    if (!roster)
      throw new PatronflowError('USAGE', 'The job keeps no roster.', { hint: 'Set roster: beside first.' });
    if (await roster.fetch(join(work.path, 'present.gz'), context.signal))
      throw new PatronflowError('USAGE', `There is a roster at ${roster.name} already.`, {
        hint: 'It is newer than any delivered file. To rebuild it, remove it first.',
      });
    const directory = join(work.path, 'roster');
    await mkdir(directory, { mode: 0o700 });
    const users = new SortedUsers(directory);
    for (const file of files) {
      const path = resolve(context.workingDirectory, file);
      await addFile(path, groupOf(path, config.groups), users, context.signal);
    }
    await users.flush();
    const made = await writeRoster(users, join(directory, 'roster.jsonl.gz'), { job: store.name, now });
    await roster.save(made.file);
    printText(
      context.stdout,
      `Wrote a roster of ${made.count} users to ${roster.name}. It holds personal data.`,
    );
    return 0;
  } finally {
    await work.remove();
    await adapters.close();
  }
}

function groupOf(path: string, groups: readonly { readonly name: string }[]): string {
  const found = groups.find(({ name }) => isArchiveOf(name, basename(path)));
  if (found) return found.name;
  if (groups.length === 1 && groups[0]) return groups[0].name;
  throw new PatronflowError('USAGE', `${safeText(basename(path))} has the name of no group.`, {
    hint: `Rename it as a load names its files, such as ${groups[0]?.name}_2026-03-01_12.00.00.zip.`,
  });
}

async function addFile(path: string, group: string, users: SortedUsers, signal: AbortSignal): Promise<void> {
  await stat(path).catch((cause) => {
    throw new PatronflowError('FILE_UNREADABLE', `${safeText(path)} cannot be read.`, {
      hint: 'Check the name.',
      cause,
    });
  });
  for await (const some of usersOf([{ path }])) {
    signal.throwIfAborted();
    for (const xml of some) {
      // Who had a row key is not in the files. The primary id tells people apart until the next run.
      const user = sentUser(xml, '', group);
      const behind = user.id === '' ? null : users.add(user);
      if (behind) await behind;
    }
  }
}

async function* noUsers(): AsyncGenerator<readonly RosterUser[]> {}

async function writeRoster(users: SortedUsers, path: string, { job, now }: { job: string; now: Date }) {
  const writer = new RosterWriter(path, { job, madeAt: now.toISOString() });
  const since = now.toISOString().slice(0, 10);
  let count = 0;
  let last = '';
  for await (const some of pairUsers(noUsers(), users.inOrder())) {
    for (const { now: user } of some) {
      if (!user) continue;
      // The first of two files has precedence, as the first group has in a run.
      if (count > 0 && user.order === last) continue;
      last = user.order;
      count += 1;
      const behind = writer.write({ ...user, since, gone: null, pending: false });
      if (behind) await behind;
    }
  }
  return { file: await writer.finish(), count };
}
