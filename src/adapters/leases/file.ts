import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { systemCode } from '../../core/errors.ts';
import { type Claimant, holderText } from '../../core/lease.ts';
import { folderMode } from '../../core/new-file.ts';
import type { Lease } from '../../core/ports.ts';
import { leaseAdapter } from '../../core/ports.ts';
import { type LeaseFiles, leaseInFiles } from '../clients/lease-files.ts';

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
  const lease = leaseInFiles(path, path, claimant, filesOf(claimant, `${path}.${claimant.token}`));
  return {
    ...lease,
    async acquire(signal) {
      await mkdir(dirname(path), { recursive: true, mode: folderMode });
      await lease.acquire(signal);
    },
    async close() {},
  };
}

/** @param own a name that no other claimant has */
function filesOf(claimant: Claimant, own: string): LeaseFiles {
  /** A link, and a file that is renamed, appear with their whole content, or not at all. */
  const putInPlace = async (move: () => Promise<void>): Promise<void> => {
    await writeFile(own, holderText(claimant), { mode: 0o600, flag: 'wx' });
    try {
      await move();
    } finally {
      await rm(own, { force: true });
    }
  };
  return {
    settleMs: 0,
    textOf: (file) =>
      readFile(file, 'utf8').catch((error) => {
        if (systemCode(error) === 'ENOENT') return null;
        throw error;
      }),
    make: (file) =>
      putInPlace(() => link(own, file)).then(
        () => true,
        (error) => {
          if (systemCode(error) === 'EEXIST') return false;
          throw error;
        },
      ),
    replace: (file) => putInPlace(() => rename(own, file)),
    remove: (file) => rm(file, { force: true }),
  };
}
