import { createHash } from 'node:crypto';
import { AwsError, type AwsFault, account, lengthError, region, startAwsJsonServer } from './aws-json.ts';
import { ScriptedFaults, type When } from './scripted-faults.ts';

export type KinesisOperation =
  | 'PutRecords'
  | 'PutRecord'
  | 'DescribeStreamSummary'
  | 'DescribeStream'
  | 'ListShards';

export type KinesisFault =
  | AwsFault
  /** Every n-th record of a call fails, and the call does not; counted anew in each call. */
  | { readonly each: number; readonly code: string };

export interface KinesisRecord {
  readonly partitionKey: string;
  readonly data: Buffer;
  readonly shard: number;
  readonly sequenceNumber: string;
}

export interface KinesisServer {
  readonly endpoint: string;
  readonly streamName: string;
  readonly streamArn: string;
  /** Every record that was accepted, in the order of acceptance. */
  records(): readonly KinesisRecord[];
  /** Every call that arrived, in order, with how many records it brought. */
  readonly calls: { readonly target: string; readonly records: number }[];
  /** What the service says of the stream. */
  status: 'ACTIVE' | 'CREATING' | 'UPDATING' | 'DELETING';
  /** How many records each shard takes in real time; the others fail as they do in Kinesis. */
  throttle: { readonly recordsPerSecond: number } | null;
  /** The only token that has not expired; null: any, and none. */
  token: string | null;
  /** Lets calls fail: those that write, when no other operation is told. */
  fail(fault: KinesisFault, when?: When & { readonly target?: KinesisOperation }): void;
  /** Forgets faults, throttle and calls; the records stay. */
  heal(): void;
  stop(): Promise<void>;
}

export interface KinesisOptions {
  /** HTTP/2 is what the SDK speaks by default. */
  readonly protocol?: 'h2c' | 'http1';
  readonly shards?: number;
  readonly stream?: string;
}

interface Entry {
  readonly Data: string;
  readonly PartitionKey: string;
  readonly ExplicitHashKey?: string;
}

const mebibyte = 1024 * 1024;
const maxRecords = 500;
const maxRecord = mebibyte;
const maxCall = 5 * mebibyte;
const hashKeys = 2n ** 128n;

/** A Kinesis with one stream, which keeps what it takes and has the service's limits. */
export async function startKinesisServer({
  protocol = 'h2c',
  shards = 2,
  stream: streamName = 'patrons',
}: KinesisOptions = {}): Promise<KinesisServer> {
  const streamArn = `arn:aws:kinesis:${region}:${account}:stream/${streamName}`;
  const faults = new ScriptedFaults<KinesisFault, string>();
  const records: KinesisRecord[] = [];
  const calls: KinesisServer['calls'] = [];
  const buckets = new Map<number, { tokens: number; at: number }>();

  const requireStream = ({ StreamName, StreamARN }: Record<string, unknown>): void => {
    if (StreamName === undefined && StreamARN === undefined) {
      throw new AwsError('InvalidArgumentException', 'Either StreamName or StreamARN is required.');
    }
    if ((StreamName ?? streamName) === streamName && (StreamARN ?? streamArn) === streamArn) return;
    const asked = StreamName ?? String(StreamARN).split('/').at(-1);
    throw new AwsError('ResourceNotFoundException', `Stream ${asked} under account ${account} not found.`);
  };

  /** A second's worth of records at once, then as many as time has brought. */
  const hasRoom = (shard: number): boolean => {
    if (server.throttle === null) return true;
    const { recordsPerSecond } = server.throttle;
    const now = performance.now();
    const bucket = buckets.get(shard) ?? { tokens: recordsPerSecond, at: now };
    const earned = ((now - bucket.at) / 1000) * recordsPerSecond;
    const tokens = Math.min(recordsPerSecond, bucket.tokens + earned);
    const isEnough = tokens >= 1;
    buckets.set(shard, { tokens: isEnough ? tokens - 1 : tokens, at: now });
    return isEnough;
  };

  const put = (entry: Entry, failsWith: string | null) => {
    const shard = shardOf(entry, shards);
    const ShardId = shardId(shard);
    const code = failsWith ?? (hasRoom(shard) ? null : 'ProvisionedThroughputExceededException');
    if (code !== null) {
      const isRate = code === 'ProvisionedThroughputExceededException';
      const rate = `Rate exceeded for shard ${ShardId} in stream ${streamName} under account ${account}.`;
      return { ErrorCode: code, ErrorMessage: isRate ? rate : 'Internal Service Failure' };
    }
    const sequenceNumber = `4959033827149025660${String(records.length).padStart(37, '0')}`;
    const data = Buffer.from(entry.Data, 'base64');
    records.push({ partitionKey: entry.PartitionKey, data, shard, sequenceNumber });
    return { ShardId, SequenceNumber: sequenceNumber };
  };

  const act = (
    operation: string,
    body: Record<string, unknown>,
    failing: { each: number; code: string } | null,
  ): object => {
    const failureOf = (index: number): string | null =>
      failing !== null && (index + 1) % failing.each === 0 ? failing.code : null;
    if (operation === 'PutRecords') {
      const entries = (body.Records ?? []) as Entry[];
      requireLengths(entries);
      requireStream(body);
      requireSizes(entries);
      const results = entries.map((entry, index) => put(entry, failureOf(index)));
      const failed = results.filter((result) => 'ErrorCode' in result).length;
      return { FailedRecordCount: failed, Records: results, EncryptionType: 'NONE' };
    }
    if (operation === 'PutRecord') {
      const entry = body as unknown as Entry;
      requireLengths([entry], 'data');
      requireStream(body);
      requireSizes([entry]);
      const result = put(entry, failureOf(0));
      if (!('ErrorCode' in result)) return { ...result, EncryptionType: 'NONE' };
      const status = result.ErrorCode === 'InternalFailure' ? 500 : 400;
      throw new AwsError(result.ErrorCode, result.ErrorMessage, status);
    }
    requireStream(body);
    if (operation === 'ListShards') return { Shards: shardList(shards) };
    const stream = {
      StreamName: streamName,
      StreamARN: streamArn,
      StreamStatus: server.status,
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
      StreamCreationTimestamp: 1_790_000_000,
      RetentionPeriodHours: 24,
      EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      EncryptionType: 'NONE',
    };
    if (operation === 'DescribeStream') {
      return { StreamDescription: { ...stream, Shards: shardList(shards), HasMoreShards: false } };
    }
    if (operation !== 'DescribeStreamSummary') throw new AwsError('UnknownOperationException');
    return { StreamDescriptionSummary: { ...stream, OpenShardCount: shards } };
  };

  const { endpoint, stop } = await startAwsJsonServer({
    target: 'Kinesis_20131202',
    protocol,
    plan: (operation, body, token) => {
      const brought = Array.isArray(body.Records) ? body.Records.length : operation === 'PutRecord' ? 1 : 0;
      calls.push({ target: operation, records: brought });
      if (server.token !== null && token !== server.token)
        return { fault: { status: 400, code: 'ExpiredTokenException' }, act: () => ({}) };
      const fault = faults.take(operation);
      if (fault && 'each' in fault) return { fault: null, act: () => act(operation, body, fault) };
      return { fault, act: () => act(operation, body, null) };
    },
  });
  const server: KinesisServer = {
    endpoint,
    streamName,
    streamArn,
    records: () => records,
    calls,
    status: 'ACTIVE',
    throttle: null,
    token: null,
    fail: (fault, { target, ...when } = {}) =>
      faults.add(fault, when, (operation) => (target ? operation === target : operation.startsWith('Put'))),
    heal: () => {
      faults.clear();
      buckets.clear();
      calls.length = 0;
      server.throttle = null;
      server.token = null;
    },
    stop,
  };
  return server;
}

/** The shard whose equal part of the hash keys holds the MD5 of the partition key. */
function shardOf({ PartitionKey, ExplicitHashKey }: Entry, shards: number): number {
  const hash = ExplicitHashKey ?? `0x${createHash('md5').update(PartitionKey).digest('hex')}`;
  return Number((BigInt(hash) * BigInt(shards)) / hashKeys);
}

function shardId(shard: number): string {
  return `shardId-${String(shard).padStart(12, '0')}`;
}

function shardList(shards: number): object[] {
  // The first key whose product in shardOf reaches the shard: rounded up.
  const startOf = (shard: number): bigint =>
    (hashKeys * BigInt(shard) + BigInt(shards) - 1n) / BigInt(shards);
  return Array.from({ length: shards }, (_, shard) => ({
    ShardId: shardId(shard),
    HashKeyRange: {
      StartingHashKey: String(startOf(shard)),
      EndingHashKey: String(startOf(shard + 1) - 1n),
    },
    SequenceNumberRange: { StartingSequenceNumber: '4959033827149025660' },
  }));
}

/** What the service checks of a call before it looks for the stream. */
function requireLengths(entries: readonly Entry[], path?: string): void {
  if (entries.length === 0) throw lengthError('records', 'greater than or equal to 1');
  if (entries.length > maxRecords) throw lengthError('records', `less than or equal to ${maxRecords}`);
  for (const [index, { Data = '', PartitionKey = '' }] of entries.entries()) {
    const field = (name: string) => (path ? name : `records.${index + 1}.member.${name}`);
    if (Buffer.byteLength(Data, 'base64') > maxRecord) {
      throw lengthError(field('data'), `less than or equal to ${maxRecord}`);
    }
    if (PartitionKey.length === 0) throw lengthError(field('partitionKey'), 'greater than or equal to 1');
    if (PartitionKey.length > 256) throw lengthError(field('partitionKey'), 'less than or equal to 256');
  }
}

/** The limits that count the partition keys too. */
function requireSizes(entries: readonly Entry[]): void {
  const sizes = entries.map(
    ({ Data, PartitionKey }) => Buffer.byteLength(Data, 'base64') + Buffer.byteLength(PartitionKey),
  );
  if (sizes.some((size) => size > maxRecord)) {
    throw new AwsError('InvalidArgumentException', 'Record size exceeds 1 MB limit');
  }
  if (sizes.reduce((sum, size) => sum + size, 0) > maxCall) {
    throw new AwsError('InvalidArgumentException', 'Records size exceeds 5 MB limit');
  }
}
