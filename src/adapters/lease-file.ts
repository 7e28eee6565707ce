import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../core/errors.ts';
import {
  type Claimant,
  type Holder,
  holderText,
  isOver,
  leaseLost,
  parseHolder,
  runInProgress,
} from '../core/lease.ts';
import type { Lease } from '../core/ports.ts';

export interface FileLeaseOptions {
  readonly path: string;
  readonly claimant: Claimant;
}

/** A lease as a file beside the checkpoint, which only one process can make. */
export function createFileLease({ path, claimant }: FileLeaseOptions): Lease {
  const own = `${path}.${claimant.token}`;

  const read = async (file: string): Promise<Holder | null> =>
    parseHolder(
      await readFile(file, 'utf8').catch((error) => {
        if (systemCode(error) === 'ENOENT') return '';
        throw error;
      }),
    );

  /** @returns whether there was none; a link appears with its whole content, or not at all */
  const make = async (): Promise<boolean> => {
    await writeFile(own, holderText(claimant), { mode: 0o600 });
    try {
      await link(own, path);
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(own, { force: true });
    }
  };

  /** Takes a lease away that holds nobody back, unless somebody else has done so in between. */
  const takeAway = async (over: Holder | null): Promise<void> => {
    await rename(path, own).catch((error) => {
      if (systemCode(error) !== 'ENOENT') throw error;
    });
    const taken = await read(own);
    if (taken !== null && taken.token !== over?.token) await link(own, path).catch(() => {});
    await rm(own, { force: true });
  };

  const isOurs = async () => (await read(path))?.token === claimant.token;

  return {
    name: path,
    async check() {
      const holder = await read(path);
      return isOver(holder, claimant) ? 'free' : 'held by a run';
    },
    async acquire() {
      await mkdir(dirname(path), { recursive: true });
      if (await make()) return;
      const holder = await read(path);
      if (!isOver(holder, claimant)) throw runInProgress(path, holder);
      await takeAway(holder);
      if (!(await make())) throw runInProgress(path, await read(path));
    },
    async renew() {
      if (!(await isOurs())) throw leaseLost(path);
      await writeFile(own, holderText(claimant), { mode: 0o600 });
      await rename(own, path);
    },
    async release() {
      if (await isOurs()) await rm(path, { force: true });
    },
    async close() {},
  };
}
