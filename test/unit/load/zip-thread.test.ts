import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ZipThread } from '../../../src/load/zip-thread.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../../support/failure.ts';
import { textAt, unzip, usersOf } from '../../support/users.ts';

const user = (id: number, name = 'x') =>
  `<user><primary_id>${id}</primary_id><last_name>${name}</last_name></user>\n`;
const options = {
  group: 'staff',
  now: new Date('2026-03-01T12:00:00Z'),
  root: 'users',
  usersPerFile: 1000,
  maxZips: 50,
} as const;

describe('the thread that writes zip files', () => {
  it('writes every user once and in order, over the ends of pieces and of files', async () => {
    const directory = await temporaryDirectory();
    const zip = new ZipThread({ ...options, directory });
    let waits = 0;
    // More than the pieces that may be on their way.
    for (let id = 0; id < 2500; id += 1) {
      const room = zip.write(user(id, 'x'.repeat(500)));
      if (room) waits += 1;
      await room;
    }
    const [archive, ...more] = await zip.finish();

    expect(more).toEqual([]);
    expect(waits).toBeGreaterThan(8);
    expect(archive).toMatchObject({ key: 'staff_2026-03-01_12.00.00.zip', users: 2500, xmlFiles: 3 });
    const files = Object.values(await unzip(archive?.path ?? ''));
    expect(files.map((file) => usersOf(file).length)).toEqual([1000, 1000, 500]);
    const ids = files.flatMap(usersOf).map((each) => Number(textAt(each, 'primary_id')));
    expect(ids).toEqual(Array.from({ length: 2500 }, (_, id) => id));
  });

  it('gives an empty list for a group without people', async () => {
    const zip = new ZipThread({ ...options, directory: await temporaryDirectory() });

    expect(await zip.finish()).toMatchObject([{ users: 0, xmlFiles: 1 }]);
  });

  it('says what went wrong on its side: at the end, and at a user before', async () => {
    const directory = join(await temporaryDirectory(), 'no-such-folder');
    const atEnd = new ZipThread({ ...options, directory });
    await atEnd.write(user(1));
    const error = await failureOf(atEnd.finish());
    expect(error).toMatchObject({ code: expect.stringMatching(/^DISK_|^UNEXPECTED$/) });
    await atEnd.abandon();

    const before = new ZipThread({ ...options, directory });
    const writing = (async () => {
      for (let id = 0; ; id += 1) await before.write(user(id, 'x'.repeat(60_000)));
    })();
    expect((await failureOf(writing)).code).toBe(error.code);
    await before.abandon();
  });

  it('lets go of a file that is not finished', async () => {
    const directory = await temporaryDirectory();
    const zip = new ZipThread({ ...options, directory });
    await zip.write(user(1));
    await zip.abandon();

    expect((await failureOf(zip.finish())).code).toBe('UNEXPECTED');
    expect((await readdir(directory)).length).toBeLessThanOrEqual(1);
  });
});
