import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/demo/random.ts';
import { sentUser } from '../../../../src/load/roster/roster-user.ts';
import { type SortedUser, SortedUsers } from '../../../../src/load/roster/sort-users.ts';
import { temporaryDirectory } from '../../../support/command.ts';

const user = (id: string, text = '') =>
  sentUser(
    `<user>\n<primary_id>${id}</primary_id>\n<last_name>${text}</last_name>\n</user>\n`,
    `key ${id}`,
    'staff',
  );

async function inOrder(users: SortedUsers): Promise<SortedUser[]> {
  const all: SortedUser[] = [];
  for await (const some of users.inOrder()) all.push(...some);
  return all;
}

describe('sorted users', () => {
  it('of many parts come in one order, whole, as often as they are asked for', async () => {
    const random = createRandom(3);
    const directory = await temporaryDirectory();
    const users = new SortedUsers(directory);
    const given = Array.from({ length: 4000 }, (_, index) =>
      user(`${random() < 0.5 ? 'U' : 'u'}${Math.floor(random() * 1e6)}-${index}`, 'Ä\t"\\'),
    );
    for (const [index, each] of given.entries()) {
      users.add(each);
      if (index % 300 === 299) await users.flush();
    }
    await users.flush();
    const files = await readdir(directory);
    expect(files).toHaveLength(14);
    for (const name of files) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    const expected = given.toSorted((a, b) => (a.order < b.order ? -1 : 1));
    expect(await inOrder(users)).toEqual(expected);
    expect(await inOrder(users)).toEqual(expected);
  });

  it('do not tell case, letters of two bytes and ways to write them apart otherwise than Alma does', async () => {
    const users = new SortedUsers(await temporaryDirectory());
    for (const id of ['b', 'A', 'C', 'a1', '\u{1d11e}', '\uff21', 'Z']) users.add(user(id));
    await users.flush();
    const orders = (await inOrder(users)).map(({ order }) => order);
    expect(orders).toEqual(orders.toSorted((a, b) => (a < b ? -1 : 1)));
    expect((await inOrder(users)).map(({ id }) => id).slice(0, 4)).toEqual(['A', 'a1', 'b', 'C']);
  });

  it('keep the first of two with one id first, in one part and in two', async () => {
    for (const isApart of [false, true]) {
      const users = new SortedUsers(await temporaryDirectory());
      users.add(user('same', 'first'));
      if (isApart) await users.flush();
      users.add(user('SAME', 'second'));
      await users.flush();
      expect((await inOrder(users)).map(({ xml }) => /first|second/.exec(xml?.text ?? '')?.[0])).toEqual([
        'first',
        'second',
      ]);
    }
  });

  it('write a part by themselves once enough stand in memory', async () => {
    const directory = await temporaryDirectory();
    const users = new SortedUsers(directory);
    const long = 'x'.repeat(8 * 1024 ** 2);
    for (const id of ['d', 'c', 'b', 'a', 'e']) await users.add(user(id, long));
    expect(await readdir(directory)).toEqual(['users-0.jsonl']);
    await users.flush();
    expect((await inOrder(users)).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('may be none', async () => {
    const users = new SortedUsers(await temporaryDirectory());
    await users.flush();
    expect(await inOrder(users)).toEqual([]);
  });

  it('are kept without their XML where it is known', async () => {
    const users = new SortedUsers(await temporaryDirectory(), ({ id }) => id === 'a');
    for (const id of ['b', 'a']) await users.add(user(id));
    await users.flush();
    expect((await inOrder(users)).map(({ id, xml }) => [id, xml?.text.includes('<user>') ?? null])).toEqual([
      ['a', null],
      ['b', true],
    ]);
  });
});
