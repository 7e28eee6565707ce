import { createHash } from 'node:crypto';
import { pause } from '../../core/abort.ts';
import {
  type Claimant,
  type Holder,
  hasEnded,
  leaseLost,
  leaseMs,
  leaseState,
  parseHolder,
  runInProgress,
} from '../../core/lease.ts';
import type { Lease } from '../../core/ports.ts';

/** What a store does with the files of a lease, where it makes a file for one of many that ask for it. */
export interface LeaseFiles {
  /** @returns null where there is no such file */
  textOf(file: string): Promise<string | null>;
  /** Makes a file that says who the claimant is. @returns whether it is the claimant's: false where there was one */
  make(file: string): Promise<boolean>;
  /** Lets a file that is there say who the claimant is. */
  replace(file: string): Promise<void>;
  remove(file: string): Promise<void>;
  /** How long a file that was just made may be without its text; 0 where it is made with it. */
  readonly settleMs: number;
}

/** A lease as a file, which only one process can make. */
export function leaseInFiles(
  name: string,
  path: string,
  claimant: Claimant,
  files: LeaseFiles,
): Omit<Lease, 'close'> {
  const holderOf = async (): Promise<Holder | null> => parseHolder((await files.textOf(path)) ?? '');

  const settledTextOf = async (file: string, signal: AbortSignal): Promise<string | null> => {
    const text = await files.textOf(file);
    if (files.settleMs === 0 || text === null || parseHolder(text)) return text;
    await pause(files.settleMs, signal);
    return files.textOf(file);
  };

  /** @returns whether the file is ours now: there was none, or one that stops no run */
  const claim = async (file: string, signal: AbortSignal): Promise<boolean> => {
    if (await files.make(file)) return true;
    const text = await settledTextOf(file, signal);
    if (text === null) return claim(file, signal);
    const lookAgain = async () => parseHolder((await files.textOf(file)) ?? '');
    if (!(await hasEnded(parseHolder(text), lookAgain, claimant, signal))) return false;
    // No request replaces a file only while it has this text. So there is a file for each text, which one claimant
    // alone can make. Only that claimant replaces the text. A claimant that died over that is replaced the same way.
    const turn = `${file}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    if (!(await claim(turn, signal))) return false;
    try {
      if ((await files.textOf(file)) !== text) return false;
      await files.replace(file);
      return true;
    } finally {
      await files.remove(turn);
    }
  };

  const isOurs = async () => (await holderOf())?.token === claimant.token;

  return {
    name,
    lastsMs: leaseMs,
    async check() {
      return leaseState(await holderOf(), claimant);
    },
    async acquire(signal) {
      if (!(await claim(path, signal))) throw runInProgress(name, await holderOf());
    },
    async renew() {
      if (!(await isOurs())) throw leaseLost(name);
      await files.replace(path);
    },
    async release() {
      if (await isOurs()) await files.remove(path);
    },
  };
}
