import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, type Cursors, comparePositions } from '../../../src/poll/cursor.ts';
import type { PatronMode, Position } from '../../../src/poll/ports.ts';

const position = fc.record({
  at: fc.constantFrom(
    '2026-01-01 00:00:00.000000',
    '2026-01-01 00:00:00.000001',
    '2026-01-02 00:00:00.000000',
  ),
  id: fc.oneof(fc.constant(''), fc.bigInt({ min: 0n, max: 1100n }).map(String)),
});
/** What the order is said to be, in other words. */
const rank = ({ at, id }: Position) => [at, id === '' ? -1n : BigInt(id)] as const;

describe('the order of positions', () => {
  it('is that of the times, then of the numbers, whose absence comes first', () => {
    fc.assert(
      fc.property(position, position, (a, b) => {
        const [atA, idA] = rank(a);
        const [atB, idB] = rank(b);
        const expected = atA < atB ? -1 : atA > atB ? 1 : idA < idB ? -1 : idA > idB ? 1 : 0;
        expect(Math.sign(comparePositions(a, b))).toBe(expected);
      }),
    );
  });

  it('is total', () => {
    fc.assert(
      fc.property(position, position, position, (a, b, c) => {
        expect(comparePositions(a, a)).toBe(0);
        expect(Math.sign(comparePositions(a, b))).toBe(0 - Math.sign(comparePositions(b, a)));
        if (comparePositions(a, b) <= 0 && comparePositions(b, c) <= 0)
          expect(comparePositions(a, c)).toBeLessThanOrEqual(0);
        if (comparePositions(a, b) === 0) expect(a).toEqual(b);
      }),
    );
  });
});

describe('cursors that advance', () => {
  const modes: readonly PatronMode[] = ['new', 'updated', 'deleted'];

  it('never go back, nor past patrons that were not read, and leave the other modes alone', () => {
    fc.assert(
      fc.property(
        fc.tuple(position, position, position),
        fc.constantFrom(...modes),
        position,
        position,
        ([a, b, c], mode, from, to) => {
          const before: Cursors = { new: a, updated: b, deleted: c, sentAsNew: [] };
          const after = advance(before, mode, { after: from, through: to });
          const isGapless = comparePositions(from, before[mode]) <= 0;
          const moves = isGapless && comparePositions(to, before[mode]) > 0;
          expect(after[mode]).toEqual(moves ? to : before[mode]);
          expect(after).toEqual({ ...before, [mode]: after[mode] });
        },
      ),
    );
  });
});
