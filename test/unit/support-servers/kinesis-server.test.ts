import { createHash } from 'node:crypto';
import {
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KinesisServer, startKinesisServer } from '../../support/kinesis-server.ts';

let kinesis: KinesisServer;
let client: KinesisClient;

const records = (count: number, size = 4) =>
  Array.from({ length: count }, (_, index) => ({
    PartitionKey: `key-${index}`,
    Data: Buffer.alloc(size, String(index)),
  }));
const put = (Records: { PartitionKey: string; Data: Uint8Array }[], StreamName = kinesis.streamName) =>
  client.send(new PutRecordsCommand({ StreamName, Records }));
const invalid = (message: string) => ({
  name: 'ValidationException',
  message: expect.stringContaining(message),
});

describe.each(['h2c', 'http1'] as const)('over %s', (protocol) => {
  beforeEach(async () => {
    kinesis = await startKinesisServer({ protocol });
    client = new KinesisClient({
      region: 'us-east-1',
      endpoint: kinesis.endpoint,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
      ...(protocol === 'http1' && { requestHandler: new NodeHttpHandler() }),
    });
  });
  afterEach(async () => {
    client.destroy();
    await kinesis.stop();
  });

  test('keeps 500 records in order, each in the shard of its key', async () => {
    const sent = records(500);
    const { FailedRecordCount, Records = [] } = await put(sent);
    expect(FailedRecordCount).toBe(0);
    const kept = kinesis.records();
    expect(kept.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data }))).toEqual(sent);
    expect(Records.map((result) => result.SequenceNumber)).toEqual(
      kept.map((record) => record.sequenceNumber),
    );
    for (const { partitionKey, shard } of kept) {
      // Two shards: the first bit of the hash decides.
      expect(shard).toBe(createHash('md5').update(partitionKey).digest().readUInt8() >> 7);
    }
    const numbers = kept.map((record) => record.sequenceNumber);
    expect(numbers.toSorted()).toEqual(numbers);
    expect(kinesis.calls).toEqual([{ target: 'PutRecords', records: 500 }]);
  });

  test('takes one record, by the ARN of the stream', async () => {
    const { ShardId, SequenceNumber } = await client.send(
      new PutRecordCommand({ StreamARN: kinesis.streamArn, PartitionKey: 'a', Data: Buffer.from('b') }),
    );
    expect(kinesis.records()).toMatchObject([{ partitionKey: 'a', sequenceNumber: SequenceNumber }]);
    expect(ShardId).toBe(`shardId-00000000000${kinesis.records()[0]?.shard}`);
  });

  test('describes the stream and its shards', async () => {
    const { StreamName, StreamARN } = { StreamName: kinesis.streamName, StreamARN: kinesis.streamArn };
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    expect(StreamDescriptionSummary).toMatchObject({
      StreamName,
      StreamARN,
      StreamStatus: 'ACTIVE',
      OpenShardCount: 2,
      StreamCreationTimestamp: expect.any(Date),
    });
    kinesis.status = 'UPDATING';
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamARN }));
    expect(StreamDescription).toMatchObject({ StreamStatus: 'UPDATING', HasMoreShards: false });
    const { Shards } = await client.send(new ListShardsCommand({ StreamName }));
    expect(Shards).toEqual(StreamDescription?.Shards);
    expect(Shards?.map((shard) => shard.HashKeyRange)).toEqual([
      { StartingHashKey: '0', EndingHashKey: String(2n ** 127n - 1n) },
      { StartingHashKey: String(2n ** 127n), EndingHashKey: String(2n ** 128n - 1n) },
    ]);
  });

  test('does not know other streams', async () => {
    const unknown = { name: 'ResourceNotFoundException', message: expect.stringContaining('other') };
    await expect(put(records(1), 'other')).rejects.toMatchObject(unknown);
    const StreamARN = kinesis.streamArn.replace('patrons', 'other');
    await expect(client.send(new DescribeStreamSummaryCommand({ StreamARN }))).rejects.toMatchObject(unknown);
  });

  test('has the limits of the service', async () => {
    await expect(put(records(501))).rejects.toMatchObject(invalid('less than or equal to 500'));
    await expect(put([])).rejects.toMatchObject(invalid('greater than or equal to 1'));
    await expect(put(records(2, 1024 * 1024 + 1))).rejects.toMatchObject(invalid("'records.1.member.data'"));
    await expect(put(records(1, 1024 * 1024))).rejects.toMatchObject({ name: 'InvalidArgumentException' });
    const keys = 5 * 'key-0'.length;
    const full = records(5, 1024 * 1024 - 'key-0'.length);
    expect(await put(full)).toMatchObject({ FailedRecordCount: 0 });
    await expect(put([...full, ...records(1, keys)])).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: 'Records size exceeds 5 MB limit',
    });
    expect(kinesis.records()).toHaveLength(5);
  });

  test('fails whole calls, and some records of a call', async () => {
    kinesis.fail({ status: 500, code: 'InternalFailure' }, { times: 1 });
    kinesis.fail({ each: 3, code: 'ProvisionedThroughputExceededException' }, { times: 1 });
    await client.send(new DescribeStreamSummaryCommand({ StreamName: kinesis.streamName }));
    await expect(put(records(7))).rejects.toMatchObject({
      name: 'InternalFailure',
      $metadata: { httpStatusCode: 500 },
    });
    const { FailedRecordCount, Records } = await put(records(7));
    expect(FailedRecordCount).toBe(2);
    expect(Records?.map((record) => record.ErrorCode !== undefined)).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((number) => number % 3 === 0),
    );
    expect(Records?.[2]?.ErrorMessage).toMatch(/^Rate exceeded for shard shardId-00000000000[01] in stream/);
    expect(kinesis.records()).toHaveLength(5);
    expect(await put(records(7))).toMatchObject({ FailedRecordCount: 0 });
    kinesis.fail({ status: 400, code: 'AccessDeniedException' }, { target: 'ListShards' });
    await expect(
      client.send(new ListShardsCommand({ StreamName: kinesis.streamName })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('cuts before and after acceptance, delays, and heals', async () => {
    kinesis.fail({ cut: 'before' }, { times: 1 });
    kinesis.fail({ cut: 'after' }, { times: 1 });
    kinesis.fail({ delayMs: 100 }, { times: 1 });
    kinesis.fail({ status: 400, code: 'LimitExceededException' });
    await expect(put(records(1))).rejects.toThrow();
    expect(kinesis.records()).toHaveLength(0);
    await expect(put(records(1))).rejects.toThrow();
    expect(kinesis.records()).toHaveLength(1);
    const begun = performance.now();
    await put(records(1));
    expect(performance.now() - begun).toBeGreaterThan(95);
    await expect(put(records(1))).rejects.toMatchObject({ name: 'LimitExceededException' });
    kinesis.heal();
    expect(kinesis.calls).toEqual([]);
    await put(records(1));
    expect(kinesis.records()).toHaveLength(3);
  });

  test('stops while a call waits', async () => {
    kinesis.fail({ delayMs: 60_000 });
    const call = expect(put(records(1))).rejects.toThrow();
    await expect.poll(() => kinesis.calls.length).toBe(1);
    await kinesis.stop();
    await call;
  });

  test('takes large calls at the same time', async () => {
    const calls = Array.from({ length: 4 }, () => put(records(5, 1024 * 1024 - 5)));
    for (const { FailedRecordCount } of await Promise.all(calls)) expect(FailedRecordCount).toBe(0);
  });

  test('throttles each shard in real time', async () => {
    // A shard's next token is half a second away: the test is faster than that, or waits for it.
    kinesis.throttle = { recordsPerSecond: 2 };
    const one = (PartitionKey: string) =>
      Array.from({ length: 10 }, () => ({ PartitionKey, Data: Buffer.from('x') }));
    // Two keys of different shards.
    expect(await put([...one('key-0'), ...one('key-1')])).toMatchObject({ FailedRecordCount: 16 });
    expect(new Set(kinesis.records().map((record) => record.shard)).size).toBe(2);
    const lone = new PutRecordCommand({
      StreamName: kinesis.streamName,
      PartitionKey: 'key-0',
      Data: Buffer.from('x'),
    });
    await expect(client.send(lone)).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    const isTaken = () =>
      client.send(lone).then(
        () => true,
        () => false,
      );
    await expect.poll(isTaken, { timeout: 10_000 }).toBe(true);
    kinesis.heal();
    expect(await put(one('key-0'))).toMatchObject({ FailedRecordCount: 0 });
    kinesis.throttle = { recordsPerSecond: 2 };
    expect(await put(one('key-0'))).toMatchObject({ FailedRecordCount: 8 });
  });
});
