import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  access,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { folderMode, openNew } from '../../core/new-file.ts';
import type { LocalFile, ObjectStore, StagedObject } from '../../load/ports.ts';
import { objectStoreAdapter } from '../../load/ports.ts';
import { stagedKey, stagedName } from '../clients/staged-name.ts';
import { tryWriting } from '../clients/try-writing.ts';

export interface FolderOptions {
  readonly directory: string;
  /** Files are for the user alone. */
  readonly isPrivate?: boolean | undefined;
}

export const folderObjects = objectStoreAdapter({
  system: 'folder',
  forms: ['file:./directory'],
  schemes: ['file'],
  options: z.strictObject({}),
  create: ({ url, isPrivate }) => createFolderObjects({ directory: url.slice('file:'.length), isPrivate }),
});

/** Alma's account is usually another member of the folder's group; everybody else has no business here. */
const fileMode = 0o640;

/** Files in a folder of this machine, or one that is mounted on it. */
export function createFolderObjects({ directory, isPrivate = false }: FolderOptions): ObjectStore {
  return {
    name: `file:${directory}`,

    async check() {
      try {
        const names = await readdir(directory).catch((error) => {
          if (systemCode(error) === 'ENOENT') return null;
          throw error;
        });
        await tryWriting(directory);
        return names
          ? `writable, ${names.length} ${names.length === 1 ? 'file' : 'files'}`
          : 'does not exist yet; the first run makes it';
      } catch (error) {
        throw folderError(directory, error);
      }
    },

    async *list() {
      const entries = await readdir(directory, { withFileTypes: true }).catch((error) => {
        if (systemCode(error) === 'ENOENT') return [];
        throw folderError(directory, error);
      });
      for (const entry of entries) {
        if (!entry.isFile() || stagedKey(entry.name) !== null) continue;
        // The program that reads the folder may remove a file while it is listed.
        const found = await stat(join(directory, entry.name)).catch((error) => {
          if (systemCode(error) === 'ENOENT') return null;
          throw folderError(directory, error);
        });
        if (found) yield { key: entry.name, size: found.size };
      }
    },

    async stage(key, file, signal): Promise<StagedObject> {
      const staged = join(directory, stagedName(key));
      const published = join(directory, key);
      try {
        await mkdir(directory, { recursive: true, mode: folderMode });
        signal.throwIfAborted();
        await copyTo(staged, file, isPrivate ? 0o600 : fileMode, signal);
      } catch (error) {
        throw folderError(directory, error);
      }
      return {
        key,
        async publish() {
          try {
            // After a failure that came behind the rename the staged name is gone and the file is there.
            await rename(staged, published).catch(async (error) => {
              if (systemCode(error) !== 'ENOENT') throw error;
              await access(published);
            });
            await flushFolder(directory);
            const found = await lstat(published);
            if (!found.isFile() || found.size !== file.size) throw damaged(published);
            return { key, size: found.size, location: published };
          } catch (error) {
            throw folderError(directory, error);
          }
        },
        discard: () => rm(staged, { force: true }),
      };
    },

    async remove(keys) {
      try {
        for (const key of keys) await rm(join(directory, key), { force: true });
        await flushFolder(directory);
      } catch (error) {
        throw folderError(directory, error);
      }
    },

    async sweep(isOurs) {
      try {
        const names = await readdir(directory).catch((error) => {
          if (systemCode(error) === 'ENOENT') return [];
          throw error;
        });
        const abandoned = names.filter((name) => {
          const key = stagedKey(name);
          return key !== null && isOurs(key);
        });
        for (const name of abandoned) await rm(join(directory, name), { force: true });
        return abandoned.length;
      } catch (error) {
        throw folderError(directory, error);
      }
    },

    async close() {},
  };
}

/** Copies a file so that it survives a power cut, and reads it back; leaves nothing where that fails. */
async function copyTo(path: string, file: LocalFile, mode: number, signal: AbortSignal): Promise<void> {
  const handle = await openNew(path, mode);
  try {
    // Alma's account reads it, also where the umask of this one says no.
    await handle.chmod(mode);
    await writeFile(handle, createReadStream(file.path), { signal });
    await handle.sync();
    if ((await digestOf(handle)) !== file.sha256) throw damaged(path);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Makes the renames in a folder survive a power cut, where the system can: Windows does not open folders. */
async function flushFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Of what the file itself holds now; its name may be another file's by then. */
async function digestOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(256 * 1024);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

function damaged(path: string): PatronflowError {
  return new PatronflowError('STORE_DAMAGED', `${path} is not what was written there.`, {
    hint: 'Check the disk or the mount; nothing that is damaged was published.',
  });
}

/** Why the file system says no, in the words of a delivery. */
function folderError(directory: string, error: unknown): unknown {
  switch (systemCode(error)) {
    case 'ENOSPC': // no room
    case 'EDQUOT': // no room for this user
      return new PatronflowError('STORE_FULL', `No space is left in ${directory}.`, {
        hint: 'Free some space and run again; existing files are unchanged unless the message above says otherwise.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS': // mounted read-only
      return new PatronflowError('STORE_FORBIDDEN', `No permission to write to ${directory}.`, {
        hint: 'Give the user that runs patronflow the right to write there.',
        cause: error,
      });
    case 'ENOTDIR':
    case 'EEXIST':
      return new PatronflowError('STORE_MISSING', `${directory} is not a directory.`, {
        hint: 'Name a directory.',
        cause: error,
      });
    case 'ESTALE': // a network file system that went away and came back
    case 'EIO':
      return new PatronflowError('STORE_BUSY', `The file system of ${directory} reported an error.`, {
        hint: 'Check the mount, then run again.',
        cause: error,
      });
    default:
      return error;
  }
}
