import { randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openNew } from '../../core/new-file.ts';
import { stagedName } from './staged-name.ts';

/** What is made and removed to see whether a run may write: no reader takes it for a file. */
export function trialName(): string {
  return stagedName(`patronflow-check-${randomUUID()}`);
}

/**
 * Makes, renames and removes a file in a directory of this machine. Where the directory is not there yet, makes and
 * removes another where it would be made. Rights alone tell too little: of root, of a mount, of a quota.
 */
export async function tryWriting(directory: string): Promise<void> {
  const place = await nearestDirectory(directory);
  const trial = join(place, trialName());
  if (place !== directory) {
    await mkdir(trial, { mode: 0o700 });
    await rmdir(trial);
    return;
  }
  const file = await openNew(trial, 0o600);
  try {
    await file.writeFile('written by a check\n').finally(() => file.close());
    const renamed = join(place, trialName());
    await rename(trial, renamed);
    await rm(renamed);
  } finally {
    await rm(trial, { force: true });
  }
}

/** The directory itself, or the one in which it would have to be made. */
async function nearestDirectory(path: string): Promise<string> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : nearestDirectory(dirname(path));
}
