import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type KmsServer, startKmsServer } from '../support/kms-server.ts';
import { makePoller, type Poller, type PollerBench, startPollerBench } from '../support/poller.ts';
import { putPatrons } from '../support/sierra.ts';

let bench: PollerBench;
let kms: KmsServer;
let poller: Poller;
beforeAll(async () => {
  [bench, kms] = await Promise.all([startPollerBench(), startKmsServer()]);
});
afterAll(() => Promise.all([bench.stop(), kms.stop()]));
beforeEach(async () => {
  poller = await makePoller(bench);
  await putPatrons(poller.database, [{ id: 1 }, { id: 2 }, { id: 3, created: '2020-06-01' }]);
});

const encrypted = [
  'SIERRA_DB_HOST',
  'SIERRA_DB_USER',
  'SIERRA_DB_PASSWORD',
  'REDSHIFT_DB_PASSWORD',
  'BCRYPT_SALT',
];

/** Writes NYPL's form of the variables, and leaves none of them in the environment. */
async function writeEnvironment(name: string, more: readonly string[] = []) {
  const { environment } = poller;
  const plain = Object.entries(environment)
    .filter(([key]) => !encrypted.includes(key) && key !== 'LOG_LEVEL')
    .map(([key, value]) => `    ${key}: ${value}`);
  const secret = encrypted.map((key) => `    ${key}: ${kms.encrypt(environment[key] ?? '')}`);
  await mkdir(join(poller.directory, 'config'), { recursive: true });
  await writeFile(
    join(poller.directory, 'config', `${name}.yaml`),
    [
      '---',
      'PLAINTEXT_VARIABLES:',
      ...plain,
      ...more.map((line) => `    ${line}`),
      'ENCRYPTED_VARIABLES:',
      ...secret,
      '...',
      '',
    ].join('\n'),
  );
  return Object.fromEntries(Object.keys(environment).map((key) => [key, '']));
}

const now = ['--now', '2026-02-01T12:00:00Z'];
const withKms = () => ({ ENVIRONMENT: 'devel', AWS_ENDPOINT_URL_KMS: kms.endpoint });

describe('ENVIRONMENT', () => {
  it('names the file of variables, plain and encrypted', async () => {
    const none = await writeEnvironment('devel', [
      'IGNORE_CACHE: True',
      'BACKFILL: False',
      'MAX_BATCHES: 3',
      'STARTING_CREATION_DT: 2022-01-01 00:00:00-05',
    ]);
    const { code, stdout } = await poller.poll(now, { ...none, ...withKms() });
    expect(stdout).toContain('new: 2 read = 2 sent');
    expect(code).toBe(0);
    expect(await poller.state()).toBeNull();
  });

  it('goes before the environment, as in the original', async () => {
    const none = await writeEnvironment('devel', ['STARTING_CREATION_DT: 2020-01-01 00:00:00-05']);
    const { stdout } = await poller.poll(now, { ...none, ...withKms(), STARTING_CREATION_DT: '2026-01-31' });
    expect(stdout).toContain('new: 3 read');
  });

  it('that names no file, or a value that KMS cannot decrypt, is an error that says so', async () => {
    const missing = await poller.poll(now, { ENVIRONMENT: 'production' });
    expect(missing.code).toBe(78);
    expect(missing.stderr).toContain('config/production.yaml cannot be read');
    const none = await writeEnvironment('devel', []);
    kms.fail({ status: 400, code: 'AccessDeniedException' });
    const refused = await poller.poll(now, { ...none, ...withKms() });
    expect(refused.code).toBe(78);
    expect(refused.stderr).toMatch(
      /AWS (refuses access|rejected the request) to the key of KMS for (SIERRA|REDSHIFT|BCRYPT)/,
    );
  });
});
