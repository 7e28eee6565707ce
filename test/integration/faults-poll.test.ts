import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessOptions } from '../support/command-process.ts';
import { atNight, isNightly } from '../support/nightly.ts';
import { type PollerBench, startPollerBench } from '../support/poller.ts';
import { batchSize, makePolls, type Polls } from '../support/polls.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

// Time-outs and waits pass as much faster.
const clockSpeed = 30;

const preset = resolve(import.meta.dirname, '../../presets/patron-info-poller');

/** What a poll talks to, each by a way of its own. */
const ways = ['sierra', 'warehouse', 'kinesis', 's3'] as const;

let bench: PollerBench;
let proxies: Record<(typeof ways)[number], TcpProxy>;
let polls: Polls;

beforeAll(async () => {
  bench = await startPollerBench();
  const portOf = (endpoint: string) => Number(new URL(endpoint).port);
  const [sierra, warehouse, kinesis, s3] = await Promise.all([
    startTcpProxy(bench.postgres.port),
    startTcpProxy(bench.postgres.port),
    startTcpProxy(portOf(bench.kinesis.endpoint)),
    startTcpProxy(portOf(bench.s3.endpoint)),
  ]);
  proxies = { sierra, warehouse, kinesis, s3 };
});
afterAll(async () => {
  for (const proxy of Object.values(proxies)) await proxy.stop();
  await bench.stop();
});
beforeEach(async () => {
  const { sierra, warehouse, kinesis, s3 } = proxies;
  polls = await makePolls(bench, {
    SIERRA_DB_PORT: String(sierra.port),
    REDSHIFT_DB_PORT: String(warehouse.port),
    AWS_ENDPOINT_URL_KINESIS: `http://127.0.0.1:${kinesis.port}`,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${s3.port}`,
    PATRON_INFO_SCHEMA_URL: `file:${join(preset, 'patron-info.avsc')}`,
  });
  // The preset waits five minutes for an answer.
  const yaml = await readFile(join(preset, 'patronflow.yaml'), 'utf8');
  const hasty = yaml.replace(/^ {2}password: .*$/gm, (line) => `${line}\n  call_timeout_seconds: 10`);
  await writeFile(join(polls.poller.directory, 'hasty.yaml'), hasty);
});
afterEach(async () => {
  for (const proxy of Object.values(proxies)) proxy.heal();
  await polls.close();
});

const config = ['--config', 'hasty.yaml'];
const poll = (more: Partial<ProcessOptions> = {}) => polls.pollApart(config, { clockSpeed, ...more });

describe('one connection that breaks', () => {
  const everyFault = ways.flatMap((way) =>
    (['cut', 'swallow'] as const).flatMap((what) =>
      (['toServer', 'toClient'] as const).map((direction) => ({ way, what, direction })),
    ),
  );
  // Each way and each fault once.
  const faults: typeof everyFault = [
    { way: 'sierra', what: 'swallow', direction: 'toClient' },
    { way: 'warehouse', what: 'cut', direction: 'toServer' },
    { way: 'kinesis', what: 'cut', direction: 'toClient' },
    { way: 's3', what: 'swallow', direction: 'toServer' },
  ];
  it.each(isNightly ? everyFault : faults)(
    'costs time and loses no patron: %o',
    async ({ way, what, direction }) => {
      proxies[way][what]({ after: 2500, direction, times: 1 });
      const { code, stdout } = await poll();
      // What is asked before the first batch is tried again by the next run.
      expect([0, 75], stdout).toContain(code);
      proxies[way].heal();
      if (code !== 0) expect((await polls.poll(config)).code).toBe(0);
      const { repeated, ...compared } = polls.compareAll();
      expect(compared).toEqual({ missing: 0, wrong: [] });
      expect(repeated).toBeLessThanOrEqual(batchSize);
    },
  );
});

describe('a way that is gone for good', () => {
  it.each<[(typeof ways)[number], RegExp]>([
    ['sierra', /The connection to postgres:.* was lost|cannot be reached/],
    ...atNight<[(typeof ways)[number], RegExp]>([
      'warehouse',
      /The connection to postgres:.* was lost|cannot be reached/,
    ]),
    ['s3', /s3:\/\/states\/.* closed the connection or stopped answering|could not be renewed/],
  ])('%s ends the poll with a clear error, and the next one goes on', async (way, said) => {
    const onStderr = (text: string) => {
      if (text.includes('"msg":"Sent a batch."')) proxies[way].swallow();
    };
    const environment = { ...polls.environment, AWS_MAX_ATTEMPTS: '1' };
    // Faster than this, a connection that is only slow would be given up too.
    const { code, stdout } = await poll({ environment, onStderr, clockSpeed: 2 * clockSpeed });
    expect([69, 75], stdout).toContain(code);
    expect(stdout).toMatch(said);
    proxies[way].heal();
    expect((await polls.poll(config)).code).toBe(0);
    const { repeated, ...compared } = polls.compareAll();
    expect(compared).toEqual({ missing: 0, wrong: [] });
    expect(repeated).toBeLessThanOrEqual(batchSize);
  });
});

it.runIf(isNightly)('a slow network takes longer', async () => {
  for (const proxy of Object.values(proxies)) proxy.slow({ delayMs: 10, bytesPerSecond: 200_000 });
  expect((await polls.pollApart(config)).code).toBe(0);
  expect(polls.compareAll()).toEqual({ missing: 0, repeated: 0, wrong: [] });
});

describe('PostgreSQL as the sink', () => {
  const rows = () => polls.poller.database.query('SELECT patron_id FROM sent.patron_info');

  type Fault = ['cut' | 'swallow', 'toServer' | 'toClient', number];
  it.each<Fault>([
    ['cut', 'toClient', 700],
    ['swallow', 'toServer', 6000],
    ...atNight<Fault>(['cut', 'toServer', 6000], ['swallow', 'toClient', 700]),
  ])('takes each record once when a connection is %s (%s, behind %i bytes)', async (...fault) => {
    const [what, direction, after] = fault;
    const { database } = polls.poller;
    await database.query('CREATE SCHEMA sent');
    const sink = await startTcpProxy(bench.postgres.port);
    try {
      const url = new URL(database.url);
      url.port = String(sink.port);
      Object.assign(url, { username: database.user, password: database.password });
      const yaml = await readFile(join(polls.poller.directory, 'hasty.yaml'), 'utf8');
      const table = '  postgres: { table: sent.patron_info, create_table: true }';
      await writeFile(
        join(polls.poller.directory, 'hasty.yaml'),
        yaml.replace(/^ {2}discard: .*$/m, (line) => `${line}\n${table}`),
      );
      sink[what]({ after, direction, times: 1 });
      const environment = { ...polls.environment, RECORDS_URL: url.href };
      const { code, stdout } = await poll({ environment });
      expect({ code, stdout }).toMatchObject({ code: 0 });
      expect(await rows()).toHaveLength(60);
    } finally {
      await sink.stop();
    }
  });
});
