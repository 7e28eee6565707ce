import { randomBytes } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createS3Objects } from '../../../src/adapters/objects/s3.ts';
import type { ObjectStore } from '../../../src/load/ports.ts';
import { never } from '../../support/never.ts';
import { listed, localFile } from '../../support/objects.ts';
import { type S3Server, startS3Server, useTestCredentials } from '../../support/s3-server.ts';

let server: S3Server;
let store: ObjectStore;
let bucket: string;
let buckets = 0;

const open = (extra: { kmsKey?: string; prefix?: string } = {}) =>
  createS3Objects({ region: 'us-east-1', endpoint: server.endpoint, bucket, prefix: 'alma', ...extra });
const put = (key: string, content: string) =>
  server.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }));
const callsOf = (operation: string) => server.calls.filter((call) => call.operation === operation);

beforeAll(async () => {
  useTestCredentials();
  server = await startS3Server();
});
beforeEach(() => {
  // The SDK waits a random share of its back-off: none of it here.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  buckets += 1;
  bucket = `library-${buckets}`;
  server.createBucket(bucket);
  store = open();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  server.heal();
});
afterAll(() => server.stop());

describe('a folder with many files', () => {
  it('lists every page and removes more files than one call takes', async () => {
    const keys = Array.from({ length: 1201 }, (_, index) => `old_${String(index).padStart(4, '0')}.zip`);
    for (const key of keys) await put(`alma/${key}`, '.');
    await put('alma-archive/kept.zip', '.');

    expect((await listed(store)).map(({ key }) => key)).toEqual(keys);
    expect(callsOf('ListObjects')).toHaveLength(2);
    await store.remove(keys);

    expect(await listed(store)).toEqual([]);
    expect(callsOf('DeleteObjects')).toHaveLength(2);
    expect(await listed(open({ prefix: 'alma-archive' }))).toHaveLength(1);
  });

  it('says how many files could not be removed, and tells a lack of rights from a bad moment', async () => {
    const answer = (code: string) =>
      `<DeleteResult><Error><Key>alma/a.zip</Key><Code>${code}</Code><Message>m</Message></Error></DeleteResult>`;

    server.fail('DeleteObjects', { status: 200, xml: answer('AccessDenied') }, { times: 1 });
    await expect(store.remove(['a.zip', 'b.zip'])).rejects.toMatchObject({
      code: 'STORE_FORBIDDEN',
      message: expect.stringContaining('1 of 2 files'),
    });
    server.heal();
    server.fail('DeleteObjects', { status: 200, xml: answer('InternalError') }, { times: 1 });
    await expect(store.remove(['a.zip', 'b.zip'])).rejects.toMatchObject({ code: 'STORE_BUSY' });
  });

  it('works on a whole bucket, and still leaves the folders in it alone', async () => {
    const whole = open({ prefix: '' });
    await put('sub/x.zip', 'x');
    await (await whole.stage('staff.zip', await localFile('new'), never)).publish();

    expect((await listed(whole)).map(({ key }) => key)).toEqual(['staff.zip']);
    await whole.close();
  });
});

describe('an upload', () => {
  it('sends a large file in parts, which the store puts together again', async () => {
    const content = randomBytes(17 * 1024 ** 2);

    const receipt = await (await store.stage('staff.zip', await localFile(content), never)).publish();

    expect(callsOf('UploadPart')).toHaveLength(3);
    expect(receipt.size).toBe(content.length);
  });

  it('announces the checksums of its parts, without which S3 refuses them', async () => {
    await (await store.stage('staff.zip', await localFile('new'), never)).publish();

    expect(callsOf('CreateUpload')[0]?.headers['x-amz-checksum-algorithm']).toBe('CRC32');
    const [part] = callsOf('UploadPart');
    expect(part?.headers['x-amz-checksum-crc32']).toMatch(/=$/);
  });

  it('goes on when the store asks it to slow down', async () => {
    server.fail('UploadPart', { status: 503, code: 'SlowDown' }, { times: 2 });

    await (await store.stage('staff.zip', await localFile('new'), never)).publish();

    expect(callsOf('UploadPart')).toHaveLength(3);
    expect(await listed(store)).toEqual([{ key: 'staff.zip', size: 3 }]);
  });

  it('is aborted when a part cannot be sent, so that nothing is left to pay for', async () => {
    server.fail('UploadPart', { status: 403, code: 'AccessDenied' });

    await expect(store.stage('staff.zip', await localFile('new'), never)).rejects.toMatchObject({
      code: 'STORE_FORBIDDEN',
    });
    expect(server.openUploads(bucket)).toEqual([]);
  });

  it('can be tried again as a whole when another program ended it', async () => {
    server.fail('UploadPart', { status: 404, code: 'NoSuchUpload' }, { times: 1 });

    await expect(store.stage('staff.zip', await localFile('new'), never)).rejects.toMatchObject({
      code: 'STORE_BUSY',
      kind: 'transient',
    });
  });

  it('stops in the middle of a part when it is told to, and is aborted', async () => {
    server.fail('UploadPart', { delayMs: 5_000 });
    const stopping = new AbortController();
    const staging = store.stage('staff.zip', await localFile('new'), stopping.signal);
    await vi.waitUntil(() => callsOf('UploadPart').length === 1);

    stopping.abort();

    await expect(staging).rejects.toMatchObject({ name: 'AbortError' });
    expect(server.openUploads(bucket)).toEqual([]);
  });

  it('asks for encryption with the key of KMS that is configured', async () => {
    const encrypting = open({ kmsKey: 'arn:aws:kms:us-east-1:1:key/library' });

    await (await encrypting.stage('staff.zip', await localFile('new'), never)).publish();

    expect(callsOf('CreateUpload')[0]?.headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:us-east-1:1:key/library',
    });
    await encrypting.close();
  });

  it('is verified on a bucket that encrypts by itself, where an ETag is no checksum', async () => {
    server.encrypts = true;
    const staged = await store.stage('staff.zip', await localFile('new'), never);

    await expect(staged.publish()).resolves.toMatchObject({ size: 3 });
  });

  it('leaves encryption to the bucket when no key is configured', async () => {
    await store.stage('staff.zip', await localFile('new'), never);

    expect(callsOf('CreateUpload')[0]?.headers).not.toHaveProperty('x-amz-server-side-encryption');
  });
});

describe('publishing', () => {
  it('succeeds when the answer to it is lost', async () => {
    const staged = await store.stage('staff.zip', await localFile('new'), never);
    server.fail('CompleteUpload', { cut: 'after' }, { times: 1 });

    await expect(staged.publish()).resolves.toMatchObject({ size: 3 });
    expect(callsOf('CompleteUpload')).toHaveLength(2);
  });

  it('takes an error inside an answer of 200 for the failure that it is', async () => {
    const staged = await store.stage('staff.zip', await localFile('new'), never);
    server.fail('CompleteUpload', { status: 200, code: 'InternalError' });

    await expect(staged.publish()).rejects.toMatchObject({ code: 'STORE_BUSY', kind: 'transient' });
    expect(await listed(store)).toEqual([]);
  });

  it('can be called again after it failed', async () => {
    const staged = await store.stage('staff.zip', await localFile('new'), never);
    server.fail('CompleteUpload', { status: 503, code: 'SlowDown' });
    await expect(staged.publish()).rejects.toMatchObject({ code: 'STORE_BUSY' });
    server.heal();

    await expect(staged.publish()).resolves.toMatchObject({ key: 'staff.zip', size: 3 });
  });

  it.each([
    ['another size', 'longer'],
    ['other bytes of the same size', 'old'],
  ])('does not vouch for a file of %s', async (_case, content) => {
    const staged = await store.stage('staff.zip', await localFile('new'), never);
    await staged.publish();
    const other = await store.stage('staff.zip', await localFile(content), never);
    await other.publish();

    await expect(staged.publish()).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });
});

describe('sweeping', () => {
  it('is skipped where the right to list uploads was not given', async () => {
    await store.stage('staff.zip', await localFile('new'), never);
    server.fail('ListUploads', { status: 403, code: 'AccessDenied' });

    expect(await store.sweep(() => true, never)).toBe(0);
    expect(server.openUploads(bucket)).toHaveLength(1);
  });

  it('does not mind an upload that ends while it looks', async () => {
    await store.stage('staff.zip', await localFile('new'), never);
    server.fail('AbortUpload', { status: 404, code: 'NoSuchUpload' });

    await expect(store.sweep(() => true, never)).resolves.toBe(1);
  });
});
