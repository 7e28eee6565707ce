import { posix } from 'node:path';
import type SftpClient from 'ssh2-sftp-client';
import { folderMode } from '../../core/new-file.ts';
import { trialName } from './try-writing.ts';

/** Makes a folder, and those above it, where there is none. */
export async function makeDirectory(client: SftpClient, path: string): Promise<void> {
  if (await client.exists(path)) return;
  try {
    await client.mkdir(path, true);
  } catch (error) {
    // A run beside this one was faster.
    if (await client.exists(path)) return;
    throw error;
  }
  await client.chmod(path, folderMode);
}

/**
 * Makes, renames and removes a file in a folder; where the folder is not there yet, makes and removes another where it
 * would be made.
 * @returns whether the folder is there
 */
export async function tryWriting(client: SftpClient, folder: string): Promise<boolean> {
  if (!(await client.exists(folder))) {
    const trial = posix.join(await nearestFolder(client, posix.dirname(folder)), trialName());
    await client.mkdir(trial);
    await client.rmdir(trial);
    return false;
  }
  const [trial, renamed] = [posix.join(folder, trialName()), posix.join(folder, trialName())];
  const text = Buffer.from('written by a check\n');
  await client.put(text, trial, { writeStreamOptions: { mode: 0o600 } });
  try {
    await client.rename(trial, renamed);
  } catch (error) {
    await client.delete(trial, true).catch(() => {});
    throw error;
  }
  await client.delete(renamed);
  return true;
}

async function nearestFolder(client: SftpClient, path: string): Promise<string> {
  const above = posix.dirname(path);
  return above === path || (await client.exists(path)) ? path : nearestFolder(client, above);
}

/**
 * Renames over a file that may be there: in one step where the server can (OpenSSH), else after removing it.
 * A rename that fails for any other reason leaves the file that is there alone.
 */
export async function replaceFile(client: SftpClient, from: string, to: string): Promise<void> {
  if (!(await client.exists(to))) {
    await client.rename(from, to);
    return;
  }
  try {
    await client.posixRename(from, to);
  } catch (error) {
    if (!(error instanceof Error && /does not support|unsupported/i.test(error.message))) throw error;
    await client.delete(to, true);
    await client.rename(from, to);
  }
}
