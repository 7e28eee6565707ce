import { createHash } from 'node:crypto';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import yauzl from 'yauzl';

/** A user of a file, as far as a load is counted. */
export interface FolderUser {
  readonly id: string;
  readonly print: string;
}

/** Reads the users of all zips in a folder, and renames these as Alma does, so that no job reads them again. */
export async function takeUsers(folder: string): Promise<{ zips: number; users: FolderUser[] }> {
  const names = (await readdir(folder).catch((): string[] => []))
    .filter((name) => name.endsWith('.zip'))
    .sort();
  const users: FolderUser[] = [];
  for (const name of names) {
    const path = join(folder, name);
    users.push(...(await usersOf(path)));
    await rename(path, `${path}.handled`);
  }
  return { zips: names.length, users };
}

async function usersOf(path: string): Promise<FolderUser[]> {
  const zip = await yauzl.openPromise(path);
  const users: FolderUser[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      const xml = (await buffer(await zip.openReadStreamPromise(entry))).toString('utf8');
      for (const [user] of xml.matchAll(/<user>[\s\S]*?<\/user>/g)) {
        const [, id = ''] = /<primary_id>([^<]*)<\/primary_id>/.exec(user) ?? [];
        users.push({ id, print: createHash('sha256').update(user).digest('hex') });
      }
    }
  } finally {
    zip.close();
  }
  return users;
}
