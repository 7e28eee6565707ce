import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Archive, archiveKey, isArchiveOf, ZipWriter } from '../../../src/load/write-zip.ts';
import { failureOf, temporaryFolder } from '../support/fixtures.ts';
import { readZip } from '../support/read-zip.ts';

const now = new Date('2026-03-01T12:00:00Z');
const user = (number: number) => `<user>\n<primary_id>p${number} é😀</primary_id>\n</user>\n`;
const file = (...numbers: number[]) =>
  `<?xml version="1.0" encoding="utf-8"?>\n<users>\n${numbers.map(user).join('')}</users>\n`;

function writer(options: { usersPerFile?: number; root?: 'users' | 'userRecords' } = {}) {
  const directory = temporaryFolder();
  const { usersPerFile = 100, root = 'users' } = options;
  return {
    directory,
    zip: new ZipWriter({ directory, group: 'staff', now, root, usersPerFile, maxZips: 20 }),
  };
}

async function write(count: number, options: Parameters<typeof writer>[0] = {}): Promise<readonly Archive[]> {
  const { zip } = writer(options);
  for (let number = 1; number <= count; number += 1) await zip.write(user(number));
  return zip.finish();
}

/** All XML files of the archives, in order. */
async function contents(archives: readonly Archive[]) {
  const files: Record<string, string> = {};
  for (const { path } of archives) Object.assign(files, await readZip(path));
  return files;
}

describe('the name of a zip', () => {
  it('has the group and the time of the run, and a number from the second on', () => {
    expect(archiveKey('staff', now, 1)).toBe('staff_2026-03-01_12.00.00.zip');
    expect(archiveKey('staff', now, 2)).toBe('staff_2026-03-01_12.00.00_2.zip');
  });

  it('is known again for the group alone', () => {
    expect(isArchiveOf('staff', archiveKey('staff', now, 1))).toBe(true);
    expect(isArchiveOf('staff', archiveKey('staff', now, 12))).toBe(true);
    expect(isArchiveOf('staff', archiveKey('staff-old', now, 1))).toBe(false);
    expect(isArchiveOf('staff-old', archiveKey('staff', now, 1))).toBe(false);
    for (const other of [
      'staff.zip',
      'staff_2026-03-01.zip',
      'staff_2026-03-01_12.00.00.xml',
      'staff_2026-03-01_12.00.00_x.zip',
    ])
      expect(isArchiveOf('staff', other)).toBe(false);
  });
});

describe('the users of a group', () => {
  it.each([
    [1, 0, [[]]],
    [1, 1, [[1]]],
    [1, 3, [[1], [2], [3]]],
    [2, 3, [[1, 2], [3]]],
    [
      2,
      4,
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [3, 2, [[1, 2]]],
    [3, 7, [[1, 2, 3], [4, 5, 6], [7]]],
  ])('%i a file, %i in all, are read back from the zip', async (usersPerFile, count, files) => {
    const archives = await write(count, { usersPerFile });
    expect(archives).toHaveLength(1);
    expect(await contents(archives)).toEqual(
      Object.fromEntries(
        files.map((numbers, index) => [
          `staff_2026-03-01_12.00.00${index === 0 ? '' : `-${index + 1}`}.xml`,
          file(...numbers),
        ]),
      ),
    );
    expect(archives[0]).toMatchObject({ users: count, xmlFiles: files.length });
  });

  it('are split over zips of 50 files', async () => {
    const archives = await write(101, { usersPerFile: 1 });
    expect(archives.map(({ key, users, xmlFiles }) => [key, users, xmlFiles])).toEqual([
      ['staff_2026-03-01_12.00.00.zip', 50, 50],
      ['staff_2026-03-01_12.00.00_2.zip', 50, 50],
      ['staff_2026-03-01_12.00.00_3.zip', 1, 1],
    ]);
    const files = await contents(archives);
    expect(Object.keys(files)).toHaveLength(101);
    expect(files['staff_2026-03-01_12.00.00_3.xml']).toBe(file(101));
    expect(files['staff_2026-03-01_12.00.00-50.xml']).toBe(file(50));
  });

  it('are refused beyond the zips that Alma takes in one run', async () => {
    const { zip } = writer({ usersPerFile: 1 });
    const error = await failureOf(async () => {
      for (let number = 1; number <= 1001; number += 1) await zip.write(user(number));
    });
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', hint: 'Raise output.users_per_file.' });
    expect(zip.archives).toHaveLength(20);
  });

  it('stand in the root that the configuration names', async () => {
    expect(Object.values(await contents(await write(0, { root: 'userRecords' })))).toEqual([
      '<?xml version="1.0" encoding="utf-8"?>\n<userRecords>\n</userRecords>\n',
    ]);
  });

  it('come out whole when they are more than the compressor takes at once', async () => {
    const archives = await write(30_000);
    const all = Object.values(await contents(archives)).join('');
    expect(all.match(/<user>/g)).toHaveLength(30_000);
    expect(all).toContain(user(29_999));
  });
});

describe('a finished zip', () => {
  it('is described by its true size and checksum, and is readable by its owner alone', async () => {
    const [archive] = await write(5);
    const bytes = readFileSync(archive?.path ?? '');
    expect(archive?.size).toBe(bytes.length);
    expect(archive?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(statSync(archive?.path ?? '').mode & 0o777).toBe(0o600);
    expect(archive?.path.endsWith(`/${archive.key}`)).toBe(true);
  });

  it('is the same when the same run is made again', async () => {
    const [first] = await write(5);
    const [second] = await write(5);
    expect(second?.sha256).toBe(first?.sha256);
  });
});

describe('a zip that fails', () => {
  it('says so at the next write, and leaves no error uncaught', async () => {
    const zip = new ZipWriter({
      directory: join(temporaryFolder(), 'missing'),
      group: 'staff',
      now,
      root: 'users',
      usersPerFile: 1_000_000,
      maxZips: 20,
    });
    const error = await failureOf(async () => {
      for (let number = 0; number < 50_000; number += 1) await zip.write(user(number));
    });
    expect(error).toMatchObject({ code: 'ENOENT' });
    zip.abandon();
  });

  it('says so at its end, when it could not be written at all', async () => {
    const zip = new ZipWriter({
      directory: join(temporaryFolder(), 'missing'),
      group: 'staff',
      now,
      root: 'users',
      usersPerFile: 10,
      maxZips: 20,
    });
    await zip.write(user(1));
    expect(await failureOf(() => zip.finish())).toMatchObject({ code: 'ENOENT' });
  });

  it('may be abandoned at any time, before the first user and after the last', async () => {
    const unopened = writer();
    unopened.zip.abandon();
    expect(existsSync(join(unopened.directory, archiveKey('staff', now, 1)))).toBe(false);
    const { zip } = writer();
    await zip.write(user(1));
    zip.abandon();
    zip.abandon();
    const finished = writer();
    await finished.zip.write(user(1));
    await finished.zip.finish();
    finished.zip.abandon();
    // An uncaught error would come in one of the next turns, and fail the run of the tests.
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  });
});
