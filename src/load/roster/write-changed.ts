import { mkdir, rm } from 'node:fs/promises';
import type { MadeGroup } from '../remake-files.ts';
import type { Archive, ZipWriter } from '../write-zip.ts';
import type { Compared } from './compare-roster.ts';
import type { Pair } from './pair-users.ts';

/**
 * Writes the files of some groups again, with those users that Alma does not have as they are now. The files with all users are removed.
 * @param isSent tells whether a user is one of them
 * @param newZip begins a zip of a group in the directory
 * @returns the files by group; none for a group in which nothing has changed
 */
export async function writeChanged(
  made: readonly MadeGroup[],
  compared: Compared,
  {
    directory,
    isSent,
    newZip,
    signal,
  }: {
    directory: string;
    isSent: (pair: Pair) => boolean;
    newZip: (made: MadeGroup) => ZipWriter;
    signal: AbortSignal;
  },
): Promise<ReadonlyMap<string, readonly Archive[]>> {
  await mkdir(directory, { mode: 0o700 });
  const zips = new Map<string, ZipWriter>();
  try {
    for await (const some of compared.pairs()) {
      signal.throwIfAborted();
      for (const pair of some) {
        if (!pair.now || !isSent(pair)) continue;
        const { group, xml } = pair.now;
        const zip = zips.get(group) ?? newZip(madeOf(made, group));
        zips.set(group, zip);
        await zip.write(xml.text);
      }
    }
    const files = new Map<string, readonly Archive[]>();
    for (const { group, archives } of made) {
      files.set(group.name, (await zips.get(group.name)?.finish()) ?? []);
      for (const { path } of archives) await rm(path);
    }
    return files;
  } catch (error) {
    for (const zip of zips.values()) zip.abandon();
    throw error;
  }
}

function madeOf(made: readonly MadeGroup[], group: string): MadeGroup {
  const found = made.find((each) => each.group.name === group);
  if (!found) throw new Error('a user of no group');
  return found;
}
