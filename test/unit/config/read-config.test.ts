import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadSchema } from '../../../src/config/load-schema.ts';
import { pollSchema } from '../../../src/config/poll-schema.ts';
import { readConfig } from '../../../src/config/read-config.ts';
import { endpoint, location, path, secret as secretText } from '../../../src/core/settings.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../support/fixtures.ts';

const schema = z.strictObject({
  name: z.string(),
  count: z.coerce.number().int().default(3),
  template: path.optional(),
  ca_file: path.optional(),
  out: location.optional(),
  list: z.array(z.strictObject({ file: path })).optional(),
  maps: z.record(z.string(), z.strictObject({ file: path })).optional(),
  mail: z.union([z.strictObject({ to: z.string() }), z.literal('none')]).optional(),
});

const read = (yaml: string, environment: Record<string, string> = {}, overrides?: Record<string, unknown>) =>
  readConfig(
    schema,
    { name: 'job.yaml', directory: '/etc/job', yaml },
    { environment, workingDirectory: '/home/me', ...(overrides && { overrides }) },
  );

async function problems(work: () => unknown): Promise<string[]> {
  const error = await failureOf(work);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
  return error.message.split('\n');
}

describe('what is wrong', () => {
  const secret = 'S3cr3t';
  it.each([
    ['an alias', `a: *${secret}`],
    ['a reserved sign', `a: @${secret}`],
    ['a backslash', `a: "\\q${secret}"`],
    ['a bracket', `a: {b: ${secret}`],
    ['a tag', `a: !${secret} x`],
    ['two pairs of braces', `name: {{${secret}}}`],
    ['two colons', `a: b: ${secret}`],
    ['a key of its own kind', `? {${secret}: 1}\n: 2`],
    ['a quote', `a: 'x' ${secret}`],
    ['a tab', `a:\n\t${secret}`],
    ['no blank', `mail: {to:${secret}}`],
    ['a list', `name: [${secret}]`],
    ['another type', `list: ${secret}${'x'.repeat(40)}`],
  ])('is told without quoting what may be a secret: %s', async (_, yaml) => {
    const warnings: unknown[] = [];
    const note = (warning: unknown) => warnings.push(warning);
    process.on('warning', note);
    const told = (await problems(() => read(yaml))).join(' ');
    await new Promise(setImmediate);
    process.off('warning', note);
    expect(told).not.toContain(secret);
    expect(warnings).toEqual([]);
  });

  it('is told in words, with what was given', async () => {
    const told = z.strictObject({
      word: z.enum(['warn', 'stop']),
      share: z.number().min(0).max(1),
      few: z.array(z.string()).min(1),
      yes: z.boolean(),
      url: z.url(),
      block: z.strictObject({ key: z.string() }),
      key: secretText.min(3),
      more: z.string(),
    });
    const yaml = 'word: ${WORD}\nshare: 3\nfew: []\nyes: perhaps\nurl: nowhere\nblock: [1]\nkey: 5\nother: 1';
    const text = { name: 'job.yaml', directory: '/', yaml };
    const context = { environment: { WORD: 'maybe' }, workingDirectory: '/' };
    expect((await problems(() => readConfig(told, text, context))).slice(1)).toEqual([
      '  - word (line 1): must be "warn" or "stop" (from WORD)',
      '  - share (line 2): must be at most 1, not 3',
      '  - few (line 3): must have at least 1 item',
      '  - yes (line 4): must be `true` or `false`, not "perhaps"',
      '  - url (line 5): must be a URL such as https://host, not "nowhere"',
      '  - block (line 6): must be `key: value` lines, not a list',
      '  - key (line 7): must be a string',
      '  - more: missing',
      '  - other (line 8): unknown key',
    ]);
    const secretly = z.strictObject({ key: secretText.min(30), word: z.enum(['warn']) });
    const short = { ...text, yaml: 'key: S3cr3t\nword: warm' };
    expect((await problems(() => readConfig(secretly, short, context))).slice(1)).toEqual([
      '  - key (line 1): must have at least 30 characters',
      '  - word (line 2): must be "warn", not "warm"',
    ]);
  });

  describe('on the network', () => {
    const withHttp = z.strictObject({
      endpoint: endpoint.optional(),
      at: location.optional(),
      allow_http: z.boolean().optional(),
    });
    const readHttp = (yaml: string, environment: Record<string, string> = {}) =>
      readConfig(
        withHttp,
        { name: 'job.yaml', directory: '/', yaml },
        { environment, workingDirectory: '/' },
      );

    it.each([
      ['a setting', 'endpoint: "http://minio:9000"', {}, 'endpoint (line 1)'],
      ['a place', 'at: "http://10.0.0.7/schema"', {}, 'at (line 1)'],
      [
        'a variable',
        'at: "s3://bucket/key"',
        { AWS_ENDPOINT_URL_S3: 'http://minio:9000' },
        'AWS_ENDPOINT_URL_S3',
      ],
    ])('is http to another machine, unless it is allowed: %s', async (_, yaml, environment, place) => {
      expect(await problems(() => readHttp(yaml, environment))).toEqual([
        'The configuration job.yaml has a problem:',
        expect.stringMatching(
          new RegExp(`^  - ${place.replace(/[()]/g, '.')}: http://.*\`allow_http: true\`$`),
        ),
      ]);
      expect(readHttp(`${yaml}\nallow_http: true`, environment)).toMatchObject({ allow_http: true });
    });

    it.each([
      ['config', '[default]\nendpoint_url = http://minio:9000\n', {}],
      ['config', '[default]\n[profile lab]\nendpoint_url=http://minio:9000\n', { AWS_PROFILE: 'lab' }],
      ['config', '[services local]\ns3 =\n  endpoint_url = http://minio:9000\n', {}],
      ['credentials', '[default]\nendpoint_url = http://minio:9000\n', {}],
    ])('is http to another machine by a profile of AWS: %s, %j', async (file, text, environment) => {
      const HOME = await temporaryDirectory();
      await mkdir(join(HOME, '.aws'));
      await writeFile(join(HOME, '.aws', file), text);
      const found = await problems(() => readHttp('at: "s3://bucket/key"', { HOME, ...environment }));
      expect(found[1]).toContain(`${join(HOME, '.aws', file)}: http://minio:9000`);
      const ignoring = { HOME, ...environment, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' };
      expect(readHttp('at: "s3://bucket/key"', ignoring)).toBeTruthy();
      if (!text.includes('services'))
        expect(readHttp('at: "s3://bucket/key"', { HOME, AWS_PROFILE: 'another' })).toBeTruthy();
    });

    it.each([
      ['endpoint: "http://127.0.0.1:9000"', {}],
      ['endpoint: "http://localhost:9000"', {}],
      ['endpoint: "https://minio:9000"', {}],
      // Nothing of AWS is used.
      ['at: "file:./x"', { AWS_ENDPOINT_URL: 'http://minio:9000' }],
    ])('is not this: %s', (yaml, environment) => {
      expect(readHttp(yaml, environment)).toBeTruthy();
    });
  });
});

describe('a configuration', () => {
  it('is filled in, checked and given its defaults', () => {
    expect(read('name: ${NAME}\ncount: ${COUNT:-5}', { NAME: 'x' })).toEqual({ name: 'x', count: 5 });
    expect(read('name: x')).toEqual({ name: 'x', count: 3 });
  });

  it('keeps a code with leading zeros as it is written, and a number a number', () => {
    const codes = z.strictObject({ codes: z.array(z.coerce.string()), count: z.number() });
    const text = { name: 'job.yaml', directory: '/', yaml: 'codes: [01, 10, 1.50, 0x1F, 1e3]\ncount: 20' };
    expect(readConfig(codes, text, { environment: {}, workingDirectory: '/' })).toEqual({
      codes: ['01', '10', '1.50', '0x1F', '1e3'],
      count: 20,
    });
  });

  it('lets the command line override the file, before variables are filled in', () => {
    expect(read('name: ${NAME}\ncount: 1', { COUNT: '7' }, { name: 'y', count: '${COUNT}' })).toEqual({
      name: 'y',
      count: 7,
    });
  });

  it('tells every problem at once, each with its line', async () => {
    const yaml = 'name: ${NAME}\ncount: many\nout: 5\ntemplat: x\nlist:\n  - file: a\n    flie: b\n  - {}\n';
    expect((await problems(() => read(yaml))).sort()).toEqual([
      expect.stringMatching(/^ {2}- count \(line 2\): /),
      '  - list.0.flie (line 7): unknown key, did you mean "file"?',
      expect.stringMatching(/^ {2}- list\.1\.file \(line 8\): /),
      '  - name (line 1): NAME is not set',
      expect.stringMatching(/^ {2}- out \(line 3\): /),
      '  - templat (line 4): unknown key, did you mean "template"?',
      'The configuration job.yaml has 6 problems:',
    ]);
  });

  it('tells the line of a key whose value is a block', async () => {
    expect(await problems(() => read('name: x\n\nmial:\n  # whom\n  to: a'))).toEqual([
      'The configuration job.yaml has a problem:',
      '  - mial (line 3): unknown key, did you mean "mail"?',
    ]);
  });

  it('suggests keys inside of maps and of choices', async () => {
    expect(await problems(() => read('name: x\nmaps:\n  one:\n    fiel: a\n    file: b'))).toContain(
      '  - maps.one.fiel (line 4): unknown key, did you mean "file"?',
    );
    expect((await problems(() => read('name: x\nmail:\n  to: a\n  form: b'))).join()).toContain(
      'mail.form (line 4): unknown key',
    );
  });

  it('names the variables of a value that is wrong', async () => {
    expect((await problems(() => read('name: x\ncount: ${A:-${B:-}}', { B: 'many' })))[1]).toMatch(
      / {2}- count \(line 2\): .* \(from A or B\)$/,
    );
  });

  it('never tells what a variable holds', async () => {
    expect(
      (await problems(() => read('name: x\ncount: ${SECRET}', { SECRET: 'hunter2' }))).join(),
    ).not.toContain('hunter2');
  });

  it.each([
    ['broken YAML', 'name: "x\ncount: 1', /line 2/],
    ['a key twice', 'name: x\nname: y', /line 2/],
    ['a list', '- a\n- b', /not a list/],
    ['a text', 'hello', /not a list or a string/],
  ])('is refused when it is %s', async (_, yaml, message) => {
    expect((await problems(() => read(yaml))).join('\n')).toMatch(message);
  });

  it('that is empty lacks what it needs', async () => {
    expect((await problems(() => read('# nothing')))[1]).toMatch(/^ {2}- name: /);
  });
});

describe('a path', () => {
  it('in the file is relative to the file', () => {
    const yaml =
      'name: ./x\ntemplate: a.xml\nca_file: ../ca.pem\nout: file:./out\nlist: [{file: b}]\nmaps: {m: {file: /abs}}';
    expect(read(yaml)).toMatchObject({
      name: './x',
      template: '/etc/job/a.xml',
      ca_file: '/etc/ca.pem',
      out: 'file:/etc/job/out',
      list: [{ file: '/etc/job/b' }],
      maps: { m: { file: '/abs' } },
    });
  });

  it('from a variable is relative to the working directory, as a shell would have it', () => {
    expect(
      read('name: x\ntemplate: ${T}\nout: csv:${O}\nca_file: ${C:-c.pem}', { T: 'a.xml', O: 'data' }),
    ).toMatchObject({
      template: '/home/me/a.xml',
      out: 'csv:/home/me/data',
      ca_file: '/etc/job/c.pem',
    });
  });

  it('with two slashes is the address of something else', () => {
    expect(read('name: x\nout: file://host/x').out).toBe('file://host/x');
  });
});

describe('the configuration of a load', () => {
  it('names all variables that are missing at once, also those that a default asks for', async () => {
    const yaml = `
job: load
source: {url: '\${URL:-oracle://\${HOST}}', user: '\${USER_NAME:-}', password: '\${PASSWORD}'}
groups: [{name: staff, table: T, person: ID, template: t.xml}]
deliver: {to: 's3://\${BUCKET}'}
`;
    const context = { environment: {}, workingDirectory: '/' };
    expect(
      await problems(() => readConfig(loadSchema, { name: 'x', directory: '/', yaml }, context)),
    ).toEqual([
      'The configuration x has 4 problems:',
      '  - source.url (line 3): URL or HOST is not set',
      '  - source.password (line 3): PASSWORD is not set',
      '  - deliver.to (line 5): BUCKET is not set',
      '  - source.user (line 3): missing; oracle:// needs it (from USER_NAME)',
    ]);
  });
});

describe('a value of another kind than a key takes', () => {
  const context = { environment: { HMAC_KEY: '0123456789abcdef' }, workingDirectory: '/' };
  const load = {
    source: '{url: "csv:./in"}',
    groups: '[{name: staff, table: T, person: ID, template: t.xml}]',
    deliver: '{to: "file:./out"}',
  };
  const poll = {
    sierra: '{url: "postgres://h/iii", user: u, password: p}',
    obfuscation: '{method: hmac-sha256, key: 0123456789abcdef}',
    checkpoint: '{at: "file:./state.json"}',
    records: '{to: "file:./a.avro"}',
  };
  const yamlOf = (job: string, keys: object) =>
    [`job: ${job}`, ...Object.entries(keys).map(([key, value]) => `${key}: ${value}`)].join('\n');

  it.each([
    ['groups', '{staff: {table: T}}'],
    ['groups', 'staff'],
    ['groups', '[staff]'],
    ['source', 'oracle'],
    ['source', '{url: 5}'],
    ['deliver', '"file:./out"'],
    ['deliver', '{to: 5}'],
    ['ledger', '"file:./ledger.json"'],
    ['mail', '5'],
    ['mail', '[none]'],
  ])('is told of %s in a load: %s', async (key, value) => {
    const yaml = yamlOf('load', { ...load, [key]: value });
    const told = await problems(() => readConfig(loadSchema, { name: 'x', directory: '/', yaml }, context));
    expect(told.join()).toContain(`- ${key}`);
  });

  it.each([
    ['sierra', '5'],
    ['obfuscation', 'bcrypt'],
    ['checkpoint', '"file:./state.json"'],
    ['checkpoint', '{at: 5}'],
    ['records', '"file:./a.avro"'],
    ['records', '{to: 5}'],
    ['records', '{to: [5]}'],
    ['start', '2020'],
    ['start', '{creation: 2020}'],
    ['time_zone', '5'],
    ['geocoding', '{addresses_may_leave: false, geocoders: census}'],
    ['geocoding', '{addresses_may_leave: false, geocoders: [census]}'],
    ['mail', '5'],
  ])('is told of %s in a poll: %s', async (key, value) => {
    const yaml = yamlOf('poll', { ...poll, [key]: value });
    const told = await problems(() => readConfig(pollSchema, { name: 'x', directory: '/', yaml }, context));
    expect(told.join()).toContain(`- ${key}`);
  });
});
