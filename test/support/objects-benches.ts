import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DeleteObjectsCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { vi } from 'vitest';
import { createFolderObjects } from '../../src/adapters/objects/folder.ts';
import { createS3Objects } from '../../src/adapters/objects/s3.ts';
import { createSftpObjects } from '../../src/adapters/objects/sftp.ts';
import type { ObjectStore } from '../../src/load/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { closedFolder } from './closed-folder.ts';
import { filesBelow } from './files-below.ts';
import { never } from './never.ts';
import { objectsIn } from './s3-objects.ts';
import { type S3Server, startS3Server, useTestCredentials } from './s3-server.ts';
import { sftpAccount, startSftpServer } from './sftp-server.ts';

/** A place to deliver to. Paths are relative to its root; `open` delivers into the folder `in` when none is named. */
export interface ObjectsBench extends AdapterBench<ObjectStore> {
  readonly system: string;
  open(folder?: string): ObjectStore;
  /** Where its server listens; a folder has none. */
  readonly port: number | undefined;
  /** The line of a configuration that delivers to a folder of it, through a proxy's port where one is given. */
  deliver(folder: string, port?: number): string;
  seed(path: string, content: string): Promise<void>;
  read(path: string): Promise<Buffer>;
  /** All files that are whole and have their own name, sorted. */
  visible(): Promise<string[]>;
  /** Stores that may be read and not written: one whose folder is there, and one that would have to make it. */
  mayOnlyRead(): Promise<readonly ObjectStore[]>;
  /** How many files are staged and not published. */
  staged(): Promise<number>;
  /** Calls back once the bytes of a file arrive that is being staged. */
  whenArriving(react: () => void): void;
  /** Cuts the connection, for as long as an adapter tries by itself: in the middle of a file, or when one was published. */
  readonly cut: Readonly<Record<'staging' | 'publishing', () => void>> | null;
  /** Forgets files and cuts. */
  empty(): Promise<void>;
}

type Disk = Pick<ObjectsBench, 'seed' | 'read' | 'visible' | 'staged' | 'traces'>;

function onDisk(root: string): Disk {
  const files = async () => {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  };
  const isStaged = (path: string) => path.endsWith('.partial');
  return {
    async seed(path, content) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    },
    read: (path) => readFile(join(root, path)),
    visible: async () =>
      (await files())
        .filter((path) => !isStaged(path))
        .map((path) => path.slice(root.length + 1))
        .sort(),
    staged: async () => (await files()).filter(isStaged).length,
    traces: () => filesBelow(root),
  };
}

async function emptied(root: string): Promise<void> {
  for (const name of await readdir(root)) await rm(join(root, name), { recursive: true });
}

export async function folderBench(): Promise<ObjectsBench> {
  const root = await mkdtemp(join(tmpdir(), 'patronflow-folder-'));
  await chmod(root, 0o755);
  return {
    ...onDisk(root),
    system: 'a folder',
    open: (folder = 'in') => createFolderObjects({ directory: join(root, folder) }),
    port: undefined,
    deliver: (folder) => `deliver: { to: "file:${join(root, folder)}" }`,
    async broken() {
      await writeFile(join(root, 'file'), '');
      const adapter = createFolderObjects({ directory: join(root, 'file') });
      return [{ what: 'a folder that is a file', adapter, code: 'STORE_MISSING' }];
    },
    async mayOnlyRead() {
      const closed = await closedFolder(root);
      return [closed, join(closed, 'none')].map((directory) => createFolderObjects({ directory }));
    },
    at: null,
    secrets: [],
    // A copy on one disk is one step, which nothing can come into.
    whenArriving: (react) => void setImmediate(react),
    cut: null,
    empty: () => emptied(root),
    stop: () => rm(root, { recursive: true, force: true }),
  };
}

export async function sftpBench(): Promise<ObjectsBench> {
  const server = await startSftpServer();
  const { host, port, hostKey } = server;
  const open = (directory: string, options: { port?: number; password?: string } = {}) =>
    createSftpObjects({ host, port, hostKey, ...sftpAccount, directory, ...options });
  return {
    ...onDisk(server.root),
    system: 'an SFTP server',
    open: (folder = 'in') => open(`/${folder}`),
    port,
    deliver: (folder, through = port) => {
      const { user, password } = sftpAccount;
      const settings = `{ password: "${password}", host_key: "${hostKey}" }`;
      return `deliver: { to: "sftp://${user}@${host}:${through}/${folder}", sftp: ${settings} }`;
    },
    async broken() {
      await mkdir(join(server.root, 'closed'));
      server.fault = (request, path) => (request === 'OPENDIR' && path === '/closed' ? 'denied' : undefined);
      return [
        { what: 'a directory that is closed', adapter: open('/closed'), code: 'STORE_FORBIDDEN' },
        {
          what: 'a wrong password',
          adapter: open('/in', { password: 'guessed-secret' }),
          code: 'STORE_FORBIDDEN',
        },
      ];
    },
    async mayOnlyRead() {
      await mkdir(join(server.root, 'closed'), { recursive: true });
      server.fault = (request, path) =>
        /^(OPEN|MKDIR)$/.test(request) && path.startsWith('/closed/') ? 'denied' : undefined;
      return [open('/closed'), open('/closed/none')];
    },
    at: (other) => open('/in', { port: other }),
    secrets: [sftpAccount.password, 'guessed-secret'],
    whenArriving(react) {
      server.fault = (request) => {
        if (request === 'WRITE') react();
        return undefined;
      };
    },
    cut: {
      staging() {
        let writes = 0;
        server.fault = (request) => {
          if (request === 'WRITE') writes += 1;
          return request === 'WRITE' && writes === 3 ? 'drop' : undefined;
        };
      },
      publishing() {
        let isRenamed = false;
        server.fault = (request) => {
          // The first request behind the rename: done, but its answer is lost.
          const isDue = isRenamed;
          isRenamed = /RENAME/.test(request);
          return isDue ? 'drop' : undefined;
        };
      },
    },
    async empty() {
      server.fault = () => undefined;
      await emptied(server.root);
    },
    stop: server.stop,
  };
}

/** @param given a server of the test's own, which it may tell to fail */
export async function s3Bench(given?: S3Server): Promise<ObjectsBench> {
  useTestCredentials();
  const server = given ?? (await startS3Server());
  const bucket = 'library';
  server.createBucket(bucket);
  const { client } = server;
  const port = Number(new URL(server.endpoint).port);
  const visible = async () => (await objectsIn(server, bucket)).map(([key]) => key);
  const staged = async () => server.openUploads(bucket).length;
  const open = (prefix: string, options: { bucket?: string; endpoint?: string } = {}) =>
    createS3Objects({ region: 'us-east-1', endpoint: server.endpoint, bucket, prefix, ...options });
  return {
    system: 'S3',
    open: (folder = 'in') => open(folder),
    port,
    deliver: (folder, through = port) =>
      `deliver: { to: "s3://${bucket}/${folder}", s3: { endpoint: "http://127.0.0.1:${through}" } }`,
    broken: async () => [
      {
        what: 'a bucket that is not there',
        adapter: open('', { bucket: 'no-such-bucket' }),
        code: 'STORE_MISSING',
      },
    ],
    async mayOnlyRead() {
      server.fail('CreateUpload', { status: 403, code: 'AccessDenied' });
      return [open('in'), open('')];
    },
    at: (port) => open('', { endpoint: `http://127.0.0.1:${port}` }),
    traces: async () => [await objectsIn(server, bucket), await staged()],
    secrets: ['test-secret-key'],
    async seed(path, content) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: path, Body: content }));
    },
    async read(path) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: path }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    visible,
    staged,
    whenArriving(react) {
      server.fail('UploadPart', { delayMs: 5_000 });
      const hasArrived = () => server.calls.some(({ operation }) => operation === 'UploadPart');
      void vi.waitUntil(hasArrived, 10_000).then(react, react);
    },
    cut: {
      staging: () => server.fail('UploadPart', { cut: 'before' }, { times: 3 }),
      publishing: () => server.fail('CompleteUpload', { cut: 'after' }, { times: 3 }),
    },
    async empty() {
      server.heal();
      const Objects = (await visible()).map((Key) => ({ Key }));
      while (Objects.length > 0) {
        const Delete = { Objects: Objects.splice(0, 1000) };
        await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }));
      }
      const store = open('in');
      await store.sweep(() => true, never);
      await store.close();
    },
    stop: server.stop,
  };
}
