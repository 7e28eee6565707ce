import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { safeText } from '../../core/safe-text.ts';
import { freeName } from '../../feeds/free-name.ts';
import { type FileSource, fileSourceAdapter } from '../../feeds/ports.ts';

export const folderFiles = fileSourceAdapter({
  system: 'folder',
  forms: ['file:./directory'],
  schemes: ['file'],
  options: z.strictObject({}),
  create: ({ url }) => createFolderFiles({ directory: url.slice('file:'.length) }),
});

/** Bytes read from the disk at once. */
const chunkSize = 256 * 1024;

/** Folders that are made hold personal data: they are for the user and the group. */
const directoryMode = 0o750;
const fileMode = 0o640;

/** Feeds in a folder of this machine, or in one that is mounted on it. */
export function createFolderFiles({ directory }: { readonly directory: string }): FileSource {
  const call = <T>(work: Promise<T>, name?: string): Promise<T> =>
    work.catch((error) => Promise.reject(folderError(name ? join(directory, name) : directory, error)));

  async function* list() {
    for (const entry of await call(readdir(directory, { withFileTypes: true }))) {
      if (entry.isDirectory()) continue;
      // A link is followed: the folder of a feed is often filled with links.
      const found = await stat(join(directory, entry.name)).catch((error) => {
        if (systemCode(error) === 'ENOENT') return null;
        throw folderError(directory, error);
      });
      if (found?.isFile()) yield { name: entry.name, size: found.size, modified: found.mtime };
    }
  }

  return {
    name: `file:${directory}`,
    isFolder: true,
    list,

    async check() {
      let files = 0;
      for await (const _ of list()) files += 1;
      return `folder found, ${files} files`;
    },

    async *read(name, signal) {
      const file = createReadStream(join(directory, name), { highWaterMark: chunkSize, signal });
      try {
        yield* file as AsyncIterable<Buffer>;
      } catch (error) {
        throw folderError(join(directory, name), error);
      } finally {
        file.destroy();
      }
    },

    async remove(name) {
      await call(rm(join(directory, name)), name);
    },

    async move(name, folder) {
      await call(mkdir(join(directory, folder), { recursive: true, mode: directoryMode }), folder);
      const to = join(directory, folder, await reserved(join(directory, folder), name));
      await call(
        rename(join(directory, name), to).catch(async (error) => {
          await rm(to, { force: true });
          throw error;
        }),
        name,
      );
    },

    async close() {},
  };
}

/** A name that no other program can take, since an empty file has it already: a rename takes the place of what is there. */
async function reserved(folder: string, name: string): Promise<string> {
  const found = freeName(name, await readdir(folder));
  try {
    await (await open(join(folder, found), 'wx', fileMode)).close();
    return found;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw folderError(folder, error);
    return reserved(folder, name);
  }
}

function folderError(path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (!['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EISDIR'].includes(code)) return error;
  return new PatronflowError('SOURCE_MISSING', `${safeText(path)} cannot be read (${code}).`, {
    hint: code === 'ENOENT' ? 'Check the path.' : 'Check who may read it.',
    cause: error,
  });
}
