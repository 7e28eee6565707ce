import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { createKinesisRecords, type KinesisRecordsOptions } from '../../src/adapters/records/kinesis.ts';
import type { EncodedRecord, RecordSink } from '../../src/poll/ports.ts';
import { type KinesisRecord, type KinesisServer, startKinesisServer } from './kinesis-server.ts';
import { patronInfo } from './patron-records.ts';
import { useTestCredentials } from './s3-server.ts';

/** A stream for the test file, and for each test a sink that writes to it, without waits at random. */
export interface KinesisBench {
  server: KinesisServer;
  sink: RecordSink;
  open(options?: Partial<KinesisRecordsOptions>): RecordSink;
  /** What arrived since the test began. */
  arrived(): readonly KinesisRecord[];
  /** The partition keys of what arrived. */
  keys(): string[];
  /** How many records each call brought. */
  calls(): number[];
}

export function useKinesis(): KinesisBench {
  const opened: RecordSink[] = [];
  let start = 0;
  const bench = {
    open: (options: Partial<KinesisRecordsOptions> = {}) => {
      const { streamArn, endpoint } = bench.server;
      const made = createKinesisRecords({
        ...{ streamArn, region: 'us-east-1', endpoint, recordsPerCall: 500 },
        ...options,
      });
      opened.push(made);
      return made;
    },
    arrived: (): readonly KinesisRecord[] => bench.server.records().slice(start),
    keys: () => bench.arrived().map(({ partitionKey }) => partitionKey),
    calls: () => bench.server.calls.map((call) => call.records),
  } as KinesisBench;
  beforeAll(async () => {
    useTestCredentials();
    bench.server = await startKinesisServer();
  });
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    start = bench.server.records().length;
    bench.sink = bench.open();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    for (const made of opened.splice(0)) await made.close();
    bench.server.heal();
  });
  afterAll(() => bench.server.stop());
  return bench;
}

export function idsOf(batch: readonly EncodedRecord[]): string[] {
  return batch.map(({ info }) => info.patron_id);
}

/** A record of so many bytes, its key counted. */
export function sized(number: number, bytes: number): EncodedRecord {
  const info = patronInfo(number);
  return { info, avro: Buffer.alloc(bytes - info.patron_id.length) };
}
