import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import avro from 'avsc';
import { createAvroRecords } from '../../src/adapters/records/avro.ts';
import { createJsonLinesRecords } from '../../src/adapters/records/jsonl.ts';
import { createKinesisRecords } from '../../src/adapters/records/kinesis.ts';
import { createPostgresRecords } from '../../src/adapters/records/postgres.ts';
import { patronInfoFields } from '../../src/poll/encode-patron-info.ts';
import type { EncodedRecord, PatronInfo, RecordSink } from '../../src/poll/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { filesBelow } from './files-below.ts';
import { startKinesisServer } from './kinesis-server.ts';
import { never } from './never.ts';
import { decoded, patronInfoSchema } from './patron-records.ts';
import { contentsOf, cutConnections, startPostgres, whileLocked } from './postgres.ts';
import { useTestCredentials } from './s3-server.ts';

/** A place for records, seen past the adapter. */
export interface RecordsBench extends AdapterBench<RecordSink> {
  /** A sink for a place of a test's own; the same place for the same name. */
  open(name?: string): RecordSink;
  /** What a reader of the place has seen, in order; a table has one row a patron, in the order of their numbers. */
  read(name: string): Promise<PatronInfo[]>;
  /** Does the work on a place that has records, and cuts the connection in the middle of it; null where there is none. */
  readonly cutDuring: ((name: string, work: () => Promise<void>) => Promise<void>) | null;
}

/** Writes as a run does: only into a sink that was opened. */
export async function writeTo(sink: RecordSink, records: readonly EncodedRecord[]): Promise<void> {
  await sink.open(false, never);
  await sink.write(records);
}

export async function kinesisBench(protocol: 'h2c' | 'http1'): Promise<RecordsBench> {
  useTestCredentials();
  const server = await startKinesisServer({ protocol });
  const starts = new Map<string, number>();
  const open = (options: { streamArn?: string; endpoint?: string } = {}) =>
    createKinesisRecords({
      ...{ streamArn: server.streamArn, region: 'us-east-1', endpoint: server.endpoint },
      recordsPerCall: 500,
      ...options,
    });
  return {
    open(name = 'anywhere') {
      if (!starts.has(name)) starts.set(name, server.records().length);
      return open();
    },
    read: async (name) =>
      server
        .records()
        .slice(starts.get(name))
        .map(({ data }) => decoded(data)),
    broken: async () => [
      {
        what: 'a stream that is not there',
        adapter: open({ streamArn: `${server.streamArn}-missing` }),
        code: 'RECORDS_REFUSED',
      },
    ],
    at: (port) => open({ endpoint: `http://127.0.0.1:${port}` }),
    traces: async () => server.records().length,
    secrets: ['test-secret-key'],
    async cutDuring(_name, work) {
      // More often than the SDK tries by itself, and before the stream has anything.
      server.fail({ cut: 'before' }, { after: 1, times: 20 });
      await work();
      server.heal();
    },
    stop: server.stop,
  };
}

async function fileBench(
  open: (path: string) => RecordSink,
  read: (path: string) => Promise<PatronInfo[]>,
): Promise<RecordsBench> {
  const root = await mkdtemp(join(tmpdir(), 'patronflow-records-'));
  return {
    open: (name = 'anywhere') => open(join(root, name, 'records')),
    read: (name) => read(join(root, name, 'records')),
    broken: async () => [{ what: 'a file that is a folder', adapter: open(root), code: 'RECORDS_REFUSED' }],
    at: null,
    traces: () => filesBelow(root),
    secrets: [],
    cutDuring: null,
    stop: () => rm(root, { recursive: true }),
  };
}

export const avroBench = () =>
  fileBench((path) => createAvroRecords({ path, schema: patronInfoSchema }), readAvro);

export const jsonLinesBench = () => fileBench((path) => createJsonLinesRecords({ path }), readJsonLines);

/** By a reader that is not ours. */
export async function readAvro(path: string): Promise<PatronInfo[]> {
  const found: PatronInfo[] = [];
  for await (const info of avro.createFileDecoder(path)) found.push({ ...info });
  return found;
}

export async function readJsonLines(path: string): Promise<PatronInfo[]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  if (lines.pop() !== '') throw new Error('the last line does not end');
  return lines.map((line) => JSON.parse(line));
}

export async function postgresBench(): Promise<RecordsBench> {
  const postgres = await startPostgres();
  const database = await postgres.freshDatabase();
  const { url, user, password } = database;
  const open = (table: string, options: { url?: string; password?: string; createTable?: boolean } = {}) =>
    createPostgresRecords({
      ...{ url, user, password, tls: 'disable', table, fields: patronInfoFields, createTable: true },
      ...{ connectTimeoutMs: 10_000, callTimeoutMs: 10_000 },
      ...options,
    });
  const days = ['creation_date_et', 'deletion_date_et', 'circ_active_date_et'];
  return {
    open: (name = 'anywhere') => open(name),
    async read(name) {
      const rows = await database.query(
        `SELECT *, ${days.map((day) => `${day}::text`).join(', ')} FROM ${name}
        ORDER BY length(patron_id), patron_id`,
      );
      return rows as unknown as PatronInfo[];
    },
    broken: async () => [
      {
        what: 'a table that is not there',
        adapter: open('no_such_table', { createTable: false }),
        code: 'RECORDS_REFUSED',
      },
      {
        what: 'a wrong password',
        adapter: open('anywhere', { password: 'guessed-secret' }),
        code: 'RECORDS_REFUSED',
      },
    ],
    at: (port) => open('anywhere', { url: `postgres://127.0.0.1:${port}/warehouse` }),
    traces: () => contentsOf(database),
    secrets: [password, 'guessed-secret'],
    async cutDuring(name, work) {
      let working: Promise<void> | undefined;
      await whileLocked(database, name, async (untilWaiting) => {
        working = work();
        await untilWaiting();
        await cutConnections(database);
      });
      await working;
    },
    async stop() {
      await database.close();
      await postgres.stop();
    },
  };
}
