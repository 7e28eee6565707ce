import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { chmod, mkdir, rename, rmdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { WorkFolder } from '../../../src/load/work-folder.ts';
import { temporaryDirectory } from '../../support/command.ts';

const uid = process.geteuid?.() ?? 0;
const own = { pid: 4711, space: 'app pid:[1]', uid, isAlive: () => false };
const hours = (count: number) => new Date(Date.now() - count * 3_600_000);

let place: string;
beforeEach(async () => {
  place = await temporaryDirectory();
});

/** What a run that was killed leaves: a folder with a file of people. */
async function leftBy(left: Partial<typeof own>, age = 0): Promise<string> {
  const { path } = await WorkFolder.make(place, { ...own, isAlive: () => true, ...left });
  await writeFile(join(path, 'people.zip'), 'people');
  for (const each of [join(path, 'people.zip'), path]) await utimes(each, hours(age), hours(age));
  return path;
}

const make = (more: Partial<typeof own> = {}) => WorkFolder.make(place, { ...own, ...more });

describe('a work folder', () => {
  it('is private, lies in a private folder, and leaves nothing', async () => {
    const umask = process.umask(0);
    const work = await make().finally(() => process.umask(umask));
    for (const path of [work.path, dirname(work.path)]) expect(lstatSync(path).mode & 0o777).toBe(0o700);
    expect(dirname(dirname(work.path))).toBe(place);
    await mkdir(join(work.path, 'again'));
    await work.remove();
    expect(readdirSync(place)).toEqual([]);
  });

  it('is kept beside the private folder, where the next run leaves it alone', async () => {
    const work = await make();
    await writeFile(join(work.path, 'people.zip'), 'people');
    const kept = await work.keep('2026-03-01_12.00.00');
    await work.remove();
    await (await make()).remove();
    expect(readdirSync(place)).toEqual([basename(kept)]);
    expect(basename(kept)).toMatch(/^patronflow-held-2026-03-01_12\.00\.00-\w{6}$/);
    expect(readdirSync(kept)).toEqual(['people.zip']);
  });

  it('is made beside that of a run of the same user, and each removes its own', async () => {
    const works = await Promise.all([1, 2, 3].map((pid) => make({ pid, isAlive: () => true })));
    expect(new Set(works.map(({ path }) => dirname(path))).size).toBe(1);
    await Promise.all(works.map((work) => work.remove()));
    expect(readdirSync(place)).toEqual([]);
  });
});

describe('a folder that a killed run left', () => {
  it.each<[string, Partial<typeof own>, Partial<typeof own>]>([
    ['whose process has ended', { pid: 666 }, { isAlive: (pid?: number) => pid !== 666 }],
    ['of our own number, as in a container that was started again', { pid: 4711 }, { isAlive: () => true }],
  ])('is removed by the next: one %s', async (_what, left, next) => {
    const path = await leftBy(left);
    await make(next);
    expect(existsSync(path)).toBe(false);
  });

  it.each<[string, Partial<typeof own>]>([
    ['whose process lives', { pid: 666 }],
    ['of another container with the same host name', { space: 'app pid:[2]' }],
    ['of a host whose name begins with ours', { space: 'app-x pid:[1]' }],
    ['of a host whose name ours begins with', { space: 'ap pid:[1]' }],
  ])('stays while something was written to it half a day ago: one %s', async (_what, left) => {
    const [fresh, old] = [await leftBy(left, 11), await leftBy({ ...left, pid: 667 }, 13)];
    await make({ isAlive: () => true });
    expect([existsSync(fresh), existsSync(old)]).toEqual([true, false]);
  });

  it('stays where a file in it is fresh', async () => {
    const path = await leftBy({ space: 'other' }, 13);
    await writeFile(join(path, 'more.zip'), 'people');
    await utimes(path, hours(13), hours(13));
    await make();
    expect(existsSync(path)).toBe(true);
  });

  it('is looked for nowhere but in the private folders of runs, and is a folder', async () => {
    const ours = await leftBy({ pid: 666 });
    const elsewhere = `${dirname(ours)}-mine`;
    await rename(dirname(ours), elsewhere);
    const file = await leftBy({ pid: 666 });
    await rename(join(file, 'people.zip'), join(dirname(file), 'people.zip'));
    await rmdir(file);
    await rename(join(dirname(file), 'people.zip'), file);
    await make();
    expect([readdirSync(elsewhere), existsSync(file)]).toEqual([[basename(ours)], true]);
  });

  it('is removed without what its links name', async () => {
    const precious = join(place, 'precious');
    await mkdir(precious);
    await writeFile(join(precious, 'thesis'), 'years of work');
    const path = await leftBy({ pid: 666 });
    await symlink(precious, join(path, 'again'));
    await symlink(join(precious, 'thesis'), join(path, 'staff.zip'));
    await make();
    expect([existsSync(path), readdirSync(precious)]).toEqual([false, ['thesis']]);
  });
});

describe('another user', () => {
  const planted = (name: string) => join(place, name, `run-${'0'.repeat(16)}-1-abcdef`);
  const usual = `patronflow-runs-${uid}`;

  it('cannot have anything removed by what is planted in the shared directory', async () => {
    const precious = join(place, 'precious');
    const dead = await leftBy({ pid: 666 });
    await rename(dirname(dead), precious);
    const inside = join(precious, basename(dead));
    await symlink(precious, join(place, usual));
    await mkdir(join(place, `patronflow-run-app-666-abcdef`));
    const { path } = await make();
    expect(readdirSync(inside)).toEqual(['people.zip']);
    expect(existsSync(join(place, 'patronflow-run-app-666-abcdef'))).toBe(true);
    expect(dirname(dirname(path))).toBe(place);
    expect(dirname(path)).toMatch(new RegExp(`/${usual}-\\w{6}$`));
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a folder that others may write', () => chmod(join(place, usual), 0o777)],
    ['a folder that others may look into', () => chmod(join(place, usual), 0o755)],
  ])('does not keep a run from its work by %s', async (_what, open) => {
    await mkdir(dirname(planted(usual)), { recursive: true });
    await mkdir(planted(usual));
    await utimes(planted(usual), hours(99), hours(99));
    await open();
    const work = await make();
    expect(dirname(work.path)).not.toBe(join(place, usual));
    expect(existsSync(planted(usual))).toBe(true);
    await work.remove();
    expect(readdirSync(place)).toEqual([usual]);
  });

  it('owns folders that we leave alone, and what a run leaves in a second one is removed later', async () => {
    const stranger = { ...own, uid: uid + 1 };
    await mkdir(join(place, `patronflow-runs-${uid + 1}`), { mode: 0o700 });
    await mkdir(join(place, `patronflow-runs-${uid + 1}-abcdef`), { mode: 0o700 });
    const { path } = await WorkFolder.make(place, stranger);
    expect(dirname(path)).toMatch(/-\w{6}$/);
    expect(dirname(path)).not.toMatch(/-abcdef$/);

    await writeFile(join(place, usual), 'taken');
    const left = await leftBy({ pid: 666 });
    await make();
    expect(existsSync(left)).toBe(false);
  });
});
