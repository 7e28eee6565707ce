import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import avro from 'avsc';
import { type CensusServer, startCensusServer } from './census-server.ts';
import { isAlive, type Ran, type RunOptions, run, temporaryDirectory } from './command.ts';
import { type CommandProcess, type ProcessOptions, startCommand } from './command-process.ts';
import { type KinesisServer, startKinesisServer } from './kinesis-server.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from './postgres.ts';
import { type S3Server, startS3Server, useTestCredentials } from './s3-server.ts';
import { makeSierra } from './sierra.ts';

export const patronInfoSchema = JSON.parse(
  readFileSync(new URL('../../presets/patron-info-poller/patron-info.avsc', import.meta.url), 'utf8'),
);
const type = avro.Type.forSchema(patronInfoSchema);

export const salt = '$2a$04$8AvAPrrUsmlBa50qgc683e';
/** The same in bytes, as the binding takes it. */
export const saltBytes = Buffer.from('f82c4246db56ba89c373bdac89ef3ee6', 'hex');

/** All that the preset talks to, each a server that speaks the real protocol. */
export interface PollerBench {
  readonly postgres: TestPostgres;
  readonly kinesis: KinesisServer;
  readonly s3: S3Server;
  readonly census: CensusServer;
  stop(): Promise<void>;
}

/** @param isOwn for pages that are made before the first test */
export async function startPollerBench({ isOwn = false } = {}): Promise<PollerBench> {
  useTestCredentials();
  const [postgres, kinesis, s3, census] = await Promise.all([
    startPostgres({ isOwn }),
    startKinesisServer(),
    startS3Server(),
    startCensusServer(),
  ]);
  s3.createBucket('states');
  return {
    postgres,
    kinesis,
    s3,
    census,
    stop: async () => {
      await Promise.all([postgres.stop(), kinesis.stop(), s3.stop(), census.stop()]);
    },
  };
}

/** One installation of the poller: a database of its own, a state of its own. */
export interface Poller {
  readonly database: TestDatabase;
  readonly environment: Record<string, string>;
  /** Runs the preset; `more` goes over the environment. */
  poll(args?: readonly string[], more?: Record<string, string>, options?: RunOptions): Promise<Ran>;
  /** Starts the preset as a process of its own, which a test may kill. */
  start(
    args?: readonly string[],
    more?: Record<string, string>,
    options?: Partial<ProcessOptions>,
  ): CommandProcess;
  readonly directory: string;
  /** The object that holds the state. */
  readonly stateKey: string;
  /** The records that arrived since the last look, in order. */
  records(): Record<string, unknown>[];
  state(): Promise<Record<string, unknown> | null>;
  putState(state: unknown): Promise<void>;
  close(): Promise<void>;
}

let pollers = 0;

/** Above every number of a real process. */
const firstPid = 10_000_000;

/** @param at a directory that outlives the test */
export async function makePoller(bench: PollerBench, at?: string): Promise<Poller> {
  const { kinesis, s3, census, postgres } = bench;
  const database = await postgres.freshDatabase();
  await makeSierra(database);
  const { hostname, port, pathname } = new URL(database.url);
  const directory = at ?? (await temporaryDirectory());
  pollers += 1;
  const key = `state-${pollers}.json`;
  const target = { Bucket: 'states', Key: key };
  const environment = {
    SIERRA_DB_HOST: hostname,
    SIERRA_DB_PORT: port,
    SIERRA_DB_NAME: pathname.slice(1),
    SIERRA_DB_USER: database.user,
    SIERRA_DB_PASSWORD: database.password,
    REDSHIFT_DB_HOST: hostname,
    REDSHIFT_DB_PORT: port,
    REDSHIFT_DB_NAME: pathname.slice(1),
    REDSHIFT_DB_USER: database.user,
    REDSHIFT_DB_PASSWORD: database.password,
    REDSHIFT_TABLE: 'patron_info',
    BCRYPT_SALT: salt,
    GEOCODER_API_BASE_URL: `${census.endpoint}/geocoder/geographies/addressbatch`,
    GEOCODER_API_BENCHMARK: 'Public_AR_Current',
    GEOCODER_API_VINTAGE: 'Current_Current',
    GEOCODER_API_KEY: 'census-key-4711',
    KINESIS_STREAM_ARN: kinesis.streamArn,
    KINESIS_BATCH_SIZE: '500',
    S3_BUCKET: 'states',
    S3_RESOURCE: key,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test-access-key',
    AWS_SECRET_ACCESS_KEY: 'test-secret-key',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_KINESIS: kinesis.endpoint,
    LOG_LEVEL: 'debug',
  };
  let seen = kinesis.records().length;
  let pid = firstPid;
  return {
    database,
    environment,
    poll: (args = [], more = {}, options = {}) =>
      run(['poll', '--config', 'preset:patron-info-poller', ...args], {
        ...options,
        environment: { ...environment, ...more },
        workingDirectory: directory,
        // Each run is a process of its own to the lease.
        pid: pid++,
        isAlive: (other) => other >= firstPid || isAlive(other),
      }),
    start: (args = [], more = {}, options = {}) =>
      startCommand(args, {
        bin: 'bin-patron-info-poller.cjs',
        workingDirectory: directory,
        environment: { ...environment, ...more },
        ...options,
      }),
    directory,
    stateKey: key,
    records: () => {
      const fresh = kinesis.records().slice(seen);
      seen += fresh.length;
      return fresh.map(({ data }) => ({ ...type.fromBuffer(data) }));
    },
    state: async () => {
      try {
        const { Body } = await s3.client.send(new GetObjectCommand(target));
        return JSON.parse((await Body?.transformToString()) ?? 'null');
      } catch {
        return null;
      }
    },
    putState: async (state) => {
      await s3.client.send(new PutObjectCommand({ ...target, Body: JSON.stringify(state) }));
    },
    close: async () => {
      await database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
