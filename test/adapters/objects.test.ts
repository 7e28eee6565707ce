import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../src/core/ports.ts';
import {
  folderBench,
  listed,
  localFile,
  never,
  type ObjectsBench,
  s3Bench,
  sftpBench,
} from '../support/object-benches.ts';

/** What every store does, whatever the system behind it: docs/delivery.md rests on these. */
describe.each([
  ['a folder', folderBench],
  ['S3', s3Bench],
  ['an SFTP server', sftpBench],
])('delivering to %s', (_system, start) => {
  let bench: ObjectsBench;
  let store: ObjectStore;

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(async () => {
    await bench.empty();
    store = bench.store('in');
  });
  afterAll(() => bench.stop());

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
    const fresh = bench.store('never/delivered');

    expect(await listed(fresh)).toEqual([]);
    expect(await fresh.sweep(() => true, never)).toBe(0);
    await expect(fresh.check(never)).resolves.toMatch(/\w/);
    await fresh.close();
  });

  it('makes the folder with the first file', async () => {
    const fresh = bench.store('never/delivered');

    await (await fresh.stage('staff_1.zip', await localFile('new'), never)).publish();

    expect(await bench.visible()).toEqual(['never/delivered/staff_1.zip']);
    await fresh.close();
  });

  it('sweeps up what runs that died had staged, and only what is ours', async () => {
    const file = await localFile('new');
    for (const key of ['staff_1.zip', 'staff_2.zip', 'students_1.zip', 'students_2.zip', 'theirs.zip']) {
      await store.stage(key, file, never);
    }
    const below = bench.store('in/sub');
    await below.stage('staff_3.zip', file, never);
    await bench.seed('in/staff_4.zip', 'published');

    const swept = await bench.store('in').sweep((key) => /(staff|students)_\d/.test(key), never);

    expect(swept).toBe(4);
    expect(await bench.staged()).toBe(2);
    expect(await bench.visible()).toEqual(['in/staff_4.zip']);
    expect(await below.sweep(() => true, never)).toBe(1);
    await below.close();
  });

  it('never sweeps up a published file, whatever is called ours', async () => {
    await bench.seed('in/staff_1.zip', 'published');

    expect(await store.sweep(() => true, never)).toBe(0);
    expect(await bench.visible()).toEqual(['in/staff_1.zip']);
  });

  it('says what it found, and changes nothing by looking', async () => {
    await bench.seed('in/staff_1.zip', 'published');

    await expect(store.check(never)).resolves.toMatch(/1 (zip )?files/);
    expect(await bench.visible()).toEqual(['in/staff_1.zip']);
  });

  it('closes twice, and before anything was opened', async () => {
    const fresh = bench.store('in');
    await fresh.close();
    await fresh.close();
    await listed(store);
    await store.close();
    await store.close();
  });

  it('says which place cannot be used, and what to do', async () => {
    const { store: broken, code } = await bench.broken();

    const error = await broken.check(never).catch((thrown) => thrown);

    expect(error).toMatchObject({ code, name: 'PatronflowError' });
    expect(error.hint).not.toBe('');
    expect(error.message).not.toContain('password');
    await broken.close();
  });
});
