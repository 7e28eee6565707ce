import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Runs as a process does whose files would be open to all. */
export async function withoutUmask<T>(work: () => Promise<T>): Promise<T> {
  const before = process.umask(0);
  try {
    return await work();
  } finally {
    process.umask(before);
  }
}

/** What lies below a folder, with its mode: `750 out`, `640 out/staff.zip`. */
export async function modesBelow(root: string): Promise<readonly string[]> {
  const names = (await readdir(root, { recursive: true })).sort();
  const modes = names.map(async (name) => {
    const { mode } = await lstat(join(root, name));
    return `${(mode & 0o777).toString(8)} ${name}`;
  });
  return Promise.all(modes);
}
