import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/demo/random.ts';
import { pairUsers } from '../../../../src/load/roster/pair-users.ts';
import { type RosterUser, type SentUser, sentUser } from '../../../../src/load/roster/roster-user.ts';

const sent = (id: string): SentUser => sentUser(`<user><primary_id>${id}</primary_id></user>`, id, 'staff');
const kept = (id: string): RosterUser => ({ ...sent(id), since: '', gone: null, pending: false });

async function* inBatches<T>(users: readonly T[], sizes: readonly number[]): AsyncGenerator<readonly T[]> {
  let at = 0;
  for (let turn = 0; at < users.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield users.slice(at, at + size);
    at += size;
  }
}

async function pairs(before: string[], now: string[], sizes: readonly number[] = [2]): Promise<string[]> {
  const all: string[] = [];
  for await (const some of pairUsers(inBatches(before.map(kept), sizes), inBatches(now.map(sent), sizes)))
    all.push(...some.map((pair) => `${pair.before?.id ?? ''}|${pair.now?.id ?? ''}`));
  return all;
}

describe('pairs of users', () => {
  it.each([
    ['both', ['a', 'b'], ['a', 'b'], ['a|a', 'b|b']],
    ['none', [], [], []],
    ['the roster alone', ['a', 'b', 'c'], [], ['a|', 'b|', 'c|']],
    ['the run alone', [], ['a', 'b', 'c'], ['|a', '|b', '|c']],
    ['some of each', ['a', 'c', 'd'], ['b', 'c', 'e'], ['a|', '|b', 'c|c', 'd|', '|e']],
    ['ids in another case', ['Anna'], ['aNNA'], ['Anna|aNNA']],
  ])('of %s', async (_, before, now, expected) => {
    for (const sizes of [[1], [2], [100], [1, 0, 3]])
      expect(await pairs(before, now, sizes)).toEqual(expected);
  });

  it('are those of a plain search, for any users in batches of any size', async () => {
    const random = createRandom(7);
    for (let round = 0; round < 100; round += 1) {
      const ids = Array.from({ length: 30 }, (_, index) => `u${String(index).padStart(2, '0')}`);
      const [before, now] = [ids.filter(() => random() < 0.6), ids.filter(() => random() < 0.6)];
      const sizes = [1 + Math.floor(random() * 4), Math.floor(random() * 3), 1];
      const has = (list: readonly string[], id: string) => (list.includes(id) ? id : '');
      const expected = ids.map((id) => `${has(before, id)}|${has(now, id)}`).filter((pair) => pair !== '|');
      expect(await pairs(before, now, sizes)).toEqual(expected);
    }
  });

  it('have the XML of the roster where a user is the same there, and of no other', async () => {
    const without = { ...sent('a'), xml: null };
    const of = async (before: RosterUser) => {
      for await (const some of pairUsers(inBatches([before], [1]), inBatches([without], [1])))
        return some.map(({ now }) => now?.xml.text);
      return [];
    };
    expect(await of(kept('a'))).toEqual([kept('a').xml.text]);
    await expect(of({ ...kept('a'), print: 'other' })).rejects.toThrow('not in the roster');
  });
});
