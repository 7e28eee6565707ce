import { describe, expect, it } from 'vitest';
import { pollSchema } from '../../../src/config/poll-schema.ts';
import { readConfig } from '../../../src/config/read-config.ts';
import { failureOf } from '../support/fixtures.ts';

const salt = '$2a$10$8AvAPrrUsmlBa50qgc683e';
/** The least that a configuration needs; `change` replaces or adds blocks. */
const least = {
  job: 'poll',
  sierra: { url: 'postgres://sierra:1032/iii' },
  obfuscation: { salt },
  geocoding: { geocoders: [{ via: 'census' }] },
  schema: 'https://platform/schema',
  records: { to: 'kinesis:arn:aws:kinesis:us-east-1:111122223333:stream/PatronInfo-qa' },
  checkpoint: { at: 's3://bucket/state.json' },
};
const read = (change: Record<string, unknown> = {}, environment: Record<string, string> = {}) =>
  readConfig(
    pollSchema,
    { name: 'c', directory: '/etc/job', yaml: JSON.stringify({ ...least, ...change }) },
    { environment, workingDirectory: '/home/me' },
  );
const problems = async (change: Record<string, unknown>, environment?: Record<string, string>) =>
  (await failureOf(() => read(change, environment))).message
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/^ {2}- | \(line 1\)/g, ''));

describe('a configuration of poll', () => {
  it('needs no more than where and what, and has the defaults of the original', () => {
    expect(read()).toMatchObject({
      time_zone: 'America/New_York',
      safety_lag_seconds: 60,
      backfill: false,
      start: { creation: '2020-01-01 00:00:00-05', update: '2020-01-01 00:00:00-05', deletion: '2020-01-01' },
      batches: { active: 10_000, deleted: 25_000 },
      obfuscation: { method: 'bcrypt', long_input: 'truncate' },
      geocoding: {
        on_outage: 'stop',
        geocoders: [{ forms: ['as_written', 'cleaned'], rows_per_request: 1000 }],
      },
      records: { discard: false, kinesis: { records_per_call: 500 } },
      checkpoint: { ignored: false },
      mail: 'none',
      max_rejects: 0.1,
    });
    expect(read().batches.max).toBeUndefined();
  });

  it('names every problem at once', async () => {
    const found = await problems(
      {
        sierra: { url: 'mysql://sierra', pasword: 'x' },
        time_zone: 'New York',
        start: { creation: 'yesterday', deletion: 'never' },
        batches: { active: 0, max: -1 },
        obfuscation: { salt: '${SALT}' },
        geocoding: { geocoders: [{ via: 'census', url: 'nowhere' }] },
        records: {},
        checkpoint: { at: 'sftp://host/state.json' },
        mail: { via: 'smtp://mail', from: 'a@example.org' },
      },
      {},
    );
    for (const place of [
      'sierra.url: must start with postgres://',
      'sierra.pasword: unknown key, did you mean "password"?',
      'time_zone: must be a time zone such as America/New_York',
      'start.deletion: must be a date such as 2020-01-01',
      'obfuscation.salt: SALT is not set',
      'records.to: missing; `discard: true` sends nothing',
      'checkpoint.at: must be sftp://user@host/path/state.json',
      'mail.to: missing',
    ])
      expect(found).toContain(place);
    for (const place of ['batches.active: ', 'batches.max: '])
      expect(found.filter((each) => each.startsWith(place))).toHaveLength(1);
  });

  it('names a geocoder that there is not', async () => {
    expect(await problems({ geocoding: { geocoders: [{ via: 'google' }] } })).toHaveLength(1);
  });

  it('names a time that is none in the zone that it has', async () => {
    expect(await problems({ start: { creation: 'yesterday', update: '2020-02-30' } })).toEqual([
      'start.creation: must be a time such as 2020-01-01 00:00:00-05',
      'start.update: must be a time such as 2020-01-01 00:00:00-05',
    ]);
  });
});

describe('a geocoder that is reached by http:', () => {
  const inClear = (via: string) =>
    `geocoding.geocoders.0: \`via: ${via}\` sends addresses to another machine by http:, where they can be read on the way; use https:, or set allow_http`;

  it.each([
    ['census', 'http://census.example.edu/batch'],
    ['census', 'HTTP://census.example.edu/batch'],
    ['census', 'http://127.0.0.1@census.example.edu/batch'],
    ['geoclient', 'http://10.0.0.7/geoclient/v2/'],
  ])('is an error before anything is sent: %s at %s', async (via, url) => {
    expect(await problems({ geocoding: { geocoders: [{ via, url }] } })).toEqual([inClear(via)]);
  });

  it.each([
    'http://localhost:8080/batch',
    'http://127.0.0.1/batch',
    'http://[::1]/batch',
    'https://10.0.0.7/batch',
  ])('may be on this machine, and https: may go anywhere: %s', (url) => {
    expect(read({ geocoding: { geocoders: [{ via: 'census', url }] } }).geocoding.allow_http).toBe(false);
  });

  it('is taken where allow_http says so, unless addresses may not leave', async () => {
    const geocoders = [{ via: 'census', url: 'http://10.0.0.7/batch' }];
    expect(read({ geocoding: { geocoders, allow_http: true } }).geocoding.allow_http).toBe(true);
    expect(
      await problems({ geocoding: { geocoders, allow_http: true, addresses_may_leave: false } }),
    ).toEqual([
      'geocoding.geocoders.0: `via: census` sends addresses to another machine, and addresses_may_leave is false',
    ]);
  });
});

describe('the salt', () => {
  const spare = 'ends in a character with spare bits: the last one must be `.`, `O`, `e` or `u`';
  const tooSimple = 'is easy to guess; use random characters, as docs/privacy.md says';
  const form = 'must be `$2a$`, a cost from 04 to 31, `$` and 22 characters of ./A-Za-z0-9';

  it.each(['.', 'O', 'e', 'u'])('may end in %s', (last) => {
    expect(read({ obfuscation: { salt: `${salt.slice(0, -1)}${last}` } }).obfuscation.salt).toMatch(/^\$2a/);
  });

  it('may end in nothing else, since bcrypt would write another salt than it was given', async () => {
    const others = [...'/ABCDEFGHIJKLMNPQRSTUVWXYZabcdfghijklmnopqrstvwxyz0123456789'];
    expect(others).toHaveLength(60);
    for (const last of others)
      expect(await problems({ obfuscation: { salt: `${salt.slice(0, -1)}${last}` } })).toEqual([
        `obfuscation.salt: ${spare}`,
      ]);
  });

  it.each([
    ['$2a$03$8AvAPrrUsmlBa50qgc683e', [form]],
    ['$2a$32$8AvAPrrUsmlBa50qgc683e', [form]],
    ['$2x$10$8AvAPrrUsmlBa50qgc683e', [form]],
    ['$2a$10$8AvAPrrUsmlBa50qgc683', [form, spare]],
    ['$2a$10$8AvAPrrUsmlBa50qgc683ee', [form]],
    ['$2a$10$8AvAPrrUsmlBa50qgc68+e', [form]],
    [`${salt}UPMawmdZfleeSg5REsZbLbAivWl97O6`, [form, spare]],
    ['pepper', [form, spare]],
  ])('is refused: %s', async (given, expected) => {
    expect(await problems({ obfuscation: { salt: given } })).toEqual(
      expected.map((message) => `obfuscation.salt: ${message}`),
    );
  });

  it('is not shown where it is refused', async () => {
    expect(String(await problems({ obfuscation: { salt: 'a-secret-of-mine' } }))).not.toContain('secret');
  });

  it.each([
    [{}, 'obfuscation.salt: missing; bcrypt needs it'],
    [{ method: 'hmac-sha256' }, 'obfuscation.key: missing; hmac-sha256 needs it'],
    [{ method: 'hmac-sha256', key: 'k7#wQ' }, 'obfuscation.key: must have at least 16 characters'],
    [{ method: 'hmac-sha256', key: 'aaaaaaaaaaaaaaaa' }, `obfuscation.key: ${tooSimple}`],
    [{ salt: '$2a$10$......................' }, `obfuscation.salt: ${tooSimple}`],
  ])('or the key is needed: %j', async (obfuscation, message) => {
    expect(await problems({ obfuscation })).toEqual([message]);
  });
});

describe('a switch of the original', () => {
  it.each<[unknown, boolean]>([
    ['True', true],
    ['true', false],
    ['TRUE', false],
    ['1', false],
    ['yes', false],
    ['False', false],
    ['None', false],
    [' True', false],
    [true, true],
    [false, false],
  ])('is on for exactly True: %j', (value, expected) => {
    const config = read({
      backfill: value,
      records: { ...least.records, discard: value },
      checkpoint: { ...least.checkpoint, ignored: value },
    });
    expect([config.backfill, config.records.discard, config.checkpoint.ignored]).toEqual([
      expected,
      expected,
      expected,
    ]);
  });

  it('is nothing else than a text or a boolean', async () => {
    expect(await problems({ backfill: 1 })).toHaveLength(1);
  });
});

describe('where records and the checkpoint go', () => {
  it.each([
    [['postgres://host/db', 'file:/out/a.avro', 'file:/out/a.jsonl']],
    [['kinesis:arn:aws-us-gov:kinesis:us-gov-east-1:1:stream/a.b_c-d']],
  ])('may be several places: %j', (to) => {
    const warehouse = { url: 'postgres://host/db' };
    expect(read({ records: { to }, warehouse }).records.to).toEqual(to);
  });

  it('may be a table only where the same table is looked up before', async () => {
    expect(await problems({ records: { to: 'postgres://host/db' }, warehouse: undefined })).toEqual([
      'warehouse: missing; with records in PostgreSQL, name their table',
    ]);
  });

  it.each([
    ['kinesis:PatronInfo-qa'],
    ['kinesis:arn:aws:kinesis:us-east-1:1:stream/a/b'],
    ['file:./records.csv'],
    ['s3://bucket/x.avro'],
    ['postgres://host:port/db'],
  ])('is not %s', async (to) => {
    const warehouse = { url: 'postgres://host/db' };
    expect(await problems({ records: { to }, warehouse })).toHaveLength(1);
  });

  it('need not be given where nothing is sent or saved', () => {
    const { records, checkpoint } = read({ records: { discard: true }, checkpoint: { ignored: true } });
    expect([records.to, checkpoint.at]).toEqual([undefined, undefined]);
  });

  it.each(['s3://bucket', 's3:///key', 's3://user@bucket/key', 'file:', 'state.json', 's3://bucket/'])(
    'keeps no checkpoint at %s',
    async (at) => {
      expect(await problems({ checkpoint: { at } })).toEqual([
        expect.stringMatching(/^checkpoint\.at: must be .*(s3:\/\/bucket\/key\.json|file:\.\/state\.json)/),
      ]);
    },
  );
});

describe('numbers', () => {
  it('may come from variables, as text', () => {
    const config = read(
      { batches: { active: '${N}', max: '${M}' }, safety_lag_seconds: '${S}' },
      { N: '50', M: '0', S: '0' },
    );
    expect([config.batches.active, config.batches.max, config.safety_lag_seconds]).toEqual([50, 0, 0]);
  });

  it.each(['', 'None', '1.5', '-1', '1e3', '1000001'])('are not taken from %j', async (text) => {
    expect(await problems({ batches: { active: text } })).toHaveLength(1);
  });
});

describe('the level of the log', () => {
  it.each([
    ['INFO', 'info'],
    ['WARNING', 'warn'],
    ['critical', 'fatal'],
    ['NOTSET', 'debug'],
  ])('may be written as Python does: %s', (level, expected) => {
    expect(read({ log: { level } }).log.level).toBe(expected);
  });
});
