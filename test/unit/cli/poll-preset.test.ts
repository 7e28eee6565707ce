import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { presetDirectory, readConfigText } from '../../../src/cli/config-file.ts';
import { wireJob } from '../../../src/cli/wire-poll.ts';
import { type PollConfig, pollSchema } from '../../../src/config/poll-schema.ts';
import { readConfig } from '../../../src/config/read-config.ts';
import { failureOf } from '../support/fixtures.ts';

const workingDirectory = '/home/me';
const text = await readConfigText('preset:patron-info-poller', workingDirectory);
const stream = 'arn:aws:kinesis:us-east-1:111122223333:stream/PatronInfo-qa';
/** The variables that the README of the original has in its table, in the least that runs. */
const variables = {
  SIERRA_DB_HOST: 'sierra.example.org',
  SIERRA_DB_NAME: 'iii',
  SIERRA_DB_USER: 'reader',
  SIERRA_DB_PASSWORD: 'p@ss/%w:rd',
  REDSHIFT_DB_HOST: 'redshift.example.org',
  REDSHIFT_DB_NAME: 'qa',
  REDSHIFT_DB_USER: 'loader',
  REDSHIFT_DB_PASSWORD: 'other',
  BCRYPT_SALT: '$2a$10$8AvAPrrUsmlBa50qgc683e',
  KINESIS_STREAM_ARN: stream,
  S3_BUCKET: 'states',
  S3_RESOURCE: 'poller/state.json',
};
const read = (more: Record<string, string> = {}): PollConfig =>
  readConfig(pollSchema, text, {
    environment: { ...variables, ...more },
    workingDirectory,
    overrides: { env_file: undefined },
  });
describe('the level of the log', () => {
  it.each([
    [{}, 'warn'],
    [{ LOG_LEVEL: 'INFO' }, 'info'],
    [{ LOG_LEVEL: 'debug' }, 'debug'],
  ])('is that of the original where no variable says another: %j', (variables, level) => {
    expect(read(variables).log.level).toBe(level);
  });
});

const job = (more: Record<string, string> = {}) =>
  wireJob(read(more), {
    now: new Date('2026-03-01T12:00:00Z'),
    isReplay: false,
    dryRun: false,
    acceptChange: false,
  });

describe('the preset patron-info-poller', () => {
  it('talks to what the variables name, encrypted unless told otherwise', () => {
    const config = read();
    expect(config.sierra).toMatchObject({
      url: 'postgres://sierra.example.org:1032/iii?sslmode=',
      user: 'reader',
      password: 'p@ss/%w:rd',
    });
    expect(config.warehouse).toMatchObject({
      url: 'postgres://redshift.example.org:5439/qa?sslmode=',
      user: 'loader',
      password: 'other',
      table: 'patron_info',
    });
    expect(config.records).toMatchObject({
      to: [`kinesis:${stream}`],
      discard: false,
      kinesis: { records_per_call: 500 },
    });
    expect(config.checkpoint).toMatchObject({ at: 's3://states/poller/state.json', ignored: false });
    expect(config.obfuscation).toMatchObject({
      method: 'bcrypt',
      salt: variables.BCRYPT_SALT,
      long_input: 'truncate',
    });
    expect(config.schema).toBe(`file:${join(presetDirectory('patron-info-poller'), 'patron-info.avsc')}`);
    expect(config.geocoding.geocoders).toMatchObject([
      {
        via: 'census',
        url: 'https://geocoding.geo.census.gov/geocoder/geographies/addressbatch',
        benchmark: 'Public_AR_Current',
        vintage: 'Current_Current',
        forms: ['as_written', 'cleaned'],
      },
      { via: 'geosupport', geofiles: 'none' },
    ]);
    expect(config.geocoding.geocoders[0]).not.toHaveProperty('key');
  });

  it('has an end, a zone and a beginning', () => {
    expect(job()).toMatchObject({
      modes: ['new', 'updated', 'deleted'],
      zone: 'America/New_York',
      start: { new: { at: '2020-01-01 05:00:00.000000' }, deleted: { at: '2020-01-01' } },
      maxPatrons: { new: Infinity, deleted: Infinity },
    });
  });

  it('takes every other variable of the original', () => {
    const config = read({
      SIERRA_DB_PORT: '5432',
      GEOFILES: '/opt/geosupport/fls',
      SIERRA_DB_SSLMODE: 'disable',
      REDSHIFT_DB_PORT: '5433',
      REDSHIFT_DB_SSLMODE: 'no-verify',
      REDSHIFT_TABLE: 'other.patron_info',
      GEOCODER_API_BASE_URL: 'http://127.0.0.1:8080/batch',
      GEOCODER_API_BENCHMARK: 'b',
      GEOCODER_API_VINTAGE: 'v',
      GEOCODER_API_KEY: 'k',
      PATRON_INFO_SCHEMA_URL: 'https://platform/api/schemas/PatronInfo',
      KINESIS_BATCH_SIZE: '100',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000',
      LOG_LEVEL: 'WARNING',
      ENVIRONMENT: 'qa',
    });
    expect(config.sierra?.url).toBe('postgres://sierra.example.org:5432/iii?sslmode=disable');
    expect(config.warehouse).toMatchObject({
      url: 'postgres://redshift.example.org:5433/qa?sslmode=no-verify',
      table: 'other.patron_info',
    });
    expect(config.geocoding.geocoders).toMatchObject([
      { url: 'http://127.0.0.1:8080/batch', benchmark: 'b', vintage: 'v', key: 'k' },
      { via: 'geosupport', geofiles: '/opt/geosupport/fls' },
    ]);
    expect(config).toMatchObject({
      schema: 'https://platform/api/schemas/PatronInfo',
      records: { kinesis: { records_per_call: 100, endpoint: 'http://127.0.0.1:4566' } },
      checkpoint: { s3: { region: 'eu-west-1', endpoint: 'http://127.0.0.1:9000' } },
      aws: { access_key_id: 'id', secret_access_key: 'secret', session_token: 'token' },
      log: { level: 'warn' },
      workspace: 'qa',
    });
  });

  it.each([
    [{ SIERRA_BATCH_SIZE: '50' }, 50, 50],
    [{ SIERRA_BATCH_SIZE: '50', ACTIVE_PATRON_BATCH_SIZE: '10' }, 10, 50],
    [{ SIERRA_BATCH_SIZE: '50', DELETED_PATRON_BATCH_SIZE: '20' }, 50, 20],
    [{ ACTIVE_PATRON_BATCH_SIZE: '10', DELETED_PATRON_BATCH_SIZE: '20' }, 10, 20],
  ])('has batches as large as %j says', (more, active, deleted) => {
    const { maxPatrons } = job({ ...more, MAX_BATCHES: '1' });
    expect(maxPatrons).toEqual({ new: active, updated: active, deleted });
  });

  it.each([
    ['0', 50],
    ['1', 50],
    ['4', 200],
  ])('reads as many batches as MAX_BATCHES=%s says, one at least', (max, patrons) => {
    expect(job({ SIERRA_BATCH_SIZE: '50', MAX_BATCHES: max }).maxPatrons.new).toBe(patrons);
  });

  it('sends new patrons only for a back-fill', () => {
    expect(job({ BACKFILL: 'True' }).modes).toEqual(['new']);
    expect(job({ BACKFILL: 'true' }).modes).toHaveLength(3);
  });

  const { KINESIS_STREAM_ARN: _, S3_BUCKET: __, S3_RESOURCE: ___, ...withoutPlaces } = variables;
  const ignoring = (environment: Record<string, string>) =>
    readConfig(pollSchema, text, { environment, workingDirectory, overrides: { env_file: undefined } });

  it('needs no state when that is switched off', () => {
    const environment = { ...withoutPlaces, IGNORE_CACHE: 'True', RECORDS_URL: 'file:./out.avro' };
    expect(ignoring(environment).checkpoint.ignored).toBe(true);
  });

  // `to` has a default that wants KINESIS_STREAM_ARN, also where nothing is sent.
  it('needs no stream when that is switched off', () => {
    const environment = { ...withoutPlaces, IGNORE_CACHE: 'True', IGNORE_KINESIS: 'True' };
    expect(ignoring(environment).records.discard).toBe(true);
  });

  it('starts at the STARTING_… times', () => {
    const { start } = job({
      STARTING_CREATION_DT: '2026-01-01 00:00:00-05:00',
      STARTING_UPDATE_DT: '2026-01-02T00:00:00.5+00:00',
      STARTING_DELETION_DATE: '2026-01-03',
    });
    expect([start.new.at, start.updated.at, start.deleted.at]).toEqual([
      '2026-01-01 05:00:00.000000',
      '2026-01-02 00:00:00.500000',
      '2026-01-03',
    ]);
  });

  it('sends elsewhere, relative to where it is run', () => {
    const config = read({ RECORDS_URL: 'file:./out.avro', CHECKPOINT_URL: 'file:./state.json' });
    expect([config.records.to, config.checkpoint.at]).toEqual([
      ['file:/home/me/out.avro'],
      'file:/home/me/state.json',
    ]);
  });

  it('names every variable that is missing, at once', async () => {
    const { message } = await failureOf(() =>
      readConfig(pollSchema, text, { environment: {}, workingDirectory, overrides: { env_file: undefined } }),
    );
    for (const name of Object.keys(variables).filter((each) => !/^(S3|KINESIS)_/.test(each)))
      expect(message).toMatch(new RegExp(`\\b${name}\\b.* is not set`));
    expect(message).toContain('checkpoint.at (line');
    expect(message).toContain('(from RECORDS_URL or KINESIS_STREAM_ARN)');
  });
});
