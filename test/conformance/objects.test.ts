import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ObjectStore, StagedObject } from '../../src/load/ports.ts';
import { failureOf } from '../support/failure.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { never } from '../support/never.ts';
import { listed, localFile } from '../support/objects.ts';
import { folderBench, type ObjectsBench, s3Bench, sftpBench } from '../support/objects-benches.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

const benches = [
  ['objects/folder', folderBench],
  ['objects/s3', s3Bench],
  ['objects/sftp', sftpBench],
] as const;

/** What every store does with any system behind it: docs/delivery.md rests on these. */
describe.each(benches)('%s', (_adapter, start) => {
  let bench: ObjectsBench;
  let store: ObjectStore;
  const opened: ObjectStore[] = [];

  const open = (folder?: string) => {
    const made = bench.open(folder);
    opened.push(made);
    return made;
  };

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(async () => {
    // The SDK waits a random share of its back-off: none of it here.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await bench.empty();
    store = open();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const made of opened.splice(0)) await made.close();
  });
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^STORE_(UNREACHABLE|BUSY)$/);

  it('hides a staged file from its reader', async () => {
    await store.stage('staff_1.zip', await localFile('new'), never);

    expect(await bench.visible()).toEqual([]);
    expect(await listed(store)).toEqual([]);
    expect(await bench.staged()).toBe(1);
  });

  it('shows a published file with exactly the bytes that were staged', async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 256));
    const file = await localFile(content);

    const receipt = await (await store.stage('staff_1.zip', file, never)).publish();

    expect(receipt).toMatchObject({ key: 'staff_1.zip', size: 300_000 });
    expect(receipt.location).toContain('in/staff_1.zip');
    expect((await bench.read('in/staff_1.zip')).equals(content)).toBe(true);
    expect(await listed(store)).toEqual([{ key: 'staff_1.zip', size: 300_000 }]);
    expect(await bench.staged()).toBe(0);
  });

  it('publishes a file a second time without harm, as after an answer that was lost', async () => {
    const staged = await store.stage('staff_1.zip', await localFile('new'), never);
    const receipt = await staged.publish();

    expect(await staged.publish()).toEqual(receipt);
    expect(String(await bench.read('in/staff_1.zip'))).toBe('new');
  });

  it('does not vouch for another file that took the place of the published one', async () => {
    const staged = await store.stage('staff_1.zip', await localFile('new'), never);
    await staged.publish();
    await bench.seed('in/staff_1.zip', 'longer');

    await expect(staged.publish()).rejects.toMatchObject({ code: 'STORE_DAMAGED', kind: 'transient' });
  });

  it('replaces a file of the same name in one step', async () => {
    await bench.seed('in/staff_1.zip', 'old');
    const staged = await store.stage('staff_1.zip', await localFile('newer'), never);
    expect(String(await bench.read('in/staff_1.zip'))).toBe('old');

    await staged.publish();

    expect(String(await bench.read('in/staff_1.zip'))).toBe('newer');
    expect(await bench.visible()).toEqual(['in/staff_1.zip']);
  });

  it('takes a staged file away, and does not mind when it is gone', async () => {
    const staged = await store.stage('staff_1.zip', await localFile('new'), never);

    await staged.discard();
    await staged.discard();

    expect(await bench.staged()).toBe(0);
    expect(await bench.visible()).toEqual([]);
  });

  it('leaves a published file alone when it is discarded afterwards', async () => {
    const staged = await store.stage('staff_1.zip', await localFile('new'), never);
    await staged.publish();

    await staged.discard();

    expect(await bench.visible()).toEqual(['in/staff_1.zip']);
  });

  it('refuses a file that is not the one that was finished, and shows nothing of it', async () => {
    const file = await localFile('what was checked');
    const other = await localFile('what is now here');

    const staging = store.stage('staff_1.zip', { ...file, path: other.path }, never);

    await expect(staging).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    expect(await bench.visible()).toEqual([]);
    expect(await bench.staged()).toBe(0);
  });

  it('stages nothing once it was told to stop', async () => {
    const file = await localFile('new');
    const stopping = new AbortController();
    stopping.abort();

    await expect(store.stage('staff_1.zip', file, stopping.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(await bench.visible()).toEqual([]);
    expect(await bench.staged()).toBe(0);
  });

  it('removes the files that it is given, and does not mind when one is gone', async () => {
    await bench.seed('in/a.zip', 'a');
    await bench.seed('in/b.zip', 'b');

    await store.remove(['a.zip', 'gone.zip']);
    await store.remove([]);

    expect(await bench.visible()).toEqual(['in/b.zip']);
  });

  it('never looks beside its folder or below it', async () => {
    const neighbours = ['in-archive/x.zip', 'in/sub/x.zip', 'inx.zip', 'x.zip'];
    for (const path of neighbours) await bench.seed(path, 'not ours');
    await bench.seed('in/staff_1.zip', 'ours');

    expect((await listed(store)).map(({ key }) => key)).toEqual(['staff_1.zip']);
    await store.remove((await listed(store)).map(({ key }) => key));
    expect(await store.sweep(() => true, never)).toBe(0);

    expect(await bench.visible()).toEqual([...neighbours].sort());
  });

  it('finds an empty place where nothing was ever delivered', async () => {
    const fresh = open('never/delivered');

    expect(await listed(fresh)).toEqual([]);
    expect(await fresh.sweep(() => true, never)).toBe(0);
    await expect(fresh.check(never)).resolves.toMatch(/\w/);
  });

  it('makes the folder with the first file', async () => {
    const fresh = open('never/delivered');

    await (await fresh.stage('staff_1.zip', await localFile('new'), never)).publish();

    expect(await bench.visible()).toEqual(['never/delivered/staff_1.zip']);
  });

  it('sweeps up what runs that died had staged, and only what is ours', async () => {
    const file = await localFile('new');
    for (const key of ['staff_1.zip', 'staff_2.zip', 'students_1.zip', 'students_2.zip', 'theirs.zip']) {
      await store.stage(key, file, never);
    }
    const below = open('in/sub');
    await below.stage('staff_3.zip', file, never);
    await bench.seed('in/staff_4.zip', 'published');

    const swept = await open('in').sweep((key) => /(staff|students)_\d/.test(key), never);

    expect(swept).toBe(4);
    expect(await bench.staged()).toBe(2);
    expect(await bench.visible()).toEqual(['in/staff_4.zip']);
    expect(await below.sweep(() => true, never)).toBe(1);
  });

  it('never sweeps up a published file, even one that is called ours', async () => {
    await bench.seed('in/staff_1.zip', 'published');

    expect(await store.sweep(() => true, never)).toBe(0);
    expect(await bench.visible()).toEqual(['in/staff_1.zip']);
  });

  it('refuses by its check a place that it may read and not write, and leaves nothing there', async () => {
    const closed = await bench.mayOnlyRead();
    const before = await bench.traces();
    for (const adapter of closed) {
      expect(await failureOf(adapter.check(never), bench.secrets)).toMatchObject({ code: 'STORE_FORBIDDEN' });
      await adapter.close();
    }
    expect(await bench.traces()).toEqual(before);
  });

  it('says what it found, and changes nothing by looking', async () => {
    await bench.seed('in/staff_1.zip', 'published');

    await expect(store.check(never)).resolves.toMatch(/1 (zip )?file\b/);
    expect(await bench.visible()).toEqual(['in/staff_1.zip']);
  });

  it('leaves the file that was there alone when the connection is cut while another is staged', async ({
    skip,
  }) => {
    if (!bench.cut) return skip('there is no connection');
    const file = await localFile(Buffer.alloc(500_000, 7));
    await bench.seed('in/staff_1.zip', 'old');
    bench.cut.staging();

    const error = await failureOf(store.stage('staff_1.zip', file, never), bench.secrets);

    expect(error).toMatchObject({ code: 'STORE_BUSY', kind: 'transient' });
    expect(await listed(store)).toEqual([{ key: 'staff_1.zip', size: 3 }]);
    await (await store.stage('staff_1.zip', file, never)).publish();
    expect((await bench.read('in/staff_1.zip')).equals(file.content)).toBe(true);
  });

  it('can be asked again to publish when the answer to the first request was lost', async ({ skip }) => {
    if (!bench.cut) return skip('there is no connection');
    const staged = await store.stage('staff_1.zip', await localFile('new'), never);
    bench.cut.publishing();

    const error = await failureOf(staged.publish(), bench.secrets);

    expect(error).toMatchObject({ code: 'STORE_BUSY', kind: 'transient' });
    await expect(staged.publish()).resolves.toMatchObject({ key: 'staff_1.zip', size: 3 });
    expect(await listed(store)).toEqual([{ key: 'staff_1.zip', size: 3 }]);
    expect(await bench.staged()).toBe(0);
  });

  it('leaves nothing that cannot be taken away when it is told to stop in the middle of a file', async () => {
    const file = await localFile(Buffer.alloc(500_000, 7));
    const stopping = new AbortController();
    bench.whenArriving(() => stopping.abort());

    // A store may finish the file that it is at, and hand it over.
    const staged = await store.stage('staff_1.zip', file, stopping.signal).catch((error: unknown) => error);

    expect(stopping.signal.aborted).toBe(true);
    if (staged instanceof Error) expect(staged).toMatchObject({ name: 'AbortError' });
    else await (staged as StagedObject).discard();
    expect(await bench.staged()).toBe(0);
    expect(await bench.visible()).toEqual([]);
    expect(await listed(store)).toEqual([]);
  });

  it('leaves nothing behind when it is closed with a file staged', async () => {
    const file = await localFile('new');
    await leavingNothing(async () => {
      const left = bench.open();
      await left.stage('staff_1.zip', file, never);
      await left.close();
    });

    expect(await store.sweep(() => true, never)).toBe(1);
  });
});
