import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createFileLease } from '../../src/adapters/leases/file.ts';
import { createS3Lease } from '../../src/adapters/leases/s3.ts';
import { createSftpLease } from '../../src/adapters/leases/sftp.ts';
import type { Claimant } from '../../src/core/lease.ts';
import type { Lease } from '../../src/core/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { filesBelow } from './files-below.ts';
import { objectsIn } from './s3-objects.ts';
import { startS3Server, useTestCredentials } from './s3-server.ts';
import { sftpAccount, startSftpServer } from './sftp-server.ts';

/** A place for leases, seen past the adapter. */
export interface LeaseBench extends AdapterBench<Lease> {
  open(name?: string, claimant?: Claimant): Lease;
  read(name: string): Promise<string>;
  write(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** What is there of a name, with all that was left beside it. */
  tracesOf(name: string): Promise<string[]>;
  /** Cuts the connection the next time that a lease is written, once that is done; null where there is none. */
  readonly cut: (() => void) | null;
}

const someone: Claimant = { token: 'someone', host: 'anywhere.example.edu', pid: 7, isAlive: () => true };

export async function fileBench(): Promise<LeaseBench> {
  const root = await mkdtemp(join(tmpdir(), 'patronflow-lease-'));
  const open = (name: string, claimant = someone) => createFileLease({ path: join(root, name), claimant });
  await writeFile(join(root, 'file'), '');
  return {
    open: (name = 'lease', claimant) => open(name, claimant),
    broken: async () => [
      { what: 'a folder that is a file', adapter: open('file/lease'), code: 'DISK_DENIED' },
      { what: 'a lease that is a folder', adapter: open('.'), code: 'DISK_DENIED' },
    ],
    at: null,
    traces: () => filesBelow(root),
    secrets: [],
    read: (name) => readFile(join(root, name), 'utf8'),
    write: (name, text) => writeFile(join(root, name), text),
    remove: (name) => rm(join(root, name)),
    tracesOf: async (name) => (await readdir(root)).filter((file) => file.startsWith(name)),
    cut: null,
    stop: () => rm(root, { recursive: true }),
  };
}

export async function s3Bench(): Promise<LeaseBench> {
  useTestCredentials();
  const server = await startS3Server();
  const bucket = 'states';
  server.createBucket(bucket);
  const target = (Key: string) => ({ Bucket: bucket, Key });
  const open = (options: { key?: string; claimant?: Claimant; bucket?: string; endpoint?: string }) =>
    createS3Lease({
      ...{ region: 'us-east-1', endpoint: server.endpoint, bucket },
      ...{ key: 'lease', claimant: someone },
      ...options,
    });
  const read = async (name: string) => {
    const { Body } = await server.client.send(new GetObjectCommand(target(name)));
    return (await Body?.transformToString()) ?? '';
  };
  return {
    open: (key = 'lease', claimant = someone) => open({ key, claimant }),
    broken: async () => [
      {
        what: 'a bucket that is not there',
        adapter: open({ bucket: 'no-such-bucket' }),
        code: 'STORE_MISSING',
      },
    ],
    at: (port) => open({ endpoint: `http://127.0.0.1:${port}` }),
    traces: () => objectsIn(server, bucket),
    secrets: ['test-secret-key'],
    read,
    write: async (name, Body) =>
      void (await server.client.send(new PutObjectCommand({ ...target(name), Body }))),
    remove: async (name) => void (await server.client.send(new DeleteObjectCommand(target(name)))),
    tracesOf: async (name) =>
      read(name).then(
        () => [name],
        () => [],
      ),
    cut: () => server.fail('PutObject', { cut: 'after' }, { times: 1 }),
    stop: server.stop,
  };
}

export async function sftpBench(): Promise<LeaseBench> {
  const server = await startSftpServer();
  const { host, port, hostKey, root } = server;
  const open = (name: string, options: { claimant?: Claimant; port?: number; password?: string } = {}) =>
    createSftpLease({
      ...{ host, port, hostKey, ...sftpAccount },
      ...{ path: `/ledger/${name}`, claimant: someone },
      ...options,
    });
  const local = (name: string) => join(root, 'ledger', name);
  await mkdir(join(root, 'ledger'));
  return {
    open: (name = 'lease', claimant = someone) => open(name, { claimant }),
    broken: async () => [
      {
        what: 'a wrong password',
        adapter: open('lease', { password: 'guessed-secret' }),
        code: 'STORE_FORBIDDEN',
      },
    ],
    at: (other) => open('lease', { port: other }),
    traces: () => filesBelow(root),
    secrets: [sftpAccount.password, 'guessed-secret'],
    read: (name) => readFile(local(name), 'utf8'),
    write: (name, text) => writeFile(local(name), text),
    remove: (name) => rm(local(name)),
    tracesOf: async (name) => (await readdir(join(root, 'ledger'))).filter((file) => file.startsWith(name)),
    cut() {
      let isWritten = false;
      server.fault = (request) => {
        const isDue = isWritten && request === 'CLOSE';
        isWritten = request === 'WRITE';
        if (!isDue) return undefined;
        server.fault = () => undefined;
        return 'drop';
      };
    },
    stop: server.stop,
  };
}
