import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createFileCheckpoint } from '../../src/adapters/checkpoints/file.ts';
import { createS3Checkpoint } from '../../src/adapters/checkpoints/s3.ts';
import { createSftpCheckpoint } from '../../src/adapters/checkpoints/sftp.ts';
import type { Checkpoint } from '../../src/core/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { closedFolder } from './closed-folder.ts';
import { filesBelow } from './files-below.ts';
import { objectsIn } from './s3-objects.ts';
import { startS3Server, useTestCredentials } from './s3-server.ts';
import { sftpAccount, startSftpServer } from './sftp-server.ts';

/** A place for documents. Paths are relative to its root. */
export interface CheckpointBench extends AdapterBench<Checkpoint<unknown>> {
  open(path?: string): Checkpoint<unknown>;
  write(path: string, text: string): Promise<void>;
  /** Places that may be read and not written: one whose folder is there, and one that would have to make it. */
  mayOnlyRead(): Promise<readonly Checkpoint<unknown>[]>;
  /** Lets the next save of a document fail half-way. */
  interrupt(path: string): Promise<void>;
  /** Cuts the connection the next time that a document is read, for as long as an adapter tries by itself. */
  readonly cut: (() => void) | null;
  /** Forgets cuts and interruptions. */
  heal(): void;
}

export async function fileBench(): Promise<CheckpointBench> {
  const root = await mkdtemp(join(tmpdir(), 'patronflow-ledger-'));
  await writeFile(join(root, 'file'), '');
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  return {
    open: (path = 'state.json') => createFileCheckpoint({ path: join(root, path) }),
    broken: async () => [
      {
        what: 'a folder that is a file',
        adapter: createFileCheckpoint({ path: join(root, 'file', 'state.json') }),
        code: 'STORE_MISSING',
      },
      {
        what: 'a document that is a folder',
        adapter: createFileCheckpoint({ path: root }),
        code: 'STORE_MISSING',
      },
    ],
    async mayOnlyRead() {
      const closed = await closedFolder(root);
      const paths = ['state.json', 'none/state.json'].map((path) => join(closed, path));
      return paths.map((path) => createFileCheckpoint({ path }));
    },
    at: null,
    traces: () => filesBelow(root),
    secrets: [],
    write,
    // What is written first cannot be: a directory has its name.
    interrupt: async (path) => void (await mkdir(join(root, `${path}.partial`))),
    cut: null,
    heal: () => {},
    stop: () => rm(root, { recursive: true }),
  };
}

export async function s3Bench(): Promise<CheckpointBench> {
  useTestCredentials();
  const server = await startS3Server();
  const bucket = 'library';
  server.createBucket(bucket);
  const open = (key: string, options: { bucket?: string; endpoint?: string } = {}) =>
    createS3Checkpoint({ region: 'us-east-1', endpoint: server.endpoint, bucket, key, ...options });
  return {
    open: (key = 'state.json') => open(key),
    broken: async () => [
      {
        what: 'a bucket that is not there',
        adapter: open('state.json', { bucket: 'no-such-bucket' }),
        code: 'STORE_MISSING',
      },
    ],
    async mayOnlyRead() {
      server.fail('CreateUpload', { status: 403, code: 'AccessDenied' });
      return [open('state.json')];
    },
    at: (port) => open('state.json', { endpoint: `http://127.0.0.1:${port}` }),
    traces: () => objectsIn(server, bucket),
    secrets: ['test-secret-key'],
    async write(Key, Body) {
      await server.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    },
    interrupt: async () => server.fail('PutObject', { status: 503, code: 'SlowDown' }, { times: 3 }),
    cut: () => server.fail('GetObject', { cut: 'after' }, { times: 3 }),
    heal: server.heal,
    stop: server.stop,
  };
}

export async function sftpBench(): Promise<CheckpointBench> {
  const server = await startSftpServer();
  const { host, port, hostKey } = server;
  const open = (path: string, options: { port?: number; password?: string } = {}) =>
    createSftpCheckpoint({ host, port, hostKey, ...sftpAccount, path: `/${path}`, ...options });
  const dropOnce = (wanted: string) => {
    let drops = 1;
    server.fault = (request) => {
      if (request !== wanted) return undefined;
      drops -= 1;
      return drops >= 0 ? 'drop' : undefined;
    };
  };
  return {
    open: (path = 'state.json') => open(path),
    broken: async () => [
      {
        what: 'a wrong password',
        adapter: open('state.json', { password: 'guessed-secret' }),
        code: 'STORE_FORBIDDEN',
      },
    ],
    async mayOnlyRead() {
      await mkdir(join(server.root, 'closed'), { recursive: true });
      server.fault = (request, path) =>
        /^(OPEN|MKDIR)$/.test(request) && path.startsWith('/closed/.') ? 'denied' : undefined;
      return [open('closed/state.json'), open('closed/none/state.json')];
    },
    at: (other) => open('state.json', { port: other }),
    traces: () => filesBelow(server.root),
    secrets: [sftpAccount.password, 'guessed-secret'],
    async write(path, text) {
      await mkdir(dirname(join(server.root, path)), { recursive: true });
      await writeFile(join(server.root, path), text);
    },
    interrupt: async () => dropOnce('POSIX-RENAME'),
    cut: () => dropOnce('READ'),
    heal: () => {
      server.fault = () => undefined;
    },
    stop: server.stop,
  };
}
