import { posix } from 'node:path';
import type SftpClient from 'ssh2-sftp-client';
import { PatronflowError } from '../../core/errors.ts';
import type { Checkpoint } from '../../core/ports.ts';
import { checkpointAdapter } from '../../core/ports.ts';
import {
  SftpConnection,
  type SftpOptions,
  sftpOptions,
  sftpProblems,
  sftpRisk,
  sftpSettings,
} from '../clients/sftp.ts';
import { makeDirectory, replaceFile, tryWriting } from '../clients/sftp-files.ts';

export interface SftpCheckpointOptions extends SftpOptions {
  readonly path: string;
}

export const sftpCheckpoint = checkpointAdapter({
  system: 'sftp',
  forms: ['sftp://user@host/path/state.json'],
  schemes: ['sftp'],
  pattern: /^sftp:\/\/[^@/:]+@/,
  options: sftpSettings,
  problems: sftpProblems,
  risk: sftpRisk,
  create: (given, settings) => createSftpCheckpoint(sftpOptions(given, settings)),
});

/** A JSON document in a file of an SFTP server. */
export function createSftpCheckpoint(options: SftpCheckpointOptions): Checkpoint<unknown> {
  const { path } = options;
  const connection = new SftpConnection(options);
  const place = connection.placeOf(path);

  const load = async (): Promise<unknown> => {
    try {
      const client = await connection.client();
      if (await client.exists(path)) return JSON.parse(String(await client.get(path)));
      return await interrupted(client, `${path}.partial`);
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw new PatronflowError('CHECKPOINT_UNREADABLE', `${place} is not JSON.`, {
          hint: 'Restore an older copy, or remove it: the next run then starts like the first one.',
          cause: error,
        });
      }
      throw connection.error(error, path);
    }
  };
  return {
    name: place,
    load,
    async check() {
      const found = await load();
      try {
        await tryWriting(await connection.client(), posix.dirname(path));
      } catch (error) {
        throw connection.error(error, path);
      }
      return found === null ? 'none yet; the first run makes it' : 'found';
    },
    async save(document) {
      try {
        const client = await connection.client();
        const directory = posix.dirname(path);
        await makeDirectory(client, directory);
        // A link that another account put there would be written through.
        await client.delete(`${path}.partial`, true);
        // Counts of a run, or how far a poll has come: no business of other users of the server.
        await client.put(Buffer.from(`${JSON.stringify(document, null, 2)}\n`), `${path}.partial`, {
          writeStreamOptions: { mode: 0o600 },
        });
        await replaceFile(client, `${path}.partial`, path);
      } catch (error) {
        throw connection.error(error, path);
      }
    },
    close: () => connection.close(),
  };
}

/**
 * What a save left that died between removing the old document and renaming the new one, on a server that
 * cannot do both in one step. The new one was whole by then; one that is not whole was never the document.
 */
async function interrupted(client: SftpClient, partial: string): Promise<unknown> {
  if (!(await client.exists(partial))) return null;
  const text = String(await client.get(partial));
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
