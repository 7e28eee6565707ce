import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openRoster, RosterWriter } from '../../../../src/load/roster/roster-file.ts';
import type { RosterUser } from '../../../../src/load/roster/roster-user.ts';
import { sentUser } from '../../../../src/load/roster/roster-user.ts';
import { temporaryDirectory } from '../../../support/command.ts';
import { failureOf } from '../../../support/failure.ts';

const header = { job: 'file:/in', madeAt: '2026-03-01T12:00:00.000Z', files: { staff: ['staff_1.zip'] } };
const gone = { last: '2026-02-01', day: '2026-02-02', runs: 3, superseded: true, sent: null };

const user = (id: string, more: Partial<RosterUser> = {}): RosterUser => ({
  ...sentUser(
    `<user>\n<primary_id>${id}</primary_id>\n<last_name>"\\ ü 𝄞\t</last_name>\n</user>\n`,
    '17',
    'staff',
  ),
  since: '2025-01-01',
  gone: null,
  pending: false,
  ...more,
});
const some = [user('Anna', { pending: true }), user('bert', { gone }), user('ça'), user('"end":')].sort(
  (a, b) => (a.order < b.order ? -1 : 1),
);

const pathFor = async () => join(await temporaryDirectory(), 'roster.jsonl.gz');

async function write(users: readonly RosterUser[]) {
  const path = await pathFor();
  const writer = new RosterWriter(path, header);
  for (const each of users) await writer.write(each);
  return { path, file: await writer.finish() };
}

async function read(path: string): Promise<RosterUser[]> {
  const users: RosterUser[] = [];
  for await (const batch of (await openRoster(path, 'here')).users()) users.push(...batch);
  return users;
}

/** Reads what stands in a file with these lines. */
async function readLines(lines: readonly string[]): Promise<RosterUser[]> {
  const path = await pathFor();
  await writeFile(path, gzipSync(lines.map((line) => `${line}\n`).join('')));
  return read(path);
}

const linesOf = async (users: readonly RosterUser[]) =>
  gunzipSync(await readFile((await write(users)).path))
    .toString()
    .trimEnd()
    .split('\n');

describe('a roster', () => {
  it('is read as it was written', async () => {
    const { path, file } = await write(some);
    expect((await openRoster(path, 'here')).header).toMatchObject(header);
    expect(await read(path)).toEqual(some);
    const { size, mode } = await stat(path);
    expect(file).toMatchObject({ path, size });
    expect(mode & 0o777).toBe(0o600);
  });

  it('may have no user', async () => {
    expect(await read((await write([])).path)).toEqual([]);
  });

  it('has a user whose id comes first in its line, as the documentation says', async () => {
    expect((await linesOf([user('jdoe')]))[1]).toMatch(/^\{"id":"jdoe",/);
  });

  it('may be larger than a piece that is read at once', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => user(`u${String(index).padStart(5, '0')}`));
    expect(await read((await write(many)).path)).toEqual(many);
  });

  it('keeps the file of another', async () => {
    const { path } = await write(some);
    const writer = new RosterWriter(path, header);
    await expect(writer.finish()).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await read(path)).toEqual(some);
  });
});

describe('a roster is refused', () => {
  it('where it is cut, at any byte', async () => {
    const bytes = await readFile((await write(some)).path);
    const path = await pathFor();
    for (let length = 0; length < bytes.length; length += 3) {
      await writeFile(path, bytes.subarray(0, length));
      expect(await failureOf(read(path)), `${length} bytes`).toMatchObject({ code: 'ROSTER_UNFIT' });
    }
  });

  it('where a byte of it is another one', async () => {
    const bytes = await readFile((await write(some)).path);
    const path = await pathFor();
    // The first ten are the head of gzip: a time, a system.
    for (let at = 10; at < bytes.length; at += 7) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      await writeFile(path, damaged);
      expect(await failureOf(read(path)), `byte ${at}`).toMatchObject({ code: 'ROSTER_UNFIT' });
    }
  });

  it.each<[string, (lines: string[]) => string[], string]>([
    ['is empty', () => [], 'is damaged'],
    ['has no header', ([, ...rest]) => rest, 'not one that this version can read'],
    [
      'is of a later version',
      (all) => [(all[0] ?? '').replace(':1,', ':2,'), ...all.slice(1)],
      'this version',
    ],
    ['lacks its end', (all) => all.slice(0, -1), 'breaks off'],
    ['lacks a user', (all) => all.toSpliced(1, 1), 'is damaged'],
    ['has a user twice', (all) => all.toSpliced(1, 0, all[1] ?? ''), 'is damaged'],
    ['has users in another order', ([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest], 'is damaged'],
    ['has a line that is no JSON', (all) => all.with(1, '{"id":'), 'is damaged'],
    ['has a user without XML', (all) => all.with(1, '{"id":"x"}'), 'is damaged'],
    [
      'has a user without a group',
      (all) => all.map((line) => line.replace('"group"', '"grp"')),
      'is damaged',
    ],
    [
      'has an id that is a number',
      (all) => all.with(1, (all[1] ?? '').replace(/"id":"[^,]*/, '"id":1')),
      'is damaged',
    ],
    [
      'has users who are gone for a text',
      (all) => all.map((line) => line.replace('"runs":3', '"runs":"x"')),
      'damaged',
    ],
  ])('where it %s', async (_, spoil, message) => {
    const lines = await linesOf(some);
    const error = await failureOf(readLines(spoil(lines)));
    expect(error).toMatchObject({ code: 'ROSTER_UNFIT' });
    expect(error.message).toContain(`The roster at here `);
    expect(error.message).toContain(message);
    expect(error.message).not.toMatch(/Anna|bert/);
  });

  it('where it is no gzip, and where it cannot be read', async () => {
    const path = await pathFor();
    await writeFile(path, 'some text');
    expect(await failureOf(read(path))).toMatchObject({ code: 'ROSTER_UNFIT' });
    expect(await failureOf(read(join(path, 'none')))).toMatchObject({ code: 'ROSTER_UNFIT' });
  });
});
