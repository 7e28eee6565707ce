import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import { PatronflowError, systemCode } from './errors.ts';

/** Of folders that are made: what is in them is no business of other users, with every umask. */
export const folderMode = 0o750;

/**
 * Makes a file under the name that it has until it is whole. What a run left there that died is removed. A link that
 * another user put there is refused, so that nothing is written through it.
 */
export async function openNew(path: string, mode: number): Promise<FileHandle> {
  const found = await lstat(path).catch(() => null);
  if (found?.isFile()) await rm(path, { force: true });
  try {
    return await open(path, 'wx+', mode);
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause;
    throw new PatronflowError(
      'DISK_DENIED',
      `${path} is a link or a folder, which this program did not make.`,
      {
        hint: 'Find out who made it, and remove it. Nothing was written there.',
        cause,
      },
    );
  }
}
