import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFileCheckpoint } from '../../src/adapters/checkpoint-file.ts';
import { createS3Checkpoint } from '../../src/adapters/checkpoint-s3.ts';
import { createSftpCheckpoint } from '../../src/adapters/checkpoint-sftp.ts';
import type { Checkpoint } from '../../src/core/ports.ts';
import { never } from '../support/object-benches.ts';
import { startS3Server, useTestCredentials } from '../support/s3-server.ts';
import { sftpAccount, startSftpServer } from '../support/sftp-server.ts';

interface CheckpointBench {
  open(path: string): Checkpoint<unknown>;
  write(path: string, text: string): Promise<void>;
  /** Lets the next save fail half-way. */
  interrupt(path: string): Promise<void>;
  stop(): Promise<void>;
}

async function fileBench(): Promise<CheckpointBench> {
  const root = await mkdtemp(join(tmpdir(), 'patronflow-ledger-'));
  return {
    open: (path) => createFileCheckpoint({ path: join(root, path) }),
    async write(path, text) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    },
    // What is written first cannot be: a directory has its name.
    interrupt: async (path) => void (await mkdir(join(root, `${path}.partial`))),
    stop: () => rm(root, { recursive: true }),
  };
}

async function s3Bench(): Promise<CheckpointBench> {
  useTestCredentials();
  const server = await startS3Server();
  const bucket = 'library';
  server.createBucket(bucket);
  return {
    open: (key) => createS3Checkpoint({ region: 'us-east-1', endpoint: server.endpoint, bucket, key }),
    async write(Key, Body) {
      await server.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    },
    interrupt: async () => server.fail('PutObject', { status: 503, code: 'SlowDown' }, { times: 5 }),
    stop: server.stop,
  };
}

async function sftpBench(): Promise<CheckpointBench> {
  const server = await startSftpServer();
  const { host, port, hostKey } = server;
  return {
    open: (path) => createSftpCheckpoint({ host, port, hostKey, ...sftpAccount, path: `/${path}` }),
    async write(path, text) {
      await mkdir(dirname(join(server.root, path)), { recursive: true });
      await writeFile(join(server.root, path), text);
    },
    interrupt: async () => {
      let drops = 1;
      server.fault = (request) => {
        if (request !== 'POSIX-RENAME') return undefined;
        drops -= 1;
        return drops >= 0 ? 'drop' : undefined;
      };
    },
    stop: server.stop,
  };
}

describe.each([
  ['a file', fileBench],
  ['S3', s3Bench],
  ['an SFTP server', sftpBench],
])('a document that outlives a run, in %s', (_system, start) => {
  let bench: CheckpointBench;
  let checkpoint: Checkpoint<unknown>;
  let documents = 0;
  let path: string;

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    documents += 1;
    path = `ledgers/${documents}/ledger.json`;
    checkpoint = bench.open(path);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await checkpoint.close();
  });
  afterAll(() => bench.stop());

  it('is null before it was ever saved', async () => {
    expect(await checkpoint.load(never)).toBeNull();
    await expect(checkpoint.check(never)).resolves.toBe('none yet; the first run makes it');
  });

  it('comes back as it was saved', async () => {
    const document = { version: 1, groups: { Beschäftigte: { people: 12_345, filled: { BARCODE: 0.98 } } } };

    await checkpoint.save(document);

    expect(await checkpoint.load(never)).toEqual(document);
    expect(await bench.open(path).load(never)).toEqual(document);
    await expect(checkpoint.check(never)).resolves.toBe('found');
  });

  it('is replaced as a whole by a shorter one', async () => {
    await checkpoint.save({ people: 1, padding: 'x'.repeat(10_000) });
    await checkpoint.save({ people: 2 });

    expect(await checkpoint.load(never)).toEqual({ people: 2 });
  });

  it('is still the old one when saving fails half-way', async () => {
    await checkpoint.save({ people: 1 });
    await bench.interrupt(path);

    await expect(checkpoint.save({ people: 2 })).rejects.toThrow();

    expect(await checkpoint.load(never)).toEqual({ people: 1 });
  });

  it.each([' ', 'not json', '{"people": 1'])('is not guessed when it holds %j', async (text) => {
    await bench.write(path, text);

    await expect(checkpoint.load(never)).rejects.toMatchObject({ code: 'CHECKPOINT_UNREADABLE' });
    await expect(checkpoint.check(never)).rejects.toMatchObject({ code: 'CHECKPOINT_UNREADABLE' });
  });

  it('closes twice', async () => {
    await checkpoint.close();
    await checkpoint.close();
  });
});

describe('a document in a file', () => {
  it('can be read by nobody else', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'patronflow-ledger-')), 'ledger.json');
    await createFileCheckpoint({ path }).save({ people: 1 });

    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('says that its place is no directory', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'patronflow-ledger-')), 'file');
    await writeFile(file, '');
    const checkpoint = createFileCheckpoint({ path: join(file, 'ledger.json') });

    await expect(checkpoint.load(never)).rejects.toMatchObject({ code: 'STORE_MISSING' });
    await expect(checkpoint.save({ people: 1 })).rejects.toMatchObject({ code: 'STORE_MISSING' });
  });
});

describe('a document on an SFTP server without a rename that replaces', () => {
  it('survives a connection that is lost between removing and renaming', async () => {
    const server = await startSftpServer();
    server.posixRename = false;
    const { host, port, hostKey } = server;
    const checkpoint = createSftpCheckpoint({ host, port, hostKey, ...sftpAccount, path: '/ledger.json' });
    await checkpoint.save({ people: 1 });
    let isArmed = true;
    server.fault = (request) => {
      if (request !== 'RENAME' || !isArmed) return undefined;
      isArmed = false;
      return 'drop';
    };

    await expect(checkpoint.save({ people: 2 })).rejects.toMatchObject({ code: 'STORE_BUSY' });

    expect(await checkpoint.load(never)).toEqual({ people: 2 });
    await checkpoint.save({ people: 3 });
    expect(JSON.parse(await readFile(join(server.root, 'ledger.json'), 'utf8'))).toEqual({ people: 3 });
    await checkpoint.close();
    await server.stop();
  });
});

describe('a document in S3', () => {
  it('asks for encryption with the key of KMS that is configured', async () => {
    useTestCredentials();
    const server = await startS3Server();
    server.createBucket('library');
    const place = { region: 'us-east-1', endpoint: server.endpoint, bucket: 'library', key: 'l.json' };
    const checkpoint = createS3Checkpoint({ ...place, kmsKey: 'library-key' });

    await checkpoint.save({ people: 1 });

    expect(server.calls[0]?.headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'library-key',
    });
    await checkpoint.close();
    await server.stop();
  });

  it('says that the bucket is missing', async () => {
    useTestCredentials();
    const server = await startS3Server();
    const place = { region: 'us-east-1', endpoint: server.endpoint, bucket: 'no-such-bucket', key: 'l.json' };
    const checkpoint = createS3Checkpoint(place);

    await expect(checkpoint.load(never)).rejects.toMatchObject({ code: 'STORE_MISSING' });
    await expect(checkpoint.save({})).rejects.toMatchObject({ code: 'STORE_MISSING' });
    await checkpoint.close();
    await server.stop();
  });
});
