import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AwsCredentials } from '../adapters/clients/aws.ts';
import type { PollConfig } from '../config/poll-schema.ts';
import { dayOf } from '../core/clock.ts';
import { type Instant, parseInstant } from '../core/instant.ts';
import type { Checkpoint, ErrorReporter, Lease, Mailer } from '../core/ports.ts';
import { persistentRetry, standardRetry } from '../core/retry.ts';
import type { Cursors } from '../poll/cursor.ts';
import type { ConfiguredGeocoder } from '../poll/geocode.ts';
import type { PollJob } from '../poll/job.ts';
import { createObfuscator, type Obfuscator } from '../poll/obfuscate.ts';
import type { PatronMode, PatronSource, RecordSink, SchemaSource, Warehouse } from '../poll/ports.ts';
import type { ProcessContext } from './process-context.ts';
import { wireGeocoders } from './wire-geocoders.ts';
import { wireErrorReporter, wireMail } from './wire-notices.ts';
import { credentialsOf, wireCheckpoint, wireLease } from './wire-stores.ts';

/** The adapters of a poll, chosen by the URLs of its configuration. */
export interface PollAdapters {
  readonly source: PatronSource;
  readonly warehouse: Warehouse | null;
  readonly geocoders: readonly ConfiguredGeocoder[];
  readonly schema: SchemaSource;
  /** Made once the schema is known. */
  sinks(schema: unknown): Promise<readonly RecordSink[]>;
  readonly checkpoint: Checkpoint<unknown> | null;
  readonly lease: Lease | null;
  readonly mail: Mailer | null;
  readonly errorReporter: ErrorReporter | null;
  close(): Promise<void>;
}

/** Only the adapters that the job uses are loaded: the drivers of the others would double the start and the memory. */
export async function wireAdapters(
  config: PollConfig,
  version: string,
  context: ProcessContext,
  warn: (message: string) => void,
): Promise<PollAdapters> {
  const { createSierraPatrons } = await import('../adapters/patrons/sierra.ts');
  const source = createSierraPatrons({ ...postgresOptions(config.sierra), zone: config.time_zone });
  const warehouse = config.warehouse ? await wireWarehouse(config.warehouse) : null;
  const geocoders = await wireGeocoders(config.geocoding);
  const schema = await wireSchema(config, warn);
  const { checkpoint, lease } = await wireState(config, context);
  const mail = await wireMail(config.mail);
  const errorReporter = await wireErrorReporter(config, version);
  let sinks: readonly RecordSink[] = [];
  return {
    source,
    warehouse,
    geocoders,
    schema,
    sinks: async (document) => {
      sinks = await wireSinks(config, document);
      return sinks;
    },
    checkpoint,
    lease,
    mail,
    errorReporter,
    close: async () => {
      const allGeocoders = geocoders.map(({ geocoder }) => geocoder);
      const all = [source, warehouse, ...allGeocoders, schema, ...sinks, checkpoint, lease, mail];
      for (const adapter of all) await adapter?.close();
    },
  };
}

async function wireWarehouse(settings: NonNullable<PollConfig['warehouse']>): Promise<Warehouse> {
  const { createPostgresWarehouse } = await import('../adapters/warehouse/postgres.ts');
  return createPostgresWarehouse({ ...postgresOptions(settings), table: settings.table });
}

async function wireSchema(
  { schema, cache_directory }: PollConfig,
  warn: (message: string) => void,
): Promise<SchemaSource> {
  if (schema.startsWith('file:')) {
    const { createFileSchema } = await import('../adapters/schemas/file.ts');
    return createFileSchema({ path: schema.slice('file:'.length) });
  }
  const { createHttpSchema } = await import('../adapters/schemas/http.ts');
  const cacheDirectory = cache_directory ?? join(homedir(), '.cache', 'patronflow');
  return createHttpSchema({ url: schema, cacheDirectory, warn });
}

async function wireSinks({ records, aws }: PollConfig, schema: unknown): Promise<RecordSink[]> {
  if (records.discard) return [];
  const credentials = credentialsOf(aws);
  const sinks: RecordSink[] = [];
  for (const url of records.to ?? []) sinks.push(await wireSink(url, records, schema, credentials));
  return sinks;
}

async function wireSink(
  url: string,
  { kinesis, postgres }: PollConfig['records'],
  schema: unknown,
  credentials: AwsCredentials | undefined,
): Promise<RecordSink> {
  if (url.startsWith('kinesis:')) {
    const streamArn = url.slice('kinesis:'.length);
    const { createKinesisRecords } = await import('../adapters/records/kinesis.ts');
    return createKinesisRecords({
      streamArn,
      region: streamArn.split(':')[3] ?? '',
      endpoint: kinesis.endpoint,
      credentials,
      recordsPerCall: kinesis.records_per_call,
    });
  }
  if (url.startsWith('file:')) {
    const path = url.slice('file:'.length);
    if (path.endsWith('.jsonl')) {
      const { createJsonLinesRecords } = await import('../adapters/records/jsonl.ts');
      return createJsonLinesRecords({ path });
    }
    const { createAvroRecords } = await import('../adapters/records/avro.ts');
    return createAvroRecords({ path, schema });
  }
  const { createPostgresRecords } = await import('../adapters/records/postgres.ts');
  return createPostgresRecords({
    url,
    user: postgres.user,
    password: postgres.password,
    tls: postgres.tls,
    caFile: postgres.ca_file,
    // One batch of ten thousand rows takes seconds; a minute of nothing is a lock.
    connectTimeoutMs: 30_000,
    callTimeoutMs: 60_000,
    table: postgres.table,
    createTable: postgres.create_table,
  });
}

async function wireState(
  { checkpoint: settings, aws }: PollConfig,
  context: ProcessContext,
): Promise<Pick<PollAdapters, 'checkpoint' | 'lease'>> {
  if (settings.ignored || settings.at === undefined) return { checkpoint: null, lease: null };
  const { at, s3 } = settings;
  const store = { s3, credentials: credentialsOf(aws) };
  return { checkpoint: await wireCheckpoint(at, store), lease: await wireLease(at, store, context) };
}

function postgresOptions(settings: PollConfig['sierra']) {
  return {
    url: settings.url,
    user: settings.user,
    password: settings.password,
    tls: settings.postgres?.tls ?? 'verify-full',
    caFile: settings.postgres?.ca_file,
    connectTimeoutMs: settings.connect_timeout_seconds * 1000,
    callTimeoutMs: settings.call_timeout_seconds * 1000,
  } as const;
}

/** What a command adds to the configured job. */
export interface RunChoices {
  readonly now: Date;
  readonly isReplay: boolean;
  readonly modes?: readonly PatronMode[] | undefined;
  readonly maxBatches?: number | undefined;
  readonly since?: string | undefined;
  readonly dryRun: boolean;
}

/** Patrons of one batch at most, whatever is configured: two batches are in memory at a time. */
const maxPatronsAtATime = 5000;

const allModes: readonly PatronMode[] = ['new', 'updated', 'deleted'];

/** Puts the job together. */
export function wireJob(config: PollConfig, choices: RunChoices): PollJob {
  const { batches, time_zone: zone } = config;
  const max = choices.maxBatches ?? (batches.max === undefined ? Infinity : Math.max(1, batches.max));
  const sizes = { new: batches.active, updated: batches.active, deleted: batches.deleted };
  const modes = choices.modes ?? (config.backfill ? ['new'] : allModes);
  const each = (of: (mode: PatronMode) => number) => ({
    new: of('new'),
    updated: of('updated'),
    deleted: of('deleted'),
  });
  return {
    title: config.report.title,
    now: choices.now,
    isReplay: choices.isReplay,
    modes: allModes.filter((mode) => modes.includes(mode)),
    zone,
    safetyLagMs: config.safety_lag_seconds * 1000,
    pageSize: each((mode) => Math.min(sizes[mode], maxPatronsAtATime)),
    maxPatrons: each((mode) => sizes[mode] * max),
    start: startOf(config),
    since: choices.since === undefined ? null : instantIn(choices.since, zone),
    onOutage: config.geocoding.on_outage,
    dryRun: choices.dryRun,
    retry: standardRetry,
    persistentRetry,
  };
}

export function wireObfuscator({ obfuscation }: PollConfig, threads: number): Obfuscator {
  const { method, salt = '', long_input: longInput, key = '' } = obfuscation;
  return createObfuscator(method === 'bcrypt' ? { method, salt, longInput } : { method, key }, threads);
}

function startOf({ start, time_zone: zone }: PollConfig): Cursors {
  return {
    new: { at: instantIn(start.creation, zone), id: '' },
    updated: { at: instantIn(start.update, zone), id: '' },
    deleted: { at: start.deletion.slice(0, 10), id: '' },
    sentAsNew: [],
  };
}

/** The schema, or the command line, has checked that it is a time. */
function instantIn(text: string, zone: string): Instant {
  return parseInstant(text, zone) ?? `${dayOf(new Date(0))} 00:00:00.000000`;
}
