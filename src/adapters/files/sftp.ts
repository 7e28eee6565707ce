import type SftpClient from 'ssh2-sftp-client';
import { freeName } from '../../feeds/free-name.ts';
import { type FileSource, fileSourceAdapter } from '../../feeds/ports.ts';
import {
  SftpConnection,
  type SftpOptions,
  sftpOptions,
  sftpProblems,
  sftpSettings,
} from '../clients/sftp.ts';
import { makeDirectory } from '../clients/sftp-files.ts';
import { sourceError } from '../clients/source-error.ts';

export const sftpFiles = fileSourceAdapter({
  system: 'sftp',
  forms: ['sftp://user@host/directory'],
  schemes: ['sftp'],
  pattern: /^sftp:\/\/[^@/:]+@/,
  options: sftpSettings,
  problems: sftpProblems,
  create: (given, settings) => {
    const { path: directory, ...options } = sftpOptions(given, settings);
    return createSftpFiles({ ...options, directory });
  },
});

/** Bytes asked for at once: as many as OpenSSH gives, since each piece waits for the one before it. */
const pieceSize = 256 * 1024;

/** Feeds in a directory of an SFTP server. */
export function createSftpFiles(options: SftpOptions & { readonly directory: string }): FileSource {
  const { directory } = options;
  const connection = new SftpConnection(options);
  const pathOf = (name: string) => `${directory.replace(/\/$/, '')}/${name}`;

  const run = async <T>(work: (client: SftpClient) => Promise<T>): Promise<T> => {
    try {
      return await work(await connection.client());
    } catch (error) {
      throw sourceError(connection.error(error, directory));
    }
  };

  async function* list() {
    for (const { type, name, ...entry } of await run((client) => client.list(directory))) {
      // A link is followed: its own size and time are not those of the file.
      const found = type === 'l' ? await run((client) => client.stat(pathOf(name)).catch(() => null)) : entry;
      const isFolder = type === 'd' || (found !== null && 'isDirectory' in found && found.isDirectory);
      if (found && !isFolder) yield { name, size: found.size, modified: new Date(found.modifyTime) };
    }
  }

  return {
    name: connection.placeOf(directory),
    isFolder: true,
    list,

    async check() {
      let files = 0;
      for await (const _ of list()) files += 1;
      return `directory found, ${files} files`;
    },

    async *read(name, signal) {
      // Not the package's get(), which never ends, nor closes the file, where its reader lets go in the middle.
      const content = await run(async (client) =>
        client.createReadStream(pathOf(name), { highWaterMark: pieceSize }),
      );
      // A connection that breaks later must not end the process.
      content.on('error', () => {});
      const stop = () => content.destroy();
      signal.addEventListener('abort', stop, { once: true });
      try {
        yield* content as AsyncIterable<Buffer>;
        signal.throwIfAborted();
      } catch (error) {
        signal.throwIfAborted();
        throw sourceError(connection.error(error, pathOf(name)));
      } finally {
        signal.removeEventListener('abort', stop);
        content.destroy();
      }
    },

    async remove(name) {
      await run((client) => client.delete(pathOf(name)));
    },

    async move(name, folder) {
      await run(async (client) => {
        await makeDirectory(client, pathOf(folder));
        const present = await client.list(pathOf(folder));
        const free = freeName(
          name,
          present.map((each) => each.name),
        );
        // The protocol's own rename, not OpenSSH's: it fails where another program was faster.
        await client.rename(pathOf(name), pathOf(`${folder}/${free}`));
      });
    },

    close: () => connection.close(),
  };
}
