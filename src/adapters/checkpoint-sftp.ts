import { posix } from 'node:path';
import { PatronflowError } from '../core/errors.ts';
import type { Checkpoint } from '../core/ports.ts';
import { SftpConnection, type SftpOptions } from './clients/sftp.ts';

export interface SftpCheckpointOptions extends SftpOptions {
  readonly path: string;
}

/** A JSON document in a file of an SFTP server. */
export function createSftpCheckpoint(options: SftpCheckpointOptions): Checkpoint<unknown> {
  const { path } = options;
  const connection = new SftpConnection(options);
  const place = `${connection.name}${path}`;

  const load = async (): Promise<unknown> => {
    try {
      const client = await connection.client();
      if (!(await client.exists(path))) return null;
      return JSON.parse(String(await client.get(path)));
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw new PatronflowError('LEDGER_UNREADABLE', `${place} is not JSON.`, {
          hint: 'Remove it to start anew.',
          cause: error,
        });
      }
      throw connection.error(error, path);
    }
  };
  return {
    name: place,
    load,
    check: async () => ((await load()) === null ? 'none yet; the first run makes it' : 'found'),
    async save(document) {
      try {
        const client = await connection.client();
        const directory = posix.dirname(path);
        if (!(await client.exists(directory))) await client.mkdir(directory, true);
        await client.put(Buffer.from(`${JSON.stringify(document, null, 2)}\n`), `${path}.partial`);
        await client.delete(path, true);
        await client.rename(`${path}.partial`, path);
      } catch (error) {
        throw connection.error(error, path);
      }
    },
    close: () => connection.close(),
  };
}
