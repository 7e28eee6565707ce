import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { folderMode, openNew } from '../../core/new-file.ts';
import type { Checkpoint } from '../../core/ports.ts';
import { checkpointAdapter } from '../../core/ports.ts';
import { tryWriting } from '../clients/try-writing.ts';

export interface FileCheckpointOptions {
  readonly path: string;
}

export const fileCheckpoint = checkpointAdapter({
  system: 'file',
  forms: ['file:./state.json'],
  schemes: ['file'],
  options: z.strictObject({}),
  create: ({ url }) => createFileCheckpoint({ path: url.slice('file:'.length) }),
});

/** A JSON document in a file, replaced by renaming, so that it is never seen half-written. */
export function createFileCheckpoint({ path }: FileCheckpointOptions): Checkpoint<unknown> {
  const load = async (): Promise<unknown> => {
    const text = await readFile(path, 'utf8').catch((error) => {
      if (systemCode(error) === 'ENOENT') return null;
      throw fileError(path, error);
    });
    if (text === null) return null;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new PatronflowError('CHECKPOINT_UNREADABLE', `${path} is not JSON.`, {
        hint: 'Restore an older copy, or remove it: the next run then starts like the first one.',
        cause,
      });
    }
  };
  return {
    name: path,
    load,
    async check() {
      const found = await load();
      await tryWriting(dirname(path)).catch((error) => {
        throw fileError(path, error);
      });
      return found === null ? 'none yet; the first run makes it' : 'found';
    },
    async save(document) {
      try {
        await mkdir(dirname(path), { recursive: true, mode: folderMode });
        const handle = await openNew(`${path}.partial`, 0o600);
        try {
          await handle.writeFile(`${JSON.stringify(document, null, 2)}\n`);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(`${path}.partial`, path);
      } catch (error) {
        throw fileError(path, error);
      }
    },
    async close() {},
  };
}

function fileError(path: string, cause: unknown): unknown {
  const code = systemCode(cause);
  if (code === 'ENOTDIR' || code === 'EEXIST' || code === 'EISDIR') {
    return new PatronflowError('STORE_MISSING', `${path} is not a file in a directory (${code}).`, {
      hint: 'Name a file; its directory is created if needed.',
      cause,
    });
  }
  if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') return cause;
  return new PatronflowError('STORE_FORBIDDEN', `No permission to read or write ${path} (${code}).`, {
    hint: 'Give the user that runs patronflow the right to this path.',
    cause,
  });
}
