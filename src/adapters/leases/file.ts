import { createHash } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { systemCode } from '../../core/errors.ts';
import {
  type Claimant,
  type Holder,
  holderText,
  isOver,
  leaseLost,
  parseHolder,
  runInProgress,
} from '../../core/lease.ts';
import { folderMode } from '../../core/new-file.ts';
import type { Lease } from '../../core/ports.ts';
import { leaseAdapter } from '../../core/ports.ts';

export interface FileLeaseOptions {
  readonly path: string;
  readonly claimant: Claimant;
}

export const fileLease = leaseAdapter({
  system: 'file',
  forms: ['file:./state.json.lease'],
  schemes: ['file'],
  options: z.strictObject({}),
  create: ({ url, claimant }) => createFileLease({ path: url.slice('file:'.length), claimant }),
});

/** A lease as a file beside the checkpoint, which only one process can make. */
export function createFileLease({ path, claimant }: FileLeaseOptions): Lease {
  const own = `${path}.${claimant.token}`;

  /** @returns null where there is no file */
  const textOf = async (file: string): Promise<string | null> =>
    readFile(file, 'utf8').catch((error) => {
      if (systemCode(error) === 'ENOENT') return null;
      throw error;
    });

  const holderOf = async (): Promise<Holder | null> => parseHolder((await textOf(path)) ?? '');

  const writeOwn = () => writeFile(own, holderText(claimant), { mode: 0o600, flag: 'wx' });

  /** @returns whether there was none; a link appears with its whole content, or not at all */
  const make = async (file: string): Promise<boolean> => {
    await writeOwn();
    try {
      await link(own, file);
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(own, { force: true });
    }
  };

  const replace = async (file: string): Promise<void> => {
    await writeOwn();
    try {
      await rename(own, file);
    } catch (error) {
      await rm(own, { force: true });
      throw error;
    }
  };

  /** @returns whether the file is ours now: there was none, or one that stops no run */
  const claim = async (file: string): Promise<boolean> => {
    if (await make(file)) return true;
    const text = await textOf(file);
    if (text === null) return claim(file);
    if (!isOver(parseHolder(text), claimant)) return false;
    // No system call replaces a file only while it has this text. So there is a file for each text, which one claimant
    // alone can make. Only that claimant replaces the text. A claimant that died over that is replaced the same way.
    const turn = `${file}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    if (!(await claim(turn))) return false;
    try {
      if ((await textOf(file)) !== text) return false;
      await replace(file);
      return true;
    } finally {
      await rm(turn, { force: true });
    }
  };

  const isOurs = async () => (await holderOf())?.token === claimant.token;

  return {
    name: path,
    async check() {
      return isOver(await holderOf(), claimant) ? 'free' : 'held by a run';
    },
    async acquire() {
      await mkdir(dirname(path), { recursive: true, mode: folderMode });
      if (!(await claim(path))) throw runInProgress(path, await holderOf());
    },
    async renew() {
      if (!(await isOurs())) throw leaseLost(path);
      await replace(path);
    },
    async release() {
      if (await isOurs()) await rm(path, { force: true });
    },
    async close() {},
  };
}
