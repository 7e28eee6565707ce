import { describe, expect, it } from 'vitest';
import { CodeCounts } from '../../../src/load/code-counts.ts';

function counted(codes: Iterable<readonly [string, number]>, known?: Record<string, number>) {
  const counts = new CodeCounts();
  for (const [code, users] of codes) counts.add(code, users);
  return counts.listed(known);
}
const many = (length: number, of: (index: number) => readonly [string, number]) =>
  Array.from({ length }, (_, index) => of(index));

describe('the codes that are listed', () => {
  it('are those that many users share, the most frequent first, and the rest is counted', () => {
    const listed = counted([
      ['STAFF', 40],
      ['RARE', 9],
      ['Faculty member', 60],
      ['01', 10],
    ]);
    expect(Object.entries(listed)).toEqual([
      ['Faculty member', 60],
      ['STAFF', 40],
      ['01', 10],
      ['(others)', 9],
    ]);
  });

  it('do not leave the ledger when users go', () => {
    expect(
      counted(
        [
          ['FACULTY', 3],
          ['VISITOR', 90],
        ],
        { FACULTY: 500 },
      ),
    ).toEqual({ VISITOR: 90, FACULTY: 3 });
  });

  it('are at most 200', () => {
    const listed = counted(many(300, (index) => [`D${index}`, index < 100 ? 10 : 20]));
    expect(Object.keys(listed)).toHaveLength(201);
    expect(listed['(others)']).toBe(100 * 10);
    expect(listed.D150).toBe(20);
  });

  it.each([
    ['numbers of persons', many(5000, (index) => [`${900_000 + index}`, 1])],
    ['surnames', many(1000, (index) => [`Name${index}`, index < 30 ? 40 : 2])],
    ['more values than are counted', many(3000, (index) => [`V${index}`, 40])],
    [
      'birth dates',
      [
        ['2001-05-17', 40],
        ['20010517', 40],
        ['05/17/2001', 40],
      ],
    ],
    ['social security numbers', [['123-45-6789', 40]]],
    [
      'addresses',
      [
        ['p1@example.edu', 40],
        ['12 Main Street, Springfield', 40],
      ],
    ],
    ['long texts', [['x'.repeat(51), 40]]],
    ['control characters', [['A\u001b[2J', 40]]],
  ] as [string, [string, number][]][])('are not %s', (_, codes) => {
    expect(Object.keys(counted(codes))).toEqual(['(others)']);
  });
});
