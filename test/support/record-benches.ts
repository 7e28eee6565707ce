import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import avro from 'avsc';
import { createAvroRecords } from '../../src/adapters/records-avro.ts';
import { createJsonLinesRecords } from '../../src/adapters/records-jsonl.ts';
import { createKinesisRecords } from '../../src/adapters/records-kinesis.ts';
import { createPostgresRecords } from '../../src/adapters/records-postgres.ts';
import type { PatronInfo, RecordSink } from '../../src/core/ports.ts';
import { startKinesisServer } from './kinesis-server.ts';
import { decoded, patronInfoSchema } from './patron-records.ts';
import { startPostgres } from './postgres.ts';
import { useTestCredentials } from './s3-server.ts';

/** A place for records, seen past the adapter. */
export interface RecordsBench {
  /** A sink for a place of a test's own; the same place for the same name. */
  open(name: string): RecordSink;
  /** What a reader of the place has seen, in order; a table has one row a patron, in the order of their numbers. */
  read(name: string): Promise<PatronInfo[]>;
  /** All that there is, to see that nothing changed. */
  traces(): Promise<unknown>;
  /** A sink that cannot be used as it is configured. */
  broken(): RecordSink;
  stop(): Promise<void>;
}

export async function kinesisBench(protocol: 'h2c' | 'http1'): Promise<RecordsBench> {
  useTestCredentials();
  const server = await startKinesisServer({ protocol });
  const starts = new Map<string, number>();
  const open = (streamArn: string) =>
    createKinesisRecords({
      ...{ streamArn, region: 'us-east-1', endpoint: server.endpoint },
      recordsPerCall: 500,
    });
  return {
    open(name) {
      if (!starts.has(name)) starts.set(name, server.records().length);
      return open(server.streamArn);
    },
    read: async (name) =>
      server
        .records()
        .slice(starts.get(name))
        .map(({ data }) => decoded(data)),
    traces: async () => server.records().length,
    broken: () => open(`${server.streamArn}-of-nobody`),
    stop: server.stop,
  };
}

async function fileBench(
  open: (path: string) => RecordSink,
  read: (path: string) => Promise<PatronInfo[]>,
): Promise<RecordsBench> {
  const root = await mkdtemp(join(tmpdir(), 'patronflow-records-'));
  return {
    open: (name) => open(join(root, name, 'records')),
    read: (name) => read(join(root, name, 'records')),
    traces: async () =>
      Promise.all(
        (await readdir(root, { recursive: true })).map(async (name) => [
          name,
          (await stat(join(root, name))).size,
        ]),
      ),
    broken: () => open(root),
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
  const open = (table: string, createTable: boolean) =>
    createPostgresRecords({
      ...{ url, user, password, tls: 'disable', table, createTable },
      ...{ connectTimeoutMs: 2_000, callTimeoutMs: 10_000 },
    });
  const days = ['creation_date_et', 'deletion_date_et', 'circ_active_date_et'];
  return {
    open: (name) => open(name, true),
    async read(name) {
      const rows = await database.query(
        `SELECT *, ${days.map((day) => `${day}::text`).join(', ')} FROM ${name}
        ORDER BY length(patron_id), patron_id`,
      );
      return rows as unknown as PatronInfo[];
    },
    traces: () => database.query("SELECT relname FROM pg_class WHERE relname !~ '^pg_' ORDER BY 1"),
    broken: () => open('no_such_table', false),
    async stop() {
      await database.close();
      await postgres.stop();
    },
  };
}
