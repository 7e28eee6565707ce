import { PassThrough } from 'node:stream';
import type SftpClient from 'ssh2-sftp-client';
import { type FileSource, fileSourceAdapter } from '../../feeds/ports.ts';
import {
  makeDirectory,
  replaceFile,
  SftpConnection,
  type SftpOptions,
  sftpOptions,
  sftpProblems,
  sftpSettings,
} from '../clients/sftp.ts';
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
    for (const { type, name, size, modifyTime } of await run((client) => client.list(directory))) {
      // A link may lead to a file; to a directory it has no rows.
      if (type !== 'd') yield { name, size, modified: new Date(modifyTime) };
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
      const client = await run(async (each) => each);
      const content = new PassThrough();
      const stop = () => content.destroy(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      // The error of a transfer reaches the reader through the stream.
      client.get(pathOf(name), content).catch((error) => content.destroy(error));
      try {
        yield* content as AsyncIterable<Buffer>;
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
        await replaceFile(client, pathOf(name), pathOf(`${folder}/${name}`));
      });
    },

    close: () => connection.close(),
  };
}
