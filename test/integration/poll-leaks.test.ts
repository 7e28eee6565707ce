import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePoller, type Poller, type PollerBench, startPollerBench } from '../support/poller.ts';
import { putPatrons } from '../support/sierra.ts';

// Each stands for something that nobody may read in a log, a report or an error.
const marks = {
  id: 480123987,
  street: '77 Geheimweg',
  city: 'Verstecktburg',
  region: 'Hinterland',
  zip: '98765-4321',
  password: 'Sesam-oeffne-dich',
};

let bench: PollerBench;
let poller: Poller;
beforeAll(async () => {
  bench = await startPollerBench();
});
afterAll(() => bench.stop());
beforeEach(async () => {
  poller = await makePoller(bench);
  const { id, street, city, region, zip } = marks;
  await putPatrons(poller.database, [
    { id, addresses: [{ street, city, region, zip }] },
    { id: id + 1, created: '2010-01-01', updated: '2026-01-05', addresses: [{ street, city, region, zip }] },
    { id: id + 2, created: '2010-01-01', deleted: '2026-01-05' },
  ]);
});
afterEach(async () => {
  await poller.close();
  bench.census.heal();
  bench.kinesis.heal();
  bench.s3.heal();
});

const now = ['--now', '2026-02-01T12:00:00Z', '--report', 'report.html'];

async function outputs(more: Record<string, string> = {}, args: readonly string[] = now) {
  const { code, stdout, stderr } = await poller.poll(args, { LOG_LEVEL: 'debug', ...more });
  const page = await readFile(join(poller.directory, 'report.html'), 'utf8').catch(() => '');
  return { code, all: [stdout, stderr, page].join('\n') };
}

function expectNoMarks(all: string) {
  const { environment, database } = poller;
  const secrets = [
    environment.BCRYPT_SALT?.slice(7),
    environment.GEOCODER_API_KEY,
    environment.AWS_SECRET_ACCESS_KEY,
    database.password,
  ];
  for (const mark of [
    ...Object.values(marks).map(String),
    String(marks.id + 1),
    String(marks.id + 2),
    ...secrets,
  ])
    expect(all, mark).not.toContain(mark);
}

describe('no output of a poll', () => {
  it('holds personal data or a secret when all goes well', async () => {
    const { code, all } = await outputs();
    expect(code).toBe(0);
    expect(all).toContain('Sent: 3 records.');
    expectNoMarks(all);
  });

  it('holds any as JSON', async () => {
    const { code, all } = await outputs({}, [...now, '--json']);
    expect(code).toBe(0);
    expectNoMarks(all);
  });

  it.each([
    ['Kinesis refuses', () => bench.kinesis.fail({ status: 400, code: 'AccessDeniedException' }), 78],
    ['the geocoder refuses', () => bench.census.fail({ status: 400 }), 78],
    ['the state cannot be read', () => bench.s3.fail('GetObject', { status: 403, code: 'AccessDenied' }), 78],
  ])('holds any when %s', async (_, breakIt, expected) => {
    breakIt();
    const { code, all } = await outputs();
    expect(code).toBe(expected);
    expectNoMarks(all);
  });

  it('holds any when a query fails, a value cannot be cast or a table is not there', async () => {
    await poller.database.query('ALTER TABLE patron_info RENAME COLUMN geoid TO tract');
    const { code, all } = await outputs();
    expect(code).toBe(78);
    expectNoMarks(all);
    await poller.database.query(
      `ALTER TABLE sierra_view.patron_record_address ALTER postal_code TYPE int USING 1;
       ALTER TABLE sierra_view.patron_record_address DROP COLUMN city`,
    );
    const second = await outputs();
    expect(second.code).toBe(78);
    expectNoMarks(second.all);
  });

  it('holds any when the password is wrong, or the salt', async () => {
    const wrong = await outputs({ SIERRA_DB_PASSWORD: marks.password });
    expect(wrong.code).toBe(78);
    expectNoMarks(wrong.all);
    const salt = await outputs({ BCRYPT_SALT: marks.password });
    expect(salt.code).toBe(78);
    expectNoMarks(salt.all);
  });
});
