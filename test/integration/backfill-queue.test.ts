import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createBullmqQueue } from '../../src/adapters/queues/bullmq.ts';
import { run } from '../support/command.ts';
import type { ProcessOptions } from '../support/command-process.ts';
import { never } from '../support/never.ts';
import { makePoller, type Poller, type PollerBench, startPollerBench } from '../support/poller.ts';
import { quickTiming } from '../support/queues-benches.ts';
import { putPatrons } from '../support/sierra.ts';

let bench: PollerBench;
let poller: Poller;
beforeAll(async () => {
  bench = await startPollerBench();
});
afterAll(() => bench.stop());
beforeEach(async () => {
  poller = await makePoller(bench);
  await poller.database.query('ALTER TABLE patron_info ADD UNIQUE (patron_id)');
  await putPatrons(
    poller.database,
    Array.from({ length: patrons }, (_, at) => ({ id: 1000 + at * 7, created: '2026-01-05 15:00:00+00' })),
  );
});
afterEach(() => poller.close());

const patrons = 600;
const preset = ['--config', 'preset:patron-info-poller'];

function environment(): Record<string, string> {
  const { hostname, port, pathname } = new URL(poller.database.url);
  const { user, password } = poller.database;
  const url = `postgres://${user}:${password}@${hostname}:${port}${pathname}?sslmode=disable`;
  return { RECORDS_URL: url, ACTIVE_PATRON_BATCH_SIZE: '20', QUEUE_URL: url };
}

/** `patronflow backfill …`, with the queue in the database of Sierra. */
async function backfill(args: readonly string[], more: Record<string, string> = {}) {
  return run(['backfill', ...args], {
    environment: { ...poller.environment, ...environment(), ...more },
    workingDirectory: poller.directory,
  });
}

const plan = (...args: string[]) => backfill(['plan', ...preset, '--patrons', '50', ...args]);
const work = (more: Record<string, string> = {}) => backfill(['work', ...preset, '--json'], more);
const status = async () => JSON.parse((await backfill(['status', '--json'])).stdout);

function startWorker(more: Record<string, string> = {}, options: Partial<ProcessOptions> = {}) {
  return poller.start(
    ['backfill', 'work', ...preset],
    { ...environment(), ...more },
    { bin: 'bin.cjs', ...options },
  );
}

async function sent(): Promise<number> {
  const [row] = await poller.database.query('SELECT count(*)::int AS count FROM patron_info');
  return Number(row?.count);
}

describe('workers of a queue', () => {
  it('send every patron, and say how far they are', async () => {
    const planned = await plan();
    expect(planned.stdout).toMatch(/^600 patrons in 12 ranges, written to queue postgres:/);
    expect((await backfill(['status'])).stdout).toContain('No worker is running');

    const workers = await Promise.all([startWorker().ended, startWorker().ended]);

    expect(workers.map(({ code }) => code)).toEqual([0, 0]);
    expect(await sent()).toBe(patrons);
    expect(await status()).toMatchObject({
      patrons: { all: patrons, done: patrons },
      ranges: { waiting: 0, running: 0, done: 12, failed: 0 },
      workers: [{ running: [] }, { running: [] }],
    });
    expect((await backfill(['status'])).stdout).toContain('Done: every range was sent.');
    expect(await poller.state()).toBeNull();
  });

  it('take over the ranges of one that was killed, and of one that was suspended', async () => {
    await plan();
    const suspended = startWorker({ ACTIVE_PATRON_BATCH_SIZE: '2' });
    await expect.poll(sent, { timeout: 20_000 }).toBeGreaterThan(0);
    suspended.child.kill('SIGSTOP');
    const killed = await startWorker({}, { killAt: 'records.write#3 after' }).ended;
    expect(killed.code).toBeNull();
    const diedAt = Date.now();
    const before = await sent();

    const { code, stdout } = await work();

    expect(code).toBe(0);
    expect(await sent()).toBe(patrons);
    expect(Date.now() - diedAt).toBeLessThan(25_000);
    // Four ranges were under way; of each, a batch may have been sent and not noted.
    const report = JSON.parse(stdout);
    const here = report.ranges.reduce((sum: number, { books }: Books) => sum + (books?.written ?? 0), 0);
    expect(here).toBeLessThanOrEqual(patrons - before + 4 * 20);

    // It finds that all is done, and changes nothing any more.
    suspended.child.kill('SIGCONT');
    expect((await suspended.ended).code).toBe(0);
    expect((await status()).ranges).toMatchObject({ done: 12, failed: 0 });
  });

  it('stop where the plan was made with another configuration or key', async () => {
    await plan();
    const other = await work({ GEOCODER_API_VINTAGE: 'Census2020_Current' });
    expect(other.code).toBe(78);
    expect(other.stdout).toContain('was made with another configuration');
    const strange = await work({ BCRYPT_SALT: '$2a$04$9AvAPrrUsmlBa50qgc683e' });
    expect(strange.code).toBe(78);
    expect(strange.stdout).toContain('KEY_CHANGED');
    expect(await sent()).toBe(0);
  });

  it('wait while the queue is paused, and go on', async () => {
    await plan('--at-once', '1');
    await backfill(['pause']);
    expect((await backfill(['status'])).stdout).toContain('Paused.');
    const worker = startWorker();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await sent()).toBe(0);
    await backfill(['resume', '--at-once', '3']);
    expect((await worker.ended).code).toBe(0);
    expect(await sent()).toBe(patrons);
    expect((await status()).atOnce).toBe(3);
  });

  it('give ranges back when they are stopped', async () => {
    await plan();
    const worker = startWorker({ ACTIVE_PATRON_BATCH_SIZE: '5' });
    await expect.poll(sent, { timeout: 20_000 }).toBeGreaterThan(0);
    worker.child.kill('SIGTERM');
    expect((await worker.ended).code).toBe(143);
    expect((await status()).ranges).toMatchObject({ running: 0, failed: 0 });
    expect((await work()).code).toBe(0);
    expect(await sent()).toBe(patrons);
  });

  it('end with what is wrong for all of them, and go on once it is mended', async () => {
    await plan();
    await poller.database.query("CREATE ROLE limited LOGIN PASSWORD 'limited'").catch(() => {});
    await poller.database.query(
      'GRANT USAGE ON SCHEMA sierra_view TO limited; GRANT SELECT ON ALL TABLES IN SCHEMA sierra_view TO limited',
    );
    const asLimited = {
      SIERRA_DB_USER: 'limited',
      SIERRA_DB_PASSWORD: 'limited',
      ACTIVE_PATRON_BATCH_SIZE: '2',
    };
    const worker = startWorker(asLimited);
    await expect.poll(sent, { timeout: 20_000 }).toBeGreaterThan(0);
    await poller.database.query('REVOKE SELECT ON sierra_view.patron_view FROM limited');
    const { code, stdout } = await worker.ended;
    expect(code).toBe(78);
    expect(stdout).toContain('SOURCE_QUERY');
    expect((await status()).ranges).toMatchObject({ running: 0, failed: 0 });

    await poller.database.query('GRANT SELECT ON sierra_view.patron_view TO limited');
    expect((await work(asLimited)).code).toBe(0);
    expect(await sent()).toBe(patrons);
  });

  it('name what was set aside, and send it when that is asked for', async () => {
    await plan();
    const { QUEUE_URL: url = '' } = environment();
    const settings = { url, worker: 'test', warn: () => {}, connectTimeoutMs: 10_000, callTimeoutMs: 10_000 };
    const queue = createBullmqQueue(settings, quickTiming);
    onTestFinished(() => queue.close());
    // The same plan, with tries that do not take minutes.
    await queue.fill(await queue.plan(never), 12, null);
    await queue.work(12, async (range) => (range === 3 ? 'The cause, in words.' : null), never);

    const { code, stdout } = await work();
    expect(code).toBe(69);
    expect(JSON.parse(stdout).error.message).toBe('1 of 12 ranges were set aside after their last try.');
    const page = join(poller.directory, 'status.html');
    const told = await backfill(['status', '--report', page]);
    expect(told.stdout).toContain('NOT COMPLETE: some ranges were set aside.');
    expect(told.stdout).toContain('range 3, 3 tries, last on test: The cause, in words.');
    expect(await readFile(page, 'utf8')).toContain('The cause, in words.');

    expect((await backfill(['retry'])).stdout).toContain('1 range that was set aside is queued again');
    expect((await work()).code).toBe(0);
    expect(await sent()).toBe(50);
  });
});

type Books = { books: { written: number } | null };

describe('a plan in a queue', () => {
  it('is refused while another one is not done', async () => {
    await plan();
    const second = await plan();
    expect(second.code).toBe(64);
    expect(second.stderr).toContain('There is a plan at queue postgres:');
    await work();
    expect((await plan()).code).toBe(0);
    expect((await status()).ranges).toMatchObject({ waiting: 12, done: 0 });
  });

  it('is asked for where there is none', async () => {
    const { code, stderr } = await backfill(['status']);
    expect(code).toBe(78);
    expect(stderr).toContain('backfill plan');
  });
});
