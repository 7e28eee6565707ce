import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** All that lies below a folder, with the size of each file. */
export async function filesBelow(root: string): Promise<readonly (readonly [string, number])[]> {
  const found: [string, number][] = [];
  for (const name of (await readdir(root, { recursive: true })).sort()) {
    const stats = await stat(join(root, name));
    found.push([name, stats.isFile() ? stats.size : 0]);
  }
  return found;
}
