import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { failureOf } from '../../support/failure.ts';
import { idsOf, sized, useKinesis } from '../../support/kinesis-records.ts';
import { type KinesisFault, startKinesisServer } from '../../support/kinesis-server.ts';
import { never } from '../../support/never.ts';
import { records } from '../../support/patron-records.ts';

const bench = useKinesis();

describe('calls that Kinesis refuses', () => {
  it.each<[string, KinesisFault]>([
    ['an error of its own', { status: 500, code: 'InternalFailure' }],
    ['that it is not there', { status: 503, code: 'ServiceUnavailable' }],
    ['too many calls', { status: 400, code: 'ThrottlingException' }],
    ['too many records', { status: 400, code: 'ProvisionedThroughputExceededException' }],
    ['a limit of the account', { status: 400, code: 'LimitExceededException' }],
    ['a busy key', { status: 400, code: 'KMSThrottlingException' }],
    [
      'a token that has expired, of which the SDK takes a fresh one',
      { status: 400, code: 'ExpiredTokenException' },
    ],
  ])('are made again beyond the tries of the SDK: %s', async (_name, fault) => {
    bench.server.fail(fault, { times: 4 });

    await bench.sink.write(records(10));

    expect(bench.keys()).toEqual(idsOf(records(10)));
    expect(bench.server.calls).toHaveLength(5);
  });

  it.each<[string, KinesisFault]>([
    ['access', { status: 400, code: 'AccessDeniedException' }],
    ['access with another status', { status: 403, code: 'AccessDeniedException' }],
    ['the keys', { status: 400, code: 'UnrecognizedClientException' }],
    ['a key of KMS', { status: 400, code: 'KMSAccessDeniedException' }],
  ])('are made once when it refuses %s', async (_name, fault) => {
    bench.server.fail(fault);

    const error = await failureOf(bench.sink.write(records(10)), ['patron-1', 'test-secret-key']);

    expect(error).toMatchObject({ code: 'RECORDS_REFUSED', kind: 'config' });
    expect(error.message).not.toContain('scripted by the test');
    expect(bench.server.calls).toHaveLength(1);
  });

  it('are made with a fresh token when that of the role has expired', async () => {
    let tokens = 0;
    // What tells a container of its role; tokens that end within minutes are not kept.
    const role = createHttpServer((_request, response) => {
      tokens += 1;
      const Expiration = new Date(Date.now() + 60_000).toISOString();
      const keys = { AccessKeyId: 'role-key', SecretAccessKey: 'role-secret' };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...keys, Token: `token-${tokens}`, Expiration }));
    });
    await once(role.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void role.close());
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    const { port } = role.address() as AddressInfo;
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${port}/`);
    bench.server.token = 'token-3';

    await bench.open().write(records(10));

    expect(bench.keys()).toEqual(idsOf(records(10)));
    expect(bench.server.calls).toHaveLength(3);
  });

  it('name a stream that is not there', async () => {
    const lost = bench.open({ streamArn: `${bench.server.streamArn}-missing` });

    for (const work of [() => lost.check(never), () => lost.write(records(1))]) {
      expect((await failureOf(work())).message).toBe('There is no stream patrons-missing.');
    }
  });

  it('tell a record that is too large, and not whose', async () => {
    const error = await failureOf(bench.sink.write([sized(1, 1024 * 1024 + 1)]), ['patron-1']);

    expect(error).toMatchObject({ code: 'RECORDS_REFUSED' });
  });

  it.each([
    ['before', 2],
    ['after', 2],
    // More than the SDK tries itself.
    ['before', 5],
    ['after', 5],
  ] as const)('lose no record when the connection is cut %s it, %i times', async (cut, times) => {
    bench.server.fail({ cut }, { times });

    await bench.sink.write(records(10));

    expect([...new Set(bench.keys())]).toEqual(idsOf(records(10)));
    expect(bench.keys()).toHaveLength(cut === 'before' ? 10 : 10 * (times + 1));
  });

  it('are made again as a whole when the answer does not say which records were refused', async () => {
    let calls = 0;
    const vague = createServer((_request, response) => {
      calls += 1;
      response.end(JSON.stringify({ FailedRecordCount: calls === 1 ? 1 : 0, Records: [{}, {}] }));
    });
    await once(vague.listen(0, '127.0.0.1'), 'listening');
    const { port } = vague.address() as AddressInfo;

    await bench.open({ endpoint: `http://127.0.0.1:${port}` }).write(records(2));

    expect(calls).toBe(2);
    vague.close();
  });

  it('are made again when HTTP/2 breaks off in its own way', async () => {
    let streams = 0;
    const breaking = createServer((_request, response) => {
      streams += 1;
      if (streams <= 2) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      else response.end('{"FailedRecordCount":0,"Records":[{}]}');
    });
    await once(breaking.listen(0, '127.0.0.1'), 'listening');
    const { port } = breaking.address() as AddressInfo;

    await bench.open({ endpoint: `http://127.0.0.1:${port}` }).write(records(1));

    expect(streams).toBe(3);
    breaking.close();
  });

  it('are given up when the stream has taken nothing for two minutes', async () => {
    // Its own stream: calls that are still under way at the end are not those of the next test.
    const { endpoint, streamArn, ...server } = await startKinesisServer();
    const small = bench.open({ endpoint, streamArn, recordsPerCall: 1 });
    let minutes = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + minutes * 60_000);
    server.fail({ each: 1, code: 'ProvisionedThroughputExceededException' }, { after: 2 });
    const writing = failureOf(small.write(records(30)));
    await vi.waitFor(() => expect(server.calls.length).toBeGreaterThan(5));
    minutes = 3;

    expect(await writing).toMatchObject({ code: 'RECORDS_BUSY', kind: 'transient' });

    // The call that was under way ends, and no more are made.
    const made = server.calls.length;
    await sleep(100);
    expect(server.calls.length - made).toBeLessThanOrEqual(1);
    expect(server.records()).toHaveLength(2);
    await small.close();
    await server.stop();
  });

  it('are not given up while the stream takes a little, nor waited with for long', async () => {
    let minutes = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => {
      minutes += 0.3;
      return performance.timeOrigin + minutes * 60_000;
    });
    bench.server.fail({ each: 2, code: 'ProvisionedThroughputExceededException' }, { times: 5 });
    const startedAt = performance.now();

    await bench.sink.write(records(64));

    expect(bench.calls()).toEqual([64, 32, 16, 8, 4, 2]);
    // A tenth of a second each; doubled every time it would be three seconds.
    expect(performance.now() - startedAt).toBeLessThan(2_500);
  });
});

describe('a look at the stream', () => {
  it('says how it is', async () => {
    await expect(bench.sink.check(never)).resolves.toBe('active, 2 shards');
    bench.server.status = 'UPDATING';
    await expect(bench.sink.check(never)).resolves.toBe('updating, 2 shards');
    bench.server.status = 'ACTIVE';
  });

  it('says that no server listens', async () => {
    const gone = await startKinesisServer();
    await gone.stop();
    const lost = bench.open({ endpoint: gone.endpoint });

    expect(await failureOf(lost.check(never))).toMatchObject({ code: 'RECORDS_UNREACHABLE', kind: 'fatal' });
    expect(await failureOf(lost.write(records(1)))).toMatchObject({ code: 'RECORDS_UNREACHABLE' });
  });

  it('is busy and not refused when too many look at once', async () => {
    bench.server.fail({ status: 400, code: 'LimitExceededException' }, { target: 'DescribeStreamSummary' });

    expect(await failureOf(bench.sink.check(never))).toMatchObject({
      code: 'RECORDS_BUSY',
      kind: 'transient',
    });
  });

  it('stops when it is told to', async () => {
    await expect(bench.sink.check(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});
