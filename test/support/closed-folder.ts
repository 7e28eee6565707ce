import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder that may be read and in which nothing can be made, not even by root: one of the kernel's, where there is one. */
export async function closedFolder(root: string): Promise<string> {
  if (process.platform === 'linux') return '/sys/kernel';
  await mkdir(join(root, 'closed'), { mode: 0o555, recursive: true });
  return join(root, 'closed');
}
