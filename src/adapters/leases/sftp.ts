import { posix } from 'node:path';
import type SftpClient from 'ssh2-sftp-client';
import { PatronflowError } from '../../core/errors.ts';
import { type Claimant, holderText, parseHolder } from '../../core/lease.ts';
import type { Lease } from '../../core/ports.ts';
import { leaseAdapter } from '../../core/ports.ts';
import { type LeaseFiles, leaseInFiles } from '../clients/lease-files.ts';
import {
  SftpConnection,
  type SftpOptions,
  sftpOptions,
  sftpProblems,
  sftpSettings,
} from '../clients/sftp.ts';
import { makeDirectory, replaceFile } from '../clients/sftp-files.ts';

export interface SftpLeaseOptions extends SftpOptions {
  readonly path: string;
  readonly claimant: Claimant;
}

export const sftpLease = leaseAdapter({
  system: 'sftp',
  forms: ['sftp://user@host/path/state.json.lease'],
  schemes: ['sftp'],
  pattern: /^sftp:\/\/[^@/:]+@/,
  options: sftpSettings,
  problems: sftpProblems,
  create: (given, settings) => createSftpLease({ ...sftpOptions(given, settings), claimant: given.claimant }),
});

/** The server makes a file and takes its text with two requests: so long may lie between them on a slow network. */
const settleMs = 300;

/** A lease as a file beside the checkpoint, which the server makes for one of those that ask. */
export function createSftpLease(options: SftpLeaseOptions): Lease {
  const { path, claimant } = options;
  const connection = new SftpConnection(options);
  const run = async <T>(work: (client: SftpClient) => Promise<T>): Promise<T> => {
    try {
      return await work(await connection.client());
    } catch (error) {
      throw connection.error(error, path);
    }
  };
  const lease = leaseInFiles(connection.placeOf(path), path, claimant, filesOf(options, connection, run));
  return {
    ...lease,
    async acquire(signal) {
      await run((client) => makeDirectory(client, posix.dirname(path)));
      await lease.acquire(signal);
    },
    renew: () => twice(lease.renew),
    close: () => connection.close(),
  };
}

function filesOf(
  { path, claimant }: SftpLeaseOptions,
  connection: SftpConnection,
  run: <T>(work: (client: SftpClient) => Promise<T>) => Promise<T>,
): LeaseFiles {
  const own = `${path}.${claimant.token}`;
  const write = (client: SftpClient, file: string, flags: 'w' | 'wx') =>
    client.put(Buffer.from(holderText(claimant)), file, {
      // The package's types lack the flag with which a file that is there is refused; the protocol has it.
      writeStreamOptions: { flags: flags as 'w', mode: 0o600 },
    });
  const textOf = (file: string): Promise<string | null> =>
    run(async (client) => String(await client.get(file))).catch((error) => {
      if (error instanceof PatronflowError && error.code === 'STORE_MISSING') return null;
      throw error;
    });
  const make = async (file: string, attempts = 3): Promise<boolean> => {
    const failure: unknown = await run((client) => write(client, file, 'wx')).then(
      () => null,
      (error) => error,
    );
    // Read back: the answer may have been lost, and where the text was long in coming another may have replaced it.
    const text = await textOf(file);
    const isWithoutText = text !== null && parseHolder(text) === null;
    if (isWithoutText && (failure === null || !isVague(failure))) {
      // A server that is full makes the file and has no room for its text, which the package may not tell.
      await run((client) => client.delete(file, true)).catch(() => {});
      throw failure ?? connection.error(new Error('No space'), file);
    }
    if (text !== null || failure === null) return parseHolder(text ?? '')?.token === claimant.token;
    // A server says no more than "failure" of a file that is there, and another run may have removed it since.
    if (!isVague(failure) || attempts === 1) throw failure;
    return make(file, attempts - 1);
  };
  return {
    settleMs,
    textOf,
    make,
    replace: (file) =>
      run(async (client) => {
        await write(client, own, 'w');
        await replaceFile(client, own, file);
      }),
    remove: (file) => run(async (client) => void (await client.delete(file, true))),
  };
}

/** Once more over a new connection, where one broke off. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isVague(error)) throw error;
    return work();
  }
}

function isVague(error: unknown): boolean {
  return error instanceof PatronflowError && error.code === 'STORE_BUSY';
}
