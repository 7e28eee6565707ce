import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createS3Lease, type S3LeaseOptions } from '../../../src/adapters/leases/s3.ts';
import type { Lease } from '../../../src/core/ports.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';
import { type S3Server, startS3Server, useTestCredentials } from '../../support/s3-server.ts';

let server: S3Server;
let keys = 0;
let key: string;
const opened: Lease[] = [];

const open = (token: string, options: Partial<S3LeaseOptions> = {}) => {
  const claimant = { token, host: `${token}-host`, pid: 7, isAlive: () => true };
  const place = { region: 'us-east-1', endpoint: server.endpoint, bucket: 'states', key };
  const lease = createS3Lease({ ...place, claimant, ...options });
  opened.push(lease);
  return lease;
};
const puts = () => server.calls.filter(({ operation }) => operation === 'PutObject');
const inUse = { code: 'RUN_IN_PROGRESS' };

beforeAll(async () => {
  useTestCredentials();
  server = await startS3Server();
  server.createBucket('states');
});
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  keys += 1;
  key = `state-${keys}.lease`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const lease of opened.splice(0)) await lease.close();
  server.heal();
});
afterAll(() => server.stop());

describe('a lease in S3', () => {
  it('is written only if no other run has written since', async () => {
    const lease = open('first', { kmsKey: 'library-key' });
    await lease.acquire(never);
    await lease.renew();

    const [made, renewed] = puts().map(({ headers }) => headers);
    expect(made).toMatchObject({ 'if-none-match': '*', 'x-amz-server-side-encryption': 'aws:kms' });
    expect(renewed).toMatchObject({ 'if-match': expect.stringMatching(/^"[0-9a-f]{32}"$/) });
  });

  it.each([
    ['412 of what was there first', { status: 412, code: 'PreconditionFailed' }],
    ['409 of what is being written', { status: 409, code: 'ConditionalRequestConflict' }],
    ['404 of what is gone', { status: 404, code: 'NoSuchKey' }],
  ])('is not ours after a %s', async (_name, fault) => {
    const lease = open('first');
    server.fail('PutObject', fault, { times: 1 });
    expect(await failureOf(lease.acquire(never))).toMatchObject(inUse);
    await lease.acquire(never);
  });

  it('is lost when it was taken over between the look and the renewal', async () => {
    const lease = open('first');
    await lease.acquire(never);
    server.fail('PutObject', { delayMs: 60 }, { times: 1 });
    const renewing = failureOf(lease.renew());
    await vi.waitFor(() => expect(puts()).toHaveLength(2));
    const Body = JSON.stringify({ token: 'other', host: 'x', pid: 1, until: '2099-01-01T00:00:00Z' });
    await server.client.send(new PutObjectCommand({ Bucket: 'states', Key: key, Body }));

    expect(await renewing).toMatchObject({ code: 'LEASE_LOST' });
  });

  it('is ours when only the answer to our own writing was lost', async () => {
    const lease = open('first');
    server.fail('PutObject', { cut: 'after' }, { times: 1 });
    await lease.acquire(never);
    server.fail('PutObject', { cut: 'after' }, { times: 1 });
    await lease.renew();

    expect(puts()).toHaveLength(4);
    expect(await failureOf(open('second').acquire(never))).toMatchObject(inUse);
  });

  it('is read once more where the store knows no conditions', async () => {
    server.knowsConditions = false;
    const lease = open('first');
    // The look before, and the one after.
    server.fail('GetObject', { delayMs: 60 }, { after: 1, times: 1 });
    const acquiring = failureOf(lease.acquire(never));
    await vi.waitFor(() => expect(server.calls.filter((c) => c.operation === 'GetObject')).toHaveLength(2));
    const Body = JSON.stringify({ token: 'other', host: 'x', pid: 1, until: '2099-01-01T00:00:00Z' });
    await server.client.send(new PutObjectCommand({ Bucket: 'states', Key: key, Body }));

    const error = await acquiring;
    expect(error).toMatchObject(inUse);
    expect(error.message).toContain('process 1 on x');
  });
});

describe('when S3 says no', () => {
  const denied = { status: 403, code: 'AccessDenied' };

  it('takes 403 of what is not there for what it is', async () => {
    server.fail('GetObject', denied, { times: 1 });
    await open('first').acquire(never);

    expect(await open('second').check(never)).toBe('held by a run');
  });

  it('tells that the lease may not be read, and never that a run holds it', async () => {
    server.fail('GetObject', denied);

    for (const who of ['first', 'second']) {
      expect(await failureOf(open(who).acquire(never))).toMatchObject({
        code: 'STORE_FORBIDDEN',
        kind: 'config',
      });
    }
  });

  it('tells that the lease may not be written', async () => {
    server.fail('PutObject', denied);

    expect(await failureOf(open('first').acquire(never))).toMatchObject({ code: 'STORE_FORBIDDEN' });
  });

  it('does not take a lease for lost that could not be looked at', async () => {
    const lease = open('first');
    await lease.acquire(never);
    server.fail('GetObject', denied, { times: 1 });
    expect(await failureOf(lease.renew())).toMatchObject({ code: 'STORE_FORBIDDEN' });
    server.fail('GetObject', { status: 503, code: 'SlowDown' }, { times: 3 });
    expect(await failureOf(lease.renew())).toMatchObject({ code: 'STORE_BUSY', kind: 'transient' });
    server.fail('PutObject', { status: 503, code: 'SlowDown' }, { times: 3 });
    expect(await failureOf(lease.renew())).toMatchObject({ code: 'STORE_BUSY' });

    await lease.renew();
  });

  it('reports a bucket that is not there, and a server that does not answer', async () => {
    const lost = open('first', { bucket: 'no-such-bucket' });
    expect(await failureOf(lost.check(never))).toMatchObject({ code: 'STORE_MISSING' });
    expect(await failureOf(lost.acquire(never))).toMatchObject({ code: 'STORE_MISSING' });
    const unreachable = open('first', { endpoint: 'http://127.0.0.1:1' });
    expect(await failureOf(unreachable.acquire(never))).toMatchObject({ code: 'STORE_UNREACHABLE' });
  });

  it('stops when it is told to', async () => {
    await expect(open('first').acquire(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    await expect(open('first').check(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});
