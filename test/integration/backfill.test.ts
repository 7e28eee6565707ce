import { readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../support/command.ts';
import {
  makePoller,
  type Poller,
  type PollerBench,
  patronInfoSchema,
  startPollerBench,
} from '../support/poller.ts';
import { cutConnections } from '../support/postgres.ts';
import { putPatrons, type TestPatron } from '../support/sierra.ts';
import { mayMount, smallDisk } from '../support/small-disk.ts';

type RangeBooks = { books: { written: number } };

let bench: PollerBench;
let poller: Poller;
beforeAll(async () => {
  bench = await startPollerBench();
});
afterAll(() => bench.stop());
beforeEach(async () => {
  poller = await makePoller(bench);
  await poller.database.query('ALTER TABLE patron_info ADD UNIQUE (patron_id)');
});
afterEach(() => poller.close());

const patrons: readonly TestPatron[] = [
  ...Array.from({ length: 230 }, (_, at) => ({ id: 1000 + at * 7, created: '2026-01-05 15:00:00+00' })),
  { id: 20, created: null, updated: '2026-01-05 15:00:00+00' },
  { id: 30, created: 'infinity', updated: 'infinity' },
  { id: 5000, created: '2026-01-06 15:00:00+00', updated: '2026-01-07 15:00:00+00', deleted: '2026-01-07' },
  // After the plan: the daily poll has these.
  { id: 9000, created: '2099-01-01 00:00:00+00' },
];
const wanted = patrons.length - 1;

function sink(): Record<string, string> {
  const { hostname, port, pathname } = new URL(poller.database.url);
  const { user, password } = poller.database;
  return {
    RECORDS_URL: `postgres://${user}:${password}@${hostname}:${port}${pathname}?sslmode=disable`,
    ACTIVE_PATRON_BATCH_SIZE: '10',
  };
}

const preset = ['--config', 'preset:patron-info-poller'];

/** `patronflow backfill …` with the plan in the poller's directory. */
async function backfill(command: string, args: readonly string[] = [], more: Record<string, string> = {}) {
  return run(['backfill', command, ...preset, '--plan', 'plan.json', ...args], {
    environment: { ...poller.environment, ...sink(), ...more },
    workingDirectory: poller.directory,
  });
}

const plan = (...args: string[]) => backfill('plan', ['--patrons', '50', ...args]);

async function sent(): Promise<number> {
  const [row] = await poller.database.query('SELECT count(*)::int AS count FROM patron_info');
  return Number(row?.count);
}

/** What the daily poll has noted. */
function dailyState(day: string, more: object = {}): object {
  return { creation_dt: `${day}T00:00:00Z`, update_dt: `${day}T00:00:00Z`, deletion_date: day, ...more };
}

describe('a back-fill', () => {
  it('sends every patron once, in ranges, and leaves the daily poll alone', async () => {
    await putPatrons(poller.database, [...patrons]);
    const planned = await plan();
    expect(planned.stdout).toMatch(/^233 patrons in 5 ranges, written to .*plan\.json/);
    expect(planned.stdout).toMatch(/The daily poll must begin at that time or earlier\./);

    const { code, stdout } = await backfill('run', ['--json']);

    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ outcome: 'done', patrons: wanted, donePatrons: wanted });
    expect(report.ranges.map((each: RangeBooks) => each.books.written)).toEqual([50, 50, 50, 50, 33]);
    expect(code).toBe(0);
    expect(await sent()).toBe(wanted);
    expect(await poller.state()).toBeNull();

    const again = JSON.parse((await backfill('run', ['--json'])).stdout);
    expect(again.ranges.every((each: { outcome: string }) => each.outcome === 'done before')).toBe(true);
  });

  it('goes on at the last batch after kill -9', async () => {
    await putPatrons(poller.database, [...patrons]);
    await plan();
    const killed = await poller.start(['backfill', 'run', ...preset, '--plan', 'plan.json'], sink(), {
      bin: 'bin.cjs',
      killAt: 'records.write#8 after',
    }).ended;
    expect(killed.code).toBeNull();
    expect(await sent()).toBe(80);

    const report = JSON.parse((await backfill('run', ['--json'])).stdout);

    expect(report.outcome).toBe('done');
    expect(await sent()).toBe(wanted);
    const sentAgain = report.ranges.reduce(
      (sum: number, each: RangeBooks) => sum + (each.books?.written ?? 0),
      0,
    );
    expect(sentAgain).toBe(wanted - 70);
  });

  it('is divided among array jobs', async () => {
    await putPatrons(poller.database, [...patrons]);
    await plan();
    await backfill('run', ['--range', '1/2']);
    expect(await sent()).toBe(100);
    await backfill('run', [], { AWS_BATCH_JOB_ARRAY_INDEX: '0', AWS_BATCH_JOB_ARRAY_SIZE: '4' });
    expect(await sent()).toBe(183);
    await backfill('run', [], { JOB_COMPLETION_INDEX: '2', BACKFILL_PARTS: '4' });
    expect(await sent()).toBe(wanted);
  });

  it('refuses a part that is none, and a part of an unknown number of parts', async () => {
    await putPatrons(poller.database, [...patrons]);
    await plan();
    expect((await backfill('run', ['--range', '2/2'])).code).toBe(64);
    const { code, stdout, stderr } = await backfill('run', [], { JOB_COMPLETION_INDEX: '1' });
    expect(code).toBe(64);
    expect(stdout + stderr).toContain('JOB_COMPLETION_INDEX is set, but BACKFILL_PARTS is not');
    expect(await sent()).toBe(0);
  });

  it('keeps what a consumer knows: the first home library, and the tract of an address that is the same', async () => {
    await putPatrons(poller.database, [...patrons]);
    await plan();
    await backfill('run');
    await poller.database.query(
      "UPDATE patron_info SET initial_patron_home_library_code = 'xx', geoid = '36061000100' WHERE creation_date_et IS NOT NULL",
    );
    const table = () => poller.database.query('SELECT * FROM patron_info ORDER BY patron_id');
    const before = await table();
    for (const name of readdirSync(poller.directory).filter((each) => each.startsWith('plan')))
      await rm(join(poller.directory, name), { recursive: true });
    await plan();
    await backfill('run');
    expect(await table()).toEqual(before);
  });

  it.each([
    ['another key', { BCRYPT_SALT: '$2a$04$9AvAPrrUsmlBa50qgc683e' }, 'KEY_CHANGED'],
    [
      'another configuration',
      { GEOCODER_API_VINTAGE: 'Census2020_Current' },
      'was made with another configuration',
    ],
  ] as const)('is refused with %s than that of its plan', async (_, more, words) => {
    await putPatrons(poller.database, [...patrons]);
    await plan();
    const { code, stdout, stderr } = await backfill('run', [], more);
    expect(code).toBe(78);
    expect(stdout + stderr).toContain(words);
    expect(await sent()).toBe(0);
  });

  it('is refused for a plan that is there already, is none, or has ranges that overlap', async () => {
    await putPatrons(poller.database, [...patrons]);
    expect((await backfill('run')).code).toBe(78);
    await plan();
    expect((await plan()).code).toBe(64);
    const path = join(poller.directory, 'plan.json');
    const document = JSON.parse(await readFile(path, 'utf8'));
    document.ranges[1].after = '1000';
    await writeFile(path, JSON.stringify(document));
    expect((await backfill('run')).code).toBe(78);
  });

  it('is refused for a schema that has changed at its place', async () => {
    await putPatrons(poller.database, [...patrons]);
    const path = join(poller.directory, 'records.avsc');
    const more = { PATRON_INFO_SCHEMA_URL: `file:${path}` };
    await writeFile(path, JSON.stringify(patronInfoSchema));
    await backfill('plan', [], more);
    const fields = patronInfoSchema.fields.filter(({ name }: { name: string }) => name !== 'pcode3');
    await writeFile(path, JSON.stringify({ ...patronInfoSchema, fields }));
    const { code, stdout, stderr } = await backfill('run', [], more);
    expect(code).toBe(78);
    expect(stdout + stderr).toContain('was made with another configuration');
  });

  it('takes another key of the geocoder than that of the plan', async () => {
    await putPatrons(poller.database, [...patrons]);
    await plan();
    expect((await backfill('run', [], { GEOCODER_API_KEY: 'census-key-4712' })).code).toBe(0);
  });

  it('is refused with another key than that of the daily poll', async () => {
    await putPatrons(poller.database, [...patrons]);
    await poller.putState(dailyState('2026-01-01', { key_fingerprint: 'another key' }));
    const { code, stdout, stderr } = await plan();
    expect(code).toBe(78);
    expect(stdout + stderr).toContain('recorded in the checkpoint at s3:');
  });

  it('goes to the end of its ranges where the daily poll stops after some batches', async () => {
    await putPatrons(poller.database, [...patrons]);
    await plan();
    expect((await backfill('run', [], { MAX_BATCHES: '1' })).code).toBe(0);
    expect(await sent()).toBe(wanted);
  });

  it('says which poll closes the gap where the daily poll is beyond the plan', async () => {
    await putPatrons(poller.database, [...patrons]);
    await poller.putState(dailyState('2026-01-01'));
    await plan();
    expect((await backfill('run')).stdout).not.toContain('--since');
    await poller.putState(dailyState('2099-01-01'));
    const { stdout } = await backfill('run');
    const [, since = ''] = /patronflow poll --since (\S+)/.exec(stdout) ?? [];
    const { before } = JSON.parse(await readFile(join(poller.directory, 'plan.json'), 'utf8'));
    expect(new Date(since).getTime()).toBe(
      Math.floor(Date.parse(`${before.replace(' ', 'T')}Z`) / 1000) * 1000,
    );
  });

  it('warns where the daily poll would begin too late', async () => {
    await putPatrons(poller.database, [...patrons]);
    await plan();
    const { stdout } = await backfill('run', [], { STARTING_CREATION_DT: '2099-01-01' });
    expect(stdout).toContain('The daily poll has no checkpoint and would begin later than');
  });
});

describe('a back-fill in trouble', () => {
  /** The run as a process, once it has sent something. */
  async function underWay(more: Record<string, string> = {}, at = 'plan.json') {
    const process = poller.start(
      ['backfill', 'run', ...preset, '--plan', at, '--json'],
      { ...sink(), ...more },
      { bin: 'bin.cjs' },
    );
    await expect.poll(sent, { timeout: 20_000 }).toBeGreaterThan(0);
    return process;
  }

  it('goes on with the next page where Sierra fails over', async () => {
    await putPatrons(poller.database, [...patrons]);
    await plan();
    const { ended } = await underWay({ ACTIVE_PATRON_BATCH_SIZE: '2' });
    await cutConnections(poller.database);
    expect(JSON.parse((await ended).stdout)).toMatchObject({ outcome: 'done', donePatrons: wanted });
    expect(await sent()).toBe(wanted);
  });

  it('keeps its plan and what it has noted in S3, if that is where the plan is', async () => {
    await putPatrons(poller.database, [...patrons]);
    const at = 's3://states/backfill/plan.json';
    expect((await backfill('plan', ['--patrons', '50', '--plan', at])).code).toBe(0);
    const { child, ended } = await underWay({ ACTIVE_PATRON_BATCH_SIZE: '2' }, at);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
    const { stdout } = await backfill('run', ['--plan', at, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'done', donePatrons: wanted });
    expect(await sent()).toBe(wanted);
  });

  it('ends with a right that was revoked in the middle, and goes on once it is given back', async () => {
    await putPatrons(poller.database, [...patrons]);
    await plan();
    await poller.database.query(`
      CREATE ROLE reader_of_sierra LOGIN PASSWORD 'reader';
      GRANT USAGE ON SCHEMA sierra_view TO reader_of_sierra;
      GRANT SELECT ON ALL TABLES IN SCHEMA sierra_view TO reader_of_sierra`);
    onTestFinished(
      () =>
        void poller.database
          .query('DROP OWNED BY reader_of_sierra; DROP ROLE reader_of_sierra')
          .catch(() => {}),
    );
    const asReader = { SIERRA_DB_USER: 'reader_of_sierra', SIERRA_DB_PASSWORD: 'reader' };
    const { ended } = await underWay({ ...asReader, ACTIVE_PATRON_BATCH_SIZE: '2' });
    await poller.database.query('REVOKE SELECT ON sierra_view.patron_view FROM reader_of_sierra');
    expect(await ended).toMatchObject({ code: 78, stdout: expect.stringContaining('SOURCE_QUERY') });
    await poller.database.query('GRANT SELECT ON sierra_view.patron_view TO reader_of_sierra');
    expect((await backfill('run', [], asReader)).code).toBe(0);
    expect(await sent()).toBe(wanted);
  });

  it.runIf(mayMount)('says that the disk is full, and goes on where it was once there is room', async () => {
    await putPatrons(poller.database, [...patrons]);
    const disk = await smallDisk(64);
    const at = join(disk, 'plan.json');
    await backfill('plan', ['--patrons', '50', '--plan', at]);
    await writeFile(join(disk, 'filler'), Buffer.alloc(64 * 1024)).catch(() => {});
    const full = await backfill('run', ['--plan', at]);
    expect(full.code).toBe(69);
    expect(full.stdout).toMatch(/DISK_FULL|STORE_FULL/);
    await rm(join(disk, 'filler'));
    expect((await backfill('run', ['--plan', at])).code).toBe(0);
    expect(await sent()).toBe(wanted);
  });
});
