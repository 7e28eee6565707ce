import { homedir } from 'node:os';
import { join } from 'node:path';
import { checkpoints } from '../adapters/checkpoints/index.ts';
import { geocoders } from '../adapters/geocoders/index.ts';
import { patronSources } from '../adapters/patrons/index.ts';
import { recordSinks } from '../adapters/records/index.ts';
import { schemaSources } from '../adapters/schemas/index.ts';
import { warehouses } from '../adapters/warehouse/index.ts';
import { sendsInClear } from '../config/geocoding-schema.ts';
import type { PollConfig } from '../config/poll-schema.ts';
import { awsCredentials } from '../core/aws-credentials.ts';
import { dayOf } from '../core/clock.ts';
import { type Instant, parseInstant } from '../core/instant.ts';
import type { Log } from '../core/log.ts';
import type { Checkpoint, ErrorReporter, Lease, Notice } from '../core/ports.ts';
import { persistentRetry, standardRetry } from '../core/retry.ts';
import type { Cursors } from '../poll/cursor.ts';
import type { AddressForm, ConfiguredGeocoder } from '../poll/geocode.ts';
import type { PollJob } from '../poll/job.ts';
import { createObfuscator, type Obfuscator } from '../poll/obfuscate.ts';
import type {
  GeocoderSettings,
  PatronMode,
  PatronSource,
  RecordSink,
  RecordSinkSettings,
  SchemaSource,
  TurnsOf,
  Warehouse,
} from '../poll/ports.ts';
import type { ProcessContext } from './process-context.ts';
import {
  knownRisks,
  type Risk,
  type WiredMail,
  wireErrorReporter,
  wireLease,
  wireMails,
  wireNotices,
} from './wire-shared.ts';

export interface WiredGeocoder extends ConfiguredGeocoder {
  /** Whether addresses go to it over a network without encryption. */
  readonly isInClear: boolean;
}

/** The adapters of a poll, chosen by the URLs of its configuration. */
export interface PollAdapters {
  readonly source: PatronSource;
  readonly warehouse: Warehouse | null;
  readonly geocoders: readonly WiredGeocoder[];
  readonly schema: SchemaSource;
  /** Made once the schema is known. */
  sinks(schema: unknown, fields: RecordSinkSettings['fields']): readonly RecordSink[];
  readonly checkpoint: Checkpoint<unknown> | null;
  readonly lease: Lease | null;
  readonly mails: readonly WiredMail[];
  readonly notices: readonly Notice[];
  readonly errorReporter: ErrorReporter | null;
  close(): Promise<void>;
}

/** Makes the adapters; drivers are loaded, and connections opened, when a run first uses them. */
export function wireAdapters(
  config: PollConfig,
  version: string,
  context: ProcessContext,
  {
    log,
    isTrial,
    turnsOf,
  }: { readonly log: Log; readonly isTrial: boolean; readonly turnsOf?: TurnsOf | undefined },
): PollAdapters {
  const source = patronSources.create({ zone: config.time_zone }, config);
  // The schema of the configuration asks for one.
  if (!source) throw new Error('a poll without a source of patrons');
  const warehouse = config.warehouse
    ? wireWarehouse(config.warehouse, isTrial && makesWarehouse(config))
    : null;
  const cascade = wireGeocoders(config.geocoding, { log, turnsOf });
  const warn = (message: string) => log.warn(message);
  const cacheDirectory = config.cache_directory ?? join(homedir(), '.cache', 'patronflow');
  const schema = schemaSources.create({ url: config.schema, cacheDirectory, warn }, config);
  const { checkpoint, lease } = wireState(config, context, warn);
  const mails = wireMails(config.mail);
  const errorReporter = wireErrorReporter(config, version);
  let sinks: readonly RecordSink[] = [];
  return {
    source,
    warehouse,
    geocoders: cascade,
    schema,
    sinks: (document, fields) => {
      sinks = wireSinks(config, { schema: document, fields });
      return sinks;
    },
    checkpoint,
    lease,
    mails,
    notices: wireNotices(config),
    errorReporter,
    close: async () => {
      const all = [source, warehouse, ...cascade.map(({ geocoder }) => geocoder), schema];
      for (const adapter of [...all, ...sinks, checkpoint, lease, ...mails.map(({ mailer }) => mailer)])
        await adapter?.close();
    },
  };
}

/** Parts of the job that are less safe than they should be. */
export function risksOf({ checkpoint: settings }: PollConfig, { checkpoint }: PollAdapters): readonly Risk[] {
  if (!checkpoint) return [];
  return knownRisks([
    ['checkpoint', checkpoint.name, checkpoints.risk({ url: settings.at ?? '' }, settings)],
  ]);
}

/** Whether the first run makes the table of the warehouse, because it is that of a sink. */
function makesWarehouse({ warehouse, records }: PollConfig): boolean {
  const { table, create_table: isMade } = records.postgres;
  const placeOf = (url: string) => {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  };
  const sinks = (records.to ?? []).filter((url) => /^postgres(ql)?:/.test(url)).map(placeOf);
  return isMade && table === warehouse?.table && sinks.includes(placeOf(warehouse.url));
}

function wireWarehouse(settings: NonNullable<PollConfig['warehouse']>, mayBeMissing: boolean): Warehouse {
  const { connect_timeout_seconds: connect, call_timeout_seconds: call, ...place } = settings;
  const timeouts = { connectTimeoutMs: connect * 1000, callTimeoutMs: call * 1000 };
  return warehouses.create({ ...place, ...timeouts, mayBeMissing }, settings);
}

/** Those that read an address by the tagger themselves have no use for one that it has put into order. */
const ownReading: readonly AddressForm[] = ['as_written'];

/** The geocoders of the cascade, in order. */
function wireGeocoders(
  { geocoders: chosen }: PollConfig['geocoding'],
  given: GeocoderSettings,
): WiredGeocoder[] {
  return chosen.flatMap((settings) => {
    const found = geocoders.find(({ system }) => system === settings.via);
    const geocoder = found?.create(given, settings as never);
    const forms = 'forms' in settings ? settings.forms : ownReading;
    return geocoder ? [{ geocoder, forms, isInClear: sendsInClear(settings) }] : [];
  });
}

function wireSinks(
  { records, aws }: PollConfig,
  sent: Pick<RecordSinkSettings, 'schema' | 'fields'>,
): RecordSink[] {
  if (records.discard) return [];
  const credentials = awsCredentials(aws);
  return (records.to ?? []).map((url) => recordSinks.create({ url, ...sent, credentials }, records));
}

function wireState(
  { checkpoint: settings, aws }: PollConfig,
  context: ProcessContext,
  warn: (message: string) => void,
): Pick<PollAdapters, 'checkpoint' | 'lease'> {
  if (settings.ignored || settings.at === undefined) return { checkpoint: null, lease: null };
  const at = { url: settings.at, credentials: awsCredentials(aws) };
  return { checkpoint: checkpoints.create(at, settings), lease: wireLease(at, settings, context, warn) };
}

/** What a command adds to the configured job. */
export interface RunChoices {
  readonly now: Date;
  readonly isReplay: boolean;
  readonly modes?: readonly PatronMode[] | undefined;
  readonly maxBatches?: number | undefined;
  readonly since?: string | undefined;
  readonly dryRun: boolean;
  readonly acceptChange: boolean;
}

/** Patrons of one batch at most, even if more are configured: two batches are in memory at a time. */
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
    postalCode: config.postal_code,
    onOutage: config.geocoding.on_outage,
    dryRun: choices.dryRun,
    acceptChange: choices.acceptChange,
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
