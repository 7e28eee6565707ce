import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import type SftpClient from 'ssh2-sftp-client';
import { PatronflowError } from '../../core/errors.ts';
import type { ObjectStore, StagedObject } from '../../load/ports.ts';
import { objectStoreAdapter } from '../../load/ports.ts';
import {
  SftpConnection,
  type SftpOptions,
  sftpOptions,
  sftpProblems,
  sftpRisk,
  sftpSettings,
} from '../clients/sftp.ts';
import { makeDirectory, replaceFile, tryWriting } from '../clients/sftp-files.ts';
import { stagedKey, stagedName } from '../clients/staged-name.ts';

export interface SftpObjectsOptions extends SftpOptions {
  readonly directory: string;
  /** Files are for the user alone. */
  readonly isPrivate?: boolean | undefined;
}

export const sftpObjects = objectStoreAdapter({
  system: 'sftp',
  forms: ['sftp://user@host/directory'],
  schemes: ['sftp'],
  pattern: /^sftp:\/\/[^@/:]+@/,
  options: sftpSettings,
  problems: sftpProblems,
  risk: sftpRisk,
  create: (given, settings) => {
    const { path: directory, ...options } = sftpOptions(given, settings);
    return createSftpObjects({ ...options, directory, isPrivate: given.isPrivate });
  },
});

/** Alma reads as another user of the same group at most; the files hold personal data. */
const fileMode = 0o640;

/** Files in a directory of an SFTP server. */
export function createSftpObjects(options: SftpObjectsOptions): ObjectStore {
  const { directory } = options;
  const connection = new SftpConnection(options);
  const pathOf = (name: string) => `${directory.replace(/\/$/, '')}/${name}`;

  const run = async <T>(work: (client: SftpClient) => Promise<T>): Promise<T> => {
    try {
      return await work(await connection.client());
    } catch (error) {
      throw connection.error(error, directory);
    }
  };

  return {
    name: connection.placeOf(directory),

    async check() {
      const entries = await run(async (client) =>
        (await tryWriting(client, directory)) ? client.list(directory) : null,
      );
      if (entries === null) return 'does not exist yet; the first run makes it';
      const zips = entries.filter(({ name }) => name.endsWith('.zip')).length;
      return `writable, ${zips} zip ${zips === 1 ? 'file' : 'files'}`;
    },

    async *list() {
      const entries = await run(async (client) =>
        // Not only 'd': a delivery directory may be a link.
        (await client.exists(directory)) ? client.list(directory) : [],
      );
      for (const { type, name, size } of entries) {
        if (type === '-' && stagedKey(name) === null) yield { key: name, size };
      }
    },

    async stage(key, file, signal): Promise<StagedObject> {
      const staged = pathOf(stagedName(key));
      const published = pathOf(key);
      await run(async (client) => {
        await makeDirectory(client, directory);
        signal.throwIfAborted();
        // A link that another account put there would be written through.
        await client.delete(staged, true);
        try {
          await client.fastPut(file.path, staged, { mode: options.isPrivate ? 0o600 : fileMode });
          // SFTP has no checksums: the file is read back before anything that is there is touched.
          if ((await digestOf(client, staged)) !== file.sha256) throw damaged(connection.placeOf(staged));
        } catch (error) {
          // Room may be what is missing. A connection that is gone leaves the rest to the next run's sweep.
          await client.delete(staged, true).catch(() => {});
          throw error;
        }
      });
      return {
        key,
        publish: () =>
          run(async (client) => {
            // After a failure that came behind the rename the staged name is gone and the file is there.
            if (await client.exists(staged)) await replaceFile(client, staged, published);
            const { size } = await client.stat(published);
            if (size !== file.size) throw damaged(connection.placeOf(published));
            return { key, size, location: connection.placeOf(published) };
          }),
        discard: async () => {
          await run((client) => client.delete(staged, true));
        },
      };
    },

    async remove(keys) {
      await run(async (client) => {
        for (const key of keys) await client.delete(pathOf(key), true);
      });
    },

    async sweep(isOurs) {
      return run(async (client) => {
        if (!(await client.exists(directory))) return 0;
        const abandoned = (await client.list(directory)).filter(({ type, name }) => {
          const key = stagedKey(name);
          return type === '-' && key !== null && isOurs(key);
        });
        for (const { name } of abandoned) await client.delete(pathOf(name), true);
        return abandoned.length;
      });
    },

    close: () => connection.close(),
  };
}

async function digestOf(client: SftpClient, path: string): Promise<string> {
  const hash = createHash('sha256');
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done();
    },
  });
  await client.get(path, sink);
  return hash.digest('hex');
}

function damaged(place: string): PatronflowError {
  return new PatronflowError('STORE_DAMAGED', `${place} is not what was sent.`, {
    hint: 'Run again; nothing that is damaged was published.',
  });
}
