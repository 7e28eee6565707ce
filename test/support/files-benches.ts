import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DeleteObjectsCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createFolderFiles } from '../../src/adapters/files/folder.ts';
import { createHttpsFiles } from '../../src/adapters/files/https.ts';
import { createS3Files } from '../../src/adapters/files/s3.ts';
import { createSftpFiles } from '../../src/adapters/files/sftp.ts';
import type { FileSource } from '../../src/feeds/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { filesBelow } from './files-below.ts';
import { objectsIn } from './s3-objects.ts';
import { startS3Server, useTestCredentials } from './s3-server.ts';
import { sftpAccount, startSftpServer } from './sftp-server.ts';

/** When the files of a bench were written: long ago, to a second, as every system keeps it. */
export const writtenAt = new Date('2026-03-01T06:00:00Z');

/** A place with files. Paths are relative to its root; adapters look into the folder `feeds`. */
export interface FilesBench extends AdapterBench<FileSource> {
  /** Where its server listens; a folder has none. */
  readonly port: number | undefined;
  /** The source of a configuration. */
  readonly source: string;
  /** Whether files have the time that they are given; a bucket tells when it got them. */
  readonly keepsTimes: boolean;
  seed(path: string, content: string | Buffer): Promise<void>;
  read(path: string): Promise<string>;
  /** The paths of all files, sorted. */
  paths(): Promise<string[]>;
  empty(): Promise<void>;
}

type Disk = Pick<FilesBench, 'seed' | 'read' | 'paths' | 'empty' | 'traces' | 'keepsTimes'>;

function onDisk(root: string): Disk {
  return {
    keepsTimes: true,
    async seed(path, content) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
      await utimes(join(root, path), writtenAt, writtenAt);
    },
    read: (path) => readFile(join(root, path), 'utf8'),
    async paths() {
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
        .sort();
    },
    async empty() {
      for (const name of await readdir(root)) await rm(join(root, name), { recursive: true });
      await mkdir(join(root, 'feeds'));
    },
    traces: () => filesBelow(root),
  };
}

export async function folderBench(): Promise<FilesBench> {
  const root = await mkdtemp(join(tmpdir(), 'patronflow-files-'));
  await writeFile(join(root, 'file'), '');
  return {
    ...onDisk(root),
    open: () => createFolderFiles({ directory: join(root, 'feeds') }),
    port: undefined,
    source: `{ url: "file:${root}/feeds" }`,
    broken: async () => [
      {
        what: 'a folder that is not there',
        adapter: createFolderFiles({ directory: join(root, 'no-such') }),
        code: 'SOURCE_MISSING',
      },
      {
        what: 'a folder that is a file',
        adapter: createFolderFiles({ directory: import.meta.filename }),
        code: 'SOURCE_MISSING',
      },
    ],
    at: null,
    secrets: [],
    stop: () => rm(root, { recursive: true, force: true }),
  };
}

export async function sftpBench(): Promise<FilesBench> {
  const server = await startSftpServer();
  const { host, port, hostKey, root } = server;
  const open = (directory: string, options: { port?: number; password?: string } = {}) =>
    createSftpFiles({ host, port, hostKey, ...sftpAccount, directory, ...options });
  const settings = `{ password: "${sftpAccount.password}", host_key: "${hostKey}" }`;
  return {
    ...onDisk(root),
    open: () => open('/feeds'),
    port,
    source: `{ url: "sftp://${sftpAccount.user}@${host}:${port}/feeds", sftp: ${settings} }`,
    async broken() {
      server.fault = (request, path) => (request === 'OPENDIR' && path === '/closed' ? 'denied' : undefined);
      return [
        { what: 'a directory that is not there', adapter: open('/no-such'), code: 'SOURCE_MISSING' },
        { what: 'a directory that is closed', adapter: open('/closed'), code: 'SOURCE_LOGIN' },
        {
          what: 'a wrong password',
          adapter: open('/feeds', { password: 'guessed-secret' }),
          code: 'SOURCE_LOGIN',
        },
      ];
    },
    at: (other) => open('/feeds', { port: other }),
    secrets: [sftpAccount.password, 'guessed-secret'],
    stop: server.stop,
  };
}

export async function s3Bench(): Promise<FilesBench> {
  useTestCredentials();
  const server = await startS3Server();
  const bucket = 'campus';
  server.createBucket(bucket);
  const { client } = server;
  const port = Number(new URL(server.endpoint).port);
  const open = (options: { bucket?: string; endpoint?: string } = {}) =>
    createS3Files({ region: 'us-east-1', endpoint: server.endpoint, bucket, prefix: 'feeds', ...options });
  const paths = async () => (await objectsIn(server, bucket)).map(([key]) => key);
  return {
    open,
    port,
    source: `{ url: "s3://${bucket}/feeds", s3: { endpoint: "${server.endpoint}" } }`,
    keepsTimes: false,
    broken: async () => [
      {
        what: 'a bucket that is not there',
        adapter: open({ bucket: 'no-such-bucket' }),
        code: 'SOURCE_MISSING',
      },
    ],
    at: (other) => open({ endpoint: `http://127.0.0.1:${other}` }),
    traces: () => objectsIn(server, bucket),
    secrets: ['test-secret-key'],
    async seed(path, content) {
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: path, Body: Buffer.from(content as string) }),
      );
    },
    async read(path) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: path }));
      return (await Body?.transformToString()) ?? '';
    },
    paths,
    async empty() {
      server.heal();
      const Objects = (await paths()).map((Key) => ({ Key }));
      if (Objects.length > 0)
        await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    },
    stop: server.stop,
  };
}

/** A web server that gives out files to those who have its key, and fails on a plan. */
export interface WebServer {
  readonly port: number;
  readonly files: Map<string, Buffer>;
  /** What arrived: `GET /feeds/a.csv`. */
  readonly requests: string[];
  /** Answers in place of the server, where it is set. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | null;
  stop(): Promise<void>;
}

export const webKey = 'web-secret-4711';

export async function startWebServer(): Promise<WebServer> {
  const files = new Map<string, Buffer>();
  const requests: string[] = [];
  const listener = createServer((request, response) => {
    const { method, url = '', headers } = request;
    requests.push(`${method} ${url}`);
    if (web.answer) return web.answer(request, response);
    if (headers['x-feed-key'] !== webKey)
      return void response.writeHead(401).end('a page that asks to log in');
    const content = files.get(decodeURIComponent(url.slice(1)));
    if (!content) return void response.writeHead(404).end('a page that says no');
    response.writeHead(200, {
      'content-length': content.length,
      'last-modified': writtenAt.toUTCString(),
    });
    response.end(method === 'HEAD' ? undefined : content);
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const web: WebServer = {
    port: (listener.address() as AddressInfo).port,
    files,
    requests,
    answer: null,
    async stop() {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return web;
}

export async function httpsBench(): Promise<FilesBench> {
  const { files, port, stop } = await startWebServer();
  const open = (other = port, key = webKey) =>
    createHttpsFiles({ url: `http://127.0.0.1:${other}/feeds`, headers: { 'X-Feed-Key': key } });
  return {
    open: () => open(),
    port,
    source: `{ url: "http://127.0.0.1:${port}/feeds", https: { headers: { X-Feed-Key: "${webKey}" } } }`,
    keepsTimes: true,
    broken: async () => [
      { what: 'a wrong key', adapter: open(port, 'guessed-secret'), code: 'SOURCE_LOGIN' },
    ],
    at: (other) => open(other),
    traces: async () => [...files.keys()].sort(),
    secrets: [webKey, 'guessed-secret'],
    async seed(path, content) {
      files.set(path, Buffer.from(content as string));
    },
    read: async (path) => String(files.get(path)),
    paths: async () => [...files.keys()].sort(),
    empty: async () => files.clear(),
    stop,
  };
}
