import { describe, expect, it } from 'vitest';
import { RowsFingerprint } from '../../../src/load/rows-fingerprint.ts';

function fingerprint(rows: readonly (readonly string[])[]): string {
  const made = new RowsFingerprint();
  for (const row of rows) {
    made.begin();
    for (const value of row) made.value(value);
    made.end();
  }
  return made.text();
}
const people = Array.from({ length: 500 }, (_, index) => [`P${index}`, `Name${index % 50}`, '', 'x']);

describe('the fingerprint of rows', () => {
  it('does not depend on their order', () => {
    expect(fingerprint(people.toReversed())).toBe(fingerprint(people));
    expect(fingerprint(people)).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each<[string, readonly (readonly string[])[]]>([
    ['a row less', people.slice(1)],
    ['a row twice', [...people, people[0] ?? []]],
    ['two rows more that are the same', [...people, ['A'], ['A']]],
    ['another value', [['P0', 'Name0', '', 'y'], ...people.slice(1)]],
    ['a value in another column', [['P0', 'Name0', 'x', ''], ...people.slice(1)]],
    ['a value cut elsewhere', [['P0N', 'ame0', '', 'x'], ...people.slice(1)]],
    [
      'two values exchanged between rows',
      [['P1', 'Name0', '', 'x'], ['P0', 'Name1', '', 'x'], ...people.slice(2)],
    ],
    ['a character beyond ASCII', [['P0', 'Namé0', '', 'x'], ...people.slice(1)]],
    ['no row', []],
  ])('differs with %s', (_, rows) => {
    expect(fingerprint(rows)).not.toBe(fingerprint(people));
  });

  it('never repeats over many small changes', () => {
    const all = new Set(Array.from({ length: 20_000 }, (_, index) => fingerprint([[`${index}`, 'x']])));
    expect(all.size).toBe(20_000);
  });
});
