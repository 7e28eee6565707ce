import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Ended } from '../support/command-process.ts';
import { atNight, isNightly } from '../support/nightly.ts';
import { makeNights, type Nights } from '../support/nights.ts';
import { folderBench, type ObjectsBench, s3Bench, sftpBench } from '../support/objects-benches.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.ts';
import { type Direction, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

// Night 1 goes well; on night 2 the network does not. Time-outs and waits pass as much faster.
const clockSpeed = 20;
const before = { staff: 1, student: 1 };
const after = { staff: 2, student: 2 };

async function proxyFor(port = 0): Promise<TcpProxy> {
  const proxy = await startTcpProxy(port);
  onTestFinished(() => proxy.stop());
  return proxy;
}

describe('a load from PostgreSQL', () => {
  let server: TestPostgres;
  let store: ObjectsBench;
  beforeAll(async () => {
    [server, store] = await Promise.all([startPostgres(), folderBench()]);
  });
  afterAll(async () => {
    await Promise.all([server.stop(), store.stop()]);
  });

  async function makeWarehouse(): Promise<{ nights: Nights; proxy: TcpProxy }> {
    const database = await server.freshDatabase();
    onTestFinished(() => database.close());
    const proxy = await proxyFor(server.port);
    const nights = await makeNights(store, { people: 5000 });
    for (const [group, people] of [
      ['staff', 5000],
      ['student', 3],
    ] as const)
      await database.query(
        `CREATE TABLE ${group} AS SELECT '${group}' || n AS login, 'Name ' || n || ' of night 2' AS name,
           'B-${group}' || n AS barcode, '${group}' || n || '@example.edu' AS email
           FROM generate_series(0, ${people - 1}) AS n ORDER BY n`,
      );
    expect((await nights.load(1)).code).toBe(0);
    const url = new URL(database.url);
    url.port = String(proxy.port);
    const { user, password } = database;
    const source = `{ url: "${url.href}", user: ${user}, password: ${password}, call_timeout_seconds: 20 }`;
    const file = join(nights.library.directory, 'patronflow.yaml');
    const yaml = await readFile(file, 'utf8');
    await writeFile(file, yaml.replace(/^source: .*$/m, `source: ${source}`));
    return { nights, proxy };
  }

  type Fault = [string, (proxy: TcpProxy) => void, number, string];
  it.each<Fault>([
    [
      'falls silent in the middle of a group',
      (proxy) => proxy.swallow({ after: 150_000, direction: 'toClient' }),
      75,
      'was lost for group staff',
    ],
    ['never says a word', (proxy) => proxy.swallow(), 69, 'cannot be reached'],
    ...atNight<Fault>(
      [
        'is cut in the middle of a group',
        (proxy) => proxy.cut({ after: 150_000, direction: 'toClient' }),
        75,
        'was lost for group staff',
      ],
      [
        'falls silent behind the login',
        (proxy) => proxy.swallow({ after: 800, direction: 'toClient' }),
        75,
        'was lost',
      ],
      ['is cut at every attempt', (proxy) => proxy.cut({ after: 0, direction: 'toServer' }), 75, 'was lost'],
    ),
  ])('that %s ends with a clear error, and nothing is delivered', async (_, worsen, code, said) => {
    const { nights, proxy } = await makeWarehouse();
    worsen(proxy);
    const ended = await nights.loadApart(2, { clockSpeed });
    expect(ended).toMatchObject({ code, stdout: expect.stringContaining(said) });
    expect(await nights.delivered()).toEqual(before);
    expect(await nights.leftovers()).toEqual({ staged: 0, work: [] });
  });

  it.runIf(isNightly)('over a slow network takes longer', async () => {
    const { nights, proxy } = await makeWarehouse();
    proxy.slow({ delayMs: 15, bytesPerSecond: 2_000_000 });
    expect((await nights.loadApart(2)).code).toBe(0);
    expect(await nights.delivered()).toEqual(after);
  });

  it('ends, although the database falls silent before the connection is closed', async () => {
    const { nights, proxy } = await makeWarehouse();
    const onStderr = (text: string) => {
      if (text.includes('"msg":"Staged."')) proxy.swallow();
    };
    expect((await nights.loadApart(2, { clockSpeed, onStderr })).code).toBe(0);
    expect(await nights.delivered()).toEqual(after);
  });
});

describe.each<[string, () => Promise<ObjectsBench>]>([
  ['S3', () => s3Bench()],
  ['an SFTP server', sftpBench],
])('a load to %s', (_system, startBench) => {
  let bench: ObjectsBench;
  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(() => bench.stop());

  async function makeStore(): Promise<{ nights: Nights; proxy: TcpProxy }> {
    const proxy = await proxyFor(bench.port);
    const nights = await makeNights(bench, { port: proxy.port });
    expect((await nights.load(1)).code).toBe(0);
    return { nights, proxy };
  }

  interface Place {
    readonly after: number;
    readonly direction: Direction;
  }
  // A file that is on its way, and the answer that it has arrived.
  const whileSending: Place = { after: 6000, direction: 'toServer' };
  const whileAnswering: Place = { after: 6000, direction: 'toClient' };
  const sooner = atNight<Place>(
    { after: 1000, direction: 'toServer' },
    { after: 1000, direction: 'toClient' },
  );

  /** All is delivered or nothing is, and the run says which. */
  async function expectHonest({ code, stdout }: Ended, nights: Nights, where: string): Promise<void> {
    expect([0, 75], `${where}: ${stdout}`).toContain(code);
    expect(await nights.delivered(), where).toEqual(code === 0 ? after : before);
    expect(stdout, where).toContain(code === 0 ? 'Delivered.' : 'FAILED. No new file was delivered.');
    expect((await nights.leftovers()).work, where).toEqual([]);
  }

  it.each([whileSending, ...atNight(whileAnswering), ...sooner])(
    'is delivered as a whole or not at all when a connection is cut: %o',
    async (place) => {
      const { nights, proxy } = await makeStore();
      proxy.cut({ ...place, times: 1 });
      await expectHonest(await nights.loadApart(2, { clockSpeed }), nights, 'cut');
      proxy.heal();
      expect((await nights.load(3)).code).toBe(0);
      expect(await nights.leftovers()).toEqual({ staged: 0, work: [] });
    },
  );

  it.each([whileAnswering, ...atNight(whileSending), ...sooner])(
    'is delivered as a whole or not at all when a connection falls silent: %o',
    async (place) => {
      const { nights, proxy } = await makeStore();
      proxy.swallow({ ...place, times: 1 });
      await expectHonest(await nights.loadApart(2, { clockSpeed }), nights, 'swallow');
    },
  );

  it('ends with a clear error when it never answers', async () => {
    const { nights, proxy } = await makeStore();
    proxy.swallow();
    const ended = await nights.loadApart(2, { clockSpeed, environment: { AWS_MAX_ATTEMPTS: '1' } });
    expect(ended.code).toBe(75);
    expect(ended.stdout).toMatch(/stopped answering|did not answer/);
    proxy.heal();
    expect(await nights.delivered()).toEqual(before);
  });

  it.runIf(isNightly)('over a slow network takes longer', async () => {
    const { nights, proxy } = await makeStore();
    proxy.slow({ delayMs: 25, bytesPerSecond: 100_000 });
    expect((await nights.loadApart(2)).code).toBe(0);
    expect(await nights.delivered()).toEqual(after);
  });

  it.runIf(isNightly)('ends, although the store falls silent before the connection is closed', async () => {
    const { nights, proxy } = await makeStore();
    const onStderr = (text: string) => {
      if (text.split('"msg":"Published and verified."').length > 1 && text.includes('student'))
        proxy.swallow();
    };
    const environment = { AWS_MAX_ATTEMPTS: '1' };
    const { code, stdout } = await nights.loadApart(2, { clockSpeed, onStderr, environment });
    proxy.heal();
    // The ledger could not be saved any more, which is a warning for the next run.
    expect([code, await nights.delivered()]).toEqual([0, after]);
    expect(stdout).toContain('Delivered.');
  });
});

describe('a load with its report by mail', () => {
  let smtp: TestSmtpServer;
  let store: ObjectsBench;
  beforeAll(async () => {
    [smtp, store] = await Promise.all([startSmtpServer({ withoutTls: true }), folderBench()]);
  });
  afterAll(async () => {
    await Promise.all([smtp.stop(), store.stop()]);
  });

  type Fault = [string, (proxy: TcpProxy) => void];
  it.each<Fault>([
    ['never answers', (proxy) => proxy.swallow()],
    ['breaks off in the message', (proxy) => proxy.cut({ after: 900, direction: 'toServer' })],
    ...atNight<Fault>(
      ['falls silent in its greeting', (proxy) => proxy.swallow({ after: 10, direction: 'toClient' })],
      ['falls silent in the message', (proxy) => proxy.swallow({ after: 900, direction: 'toServer' })],
    ),
  ])('is delivered, and says so by its exit code when the server %s', async (_, worsen) => {
    const proxy = await proxyFor(smtp.port);
    const via = `{ via: "smtp://127.0.0.1:${proxy.port}", smtp: { tls: disable }, from: a@b.example, to: c@d.example }`;
    const nights = await makeNights(store, { lines: [`mail: ${via}`] });
    expect((await nights.load(1)).code).toBe(0);
    worsen(proxy);
    const ended = await nights.loadApart(2, { clockSpeed });
    expect(ended.code).toBe(69);
    expect(ended.stdout).toContain('The report could not be mailed.');
    expect(await nights.delivered()).toEqual(after);
  });
});
