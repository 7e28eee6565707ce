import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { createFolderObjects } from '../../src/adapters/objects-folder.ts';
import { createS3Objects } from '../../src/adapters/objects-s3.ts';
import { createSftpObjects } from '../../src/adapters/objects-sftp.ts';
import type { LocalFile, ObjectStore, StoredObject } from '../../src/core/ports.ts';
import { startS3Server, useTestCredentials } from './s3-server.ts';
import { sftpAccount, startSftpServer } from './sftp-server.ts';

/** A place to deliver to, seen past the adapter: what is really there. Paths are relative to its root. */
export interface ObjectsBench {
  readonly system: string;
  store(folder: string): ObjectStore;
  seed(path: string, content: string): Promise<void>;
  read(path: string): Promise<Buffer>;
  /** All files that are whole and have their own name, sorted. */
  visible(): Promise<string[]>;
  /** How many files are staged and not published. */
  staged(): Promise<number>;
  /** A store that cannot be used: a bucket that is missing, a folder that is a file. */
  broken(): Promise<{ store: ObjectStore; code: string }>;
  empty(): Promise<void>;
  stop(): Promise<void>;
}

export const never = new AbortController().signal;

export async function listed(store: ObjectStore): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const { key, size } of store.list(never)) found.push({ key, size });
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** A finished file of the run, as the zip writer leaves it. */
export async function localFile(content: string | Buffer): Promise<LocalFile & { content: Buffer }> {
  const path = join(await mkdtemp(join(tmpdir(), 'patronflow-file-')), 'archive');
  const bytes = Buffer.from(content);
  await writeFile(path, bytes);
  return {
    path,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    content: bytes,
  };
}

async function diskBench(
  root: string,
): Promise<Pick<ObjectsBench, 'seed' | 'read' | 'visible' | 'staged' | 'empty'>> {
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
    async empty() {
      for (const name of await readdir(root)) await rm(join(root, name), { recursive: true });
    },
  };
}

export async function folderBench(): Promise<ObjectsBench> {
  const root = await mkdtemp(join(tmpdir(), 'patronflow-folder-'));
  await chmod(root, 0o755);
  return {
    system: 'a folder',
    ...(await diskBench(root)),
    store: (folder) => createFolderObjects({ directory: join(root, folder) }),
    async broken() {
      await writeFile(join(root, 'file'), '');
      return { store: createFolderObjects({ directory: join(root, 'file') }), code: 'STORE_MISSING' };
    },
    stop: () => rm(root, { recursive: true, force: true }),
  };
}

export async function sftpBench(): Promise<ObjectsBench> {
  const server = await startSftpServer();
  const open: ObjectStore[] = [];
  const at = (directory: string) => {
    const { host, port, hostKey } = server;
    const store = createSftpObjects({ host, port, hostKey, ...sftpAccount, directory });
    open.push(store);
    return store;
  };
  return {
    system: 'an SFTP server',
    ...(await diskBench(server.root)),
    store: (folder) => at(`/${folder}`),
    async broken() {
      server.fault = (request) => (request === 'OPENDIR' ? 'denied' : undefined);
      return { store: at('/'), code: 'STORE_FORBIDDEN' };
    },
    async stop() {
      for (const store of open) await store.close();
      await server.stop();
    },
  };
}

export async function s3Bench(): Promise<ObjectsBench> {
  useTestCredentials();
  const server = await startS3Server();
  const bucket = 'library';
  server.createBucket(bucket);
  const { client } = server;
  const keys = async () => {
    const found: string[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
      found.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
      token = page.NextContinuationToken;
    } while (token);
    return found.sort();
  };
  const at = (name: string, prefix: string) =>
    createS3Objects({ region: 'us-east-1', endpoint: server.endpoint, bucket: name, prefix });
  return {
    system: 'S3',
    store: (folder) => at(bucket, folder),
    async seed(path, content) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: path, Body: content }));
    },
    async read(path) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: path }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    visible: keys,
    staged: async () => server.openUploads(bucket).length,
    broken: async () => ({ store: at('no-such-bucket', ''), code: 'STORE_MISSING' }),
    async empty() {
      const Objects = (await keys()).map((Key) => ({ Key }));
      while (Objects.length > 0) {
        const Delete = { Objects: Objects.splice(0, 1000) };
        await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }));
      }
      const store = at(bucket, 'in');
      await store.sweep(() => true, never);
      await store.close();
    },
    stop: server.stop,
  };
}
