import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedFile, FileSource } from '../../src/feeds/ports.ts';
import { failureOf } from '../support/failure.ts';
import {
  type FilesBench,
  folderBench,
  httpsBench,
  s3Bench,
  sftpBench,
  writtenAt,
} from '../support/files-benches.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { never } from '../support/never.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

const benches = [
  ['files/folder', folderBench],
  ['files/https', httpsBench],
  ['files/s3', s3Bench],
  ['files/sftp', sftpBench],
] as const;

const oddNames = [
  'two words.csv',
  'Zoë 李 😀.csv',
  "it's & 100% #1 +a?.csv",
  '{YYYY}.csv',
  '-rf.csv',
  '.hidden',
];

/** What every place of feeds does with any system behind it. */
describe.each(benches)('%s', (_adapter, start) => {
  let bench: FilesBench;
  let source: FileSource;

  const listed = async (name?: string) => {
    const files: FeedFile[] = [];
    for await (const file of source.list(never, name)) files.push(file);
    return files.sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  const content = async (name: string, from = source) => {
    const chunks: Buffer[] = [];
    for await (const chunk of from.read(name, never)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await bench.empty();
    source = bench.open();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await source.close();
  });
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^SOURCE_(UNREACHABLE|LOST)$/);

  it('lists the files of its folder, with size and time, and no others', async () => {
    await bench.seed('feeds/a.csv', 'ID\n1\n');
    await bench.seed('feeds/b.csv', '');
    await bench.seed('feeds/below/c.csv', 'ID\n');
    await bench.seed('beside.csv', 'ID\n');
    await bench.seed('feeds-of-others/d.csv', 'ID\n');

    const files = source.isFolder ? await listed() : [...(await listed('a.csv')), ...(await listed('b.csv'))];

    expect(files.map(({ name, size }) => [name, size])).toEqual([
      ['a.csv', 5],
      ['b.csv', 0],
    ]);
    for (const { modified } of files) {
      if (bench.keepsTimes) expect(modified).toEqual(writtenAt);
      else expect(Math.abs(Date.now() - (modified?.getTime() ?? 0))).toBeLessThan(60_000);
    }
  });

  it('finds nothing where there is nothing', async () => {
    expect(await listed('a.csv')).toEqual([]);
  });

  it('gives the bytes of a file as they are, again and again', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 256));
    await bench.seed('feeds/a.csv', bytes);
    await bench.seed('feeds/b.csv', '');

    expect((await content('a.csv')).equals(bytes)).toBe(true);
    expect((await content('b.csv')).length).toBe(0);
    expect((await content('a.csv')).equals(bytes)).toBe(true);
  });

  it.each(oddNames)('finds and reads what is called %s', async (name) => {
    await bench.seed(`feeds/${name}`, `ID\n${name}\n`);

    expect((await listed(name)).map((file) => file.name)).toEqual([name]);
    expect(String(await content(name))).toBe(`ID\n${name}\n`);
  });

  it('says which file is not there', async () => {
    const error = await failureOf(content('no-such.csv'), bench.secrets);
    expect(error.code).toMatch(/^SOURCE_(MISSING|LOGIN)$/);
    expect(error.message).toContain('no-such.csv');
  });

  // The server shares the process, and now and then its garbage is counted too.
  it('holds a few pieces of a file, not all of it, while its reader is busy', { retry: 3 }, async () => {
    await bench.seed('feeds/large.csv', Buffer.alloc(10 * 1024 ** 2, 'x'));
    let most = 0;
    let size = 0;
    const before = process.memoryUsage();
    for await (const chunk of source.read('large.csv', never)) {
      if (size === 0) await sleep(300);
      size += chunk.length;
      const { arrayBuffers, external } = process.memoryUsage();
      most = Math.max(
        most,
        chunk.length,
        size > chunk.length ? 0 : arrayBuffers + external - before.arrayBuffers - before.external,
      );
    }
    expect(size).toBe(10 * 1024 ** 2);
    expect(most).toBeLessThan(8 * 1024 ** 2);
  });

  it('lets go of a file in the middle, and reads another', async () => {
    await bench.seed('feeds/large.csv', Buffer.alloc(8 * 1024 ** 2, 'x'));
    await bench.seed('feeds/a.csv', 'ID\n1\n');

    await leavingNothing(async () => {
      const own = bench.open();
      for await (const _ of own.read('large.csv', never)) break;
      expect(String(await content('a.csv', own))).toBe('ID\n1\n');
      await own.close();
    });
  });

  it('obeys a stop in the middle of a file', async () => {
    await bench.seed('feeds/large.csv', Buffer.alloc(8 * 1024 ** 2, 'x'));

    await leavingNothing(async () => {
      const own = bench.open();
      const stopping = new AbortController();
      let size = 0;
      const reading = (async () => {
        for await (const chunk of own.read('large.csv', stopping.signal)) {
          size += chunk.length;
          stopping.abort();
        }
      })();
      await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
      expect(size).toBeLessThan(8 * 1024 ** 2);
      await own.close();
    });
  });

  it('takes a server that is gone in the middle of a file for what may be over soon', async ({ skip }) => {
    const { at, port } = bench;
    if (!at || port === undefined) return skip('a folder has no server');
    await bench.seed('feeds/large.csv', Buffer.alloc(4 * 1024 ** 2, 'x'));
    const proxy = await startTcpProxy(port);

    await leavingNothing(async () => {
      const own = at(proxy.port);
      await own.check(never);
      proxy.cut({ after: 1024 ** 2, direction: 'toClient' });
      const error = await failureOf(content('large.csv', own), bench.secrets);
      expect(error).toMatchObject({ code: 'SOURCE_LOST', kind: 'transient' });
      proxy.heal();
      expect((await content('large.csv', own)).length).toBe(4 * 1024 ** 2);
      await own.close();
    });

    await proxy.stop();
  });

  it('removes a file, and no other', async () => {
    if (!source.isFolder) return;
    for (const name of ['a.csv', 'b.csv', ...oddNames]) await bench.seed(`feeds/${name}`, 'ID\n');

    for (const name of ['a.csv', ...oddNames]) await source.remove(name);

    expect(await bench.paths()).toEqual(['feeds/b.csv']);
    expect((await listed()).map(({ name }) => name)).toEqual(['b.csv']);
  });

  it('moves a file into a folder below, and never over one that is there', async () => {
    if (!source.isFolder) return;
    await bench.seed('feeds/done/a.csv', 'old');
    await bench.seed('feeds/done/a-2.csv', 'older');
    for (const name of ['a.csv', 'b.csv', ...oddNames]) await bench.seed(`feeds/${name}`, `new ${name}`);

    for (const name of ['a.csv', ...oddNames]) await source.move(name, 'done');
    await bench.seed('feeds/a.csv', 'newest');
    await source.move('a.csv', 'done');

    expect(await bench.paths()).toEqual(
      [
        'feeds/b.csv',
        ...['a.csv', 'a-2.csv', 'a-3.csv', 'a-4.csv', ...oddNames].map((name) => `feeds/done/${name}`),
      ].sort(),
    );
    for (const [name, content] of [
      ['a.csv', 'old'],
      ['a-2.csv', 'older'],
      ['a-3.csv', 'new a.csv'],
      ['a-4.csv', 'newest'],
      [oddNames[1], `new ${oddNames[1]}`],
    ])
      expect(await bench.read(`feeds/done/${name}`)).toBe(content);
  });

  it('leaves a file where it is that cannot be moved', async () => {
    if (!source.isFolder) return;
    await bench.seed('feeds/done/a.csv', 'old');
    await failureOf(source.move('no-such.csv', 'done'));
    expect(await bench.paths()).toEqual(['feeds/done/a.csv']);
  });
});
