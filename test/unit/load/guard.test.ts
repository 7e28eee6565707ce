import { describe, expect, it } from 'vitest';
import { compareWithLast } from '../../../src/load/guard.ts';
import type { GroupLedger } from '../../../src/load/ledger.ts';

const limits = { min_people: 0.8, max_value_loss: 0.2 };
const ledger = (
  users: number,
  columns: Record<string, number> = {},
  elements: Record<string, number> = {},
  rows = users,
): GroupLedger => ({ users, rows, columns, elements });

/** What stops the run. */
const stopping = (current: GroupLedger, last: GroupLedger | null, other = limits): string[] =>
  compareWithLast('staff', current, last, other)
    .filter(({ stops }) => stops)
    .map(({ what, before, now }) => `${what}: ${before} -> ${now}`);

describe('the guard stops a run', () => {
  it.each([
    ['without people, also the first', ledger(0), null, ['users: 0 -> 0']],
    ['with too few people', ledger(79), ledger(100), ['users: 100 -> 79']],
    [
      'with a column that lost too much',
      ledger(100, { CARD: 79 }),
      ledger(100, { CARD: 100 }),
      ['column CARD: 100 -> 79'],
    ],
    [
      'with an element that lost too much',
      ledger(100, {}, { email: 70 }),
      ledger(100, {}, { email: 90 }),
      ['element email: 90 -> 70'],
    ],
    [
      'with a column that lost all of its few values, when every second person had one',
      ledger(4, { CARD: 0 }),
      ledger(4, { CARD: 2 }),
      ['column CARD: 2 -> 0'],
    ],
    ['with a column that is gone', ledger(100), ledger(100, { CARD: 50 }), ['column CARD: 50 -> 0']],
    [
      'that lost several things at once',
      ledger(10, { CARD: 0 }, { card: 0 }),
      ledger(100, { CARD: 90 }, { card: 90 }),
      ['users: 100 -> 10', 'column CARD: 90 -> 0', 'element card: 90 -> 0'],
    ],
    [
      'in which values fell faster than people',
      ledger(80, { CARD: 60 }),
      ledger(100, { CARD: 100 }),
      ['column CARD: 100 -> 60'],
    ],
    [
      'whose columns count by rows, not by users',
      ledger(100, { CARD: 79 }, {}, 200),
      ledger(100, { CARD: 50 }, {}, 100),
      ['column CARD: 50 -> 79'],
    ],
  ])('%s', (_, current, last, expected) => {
    expect(stopping(current, last)).toEqual(expected);
  });
});

describe('the guard lets a run pass', () => {
  it.each([
    ['that is the first', ledger(1), null],
    ['with just enough people', ledger(80), ledger(100)],
    ['with more people', ledger(500), ledger(100)],
    ['with a column that lost just as much as it may', ledger(100, { CARD: 80 }), ledger(100, { CARD: 100 })],
    ['in which people and values fell together', ledger(80, { CARD: 80 }), ledger(100, { CARD: 100 })],
    ['in which a column of few values lost some', ledger(100, { FAX: 1 }), ledger(100, { FAX: 9 })],
    ['in which the only value of a column went', ledger(100, { FAX: 0 }), ledger(100, { FAX: 1 })],
    ['with a column that was always empty', ledger(100, { FAX: 0 }), ledger(100, { FAX: 0 })],
    ['with a new column', ledger(100, { NEW: 0 }), ledger(100)],
    ['after a run without people', ledger(5, { CARD: 5 }), ledger(0, { CARD: 0 })],
  ])('%s', (_, current, last) => {
    expect(stopping(current, last)).toEqual([]);
  });

  it('as its limits say', () => {
    expect(
      stopping(ledger(1, { CARD: 1 }), ledger(100, { CARD: 100 }), { min_people: 0, max_value_loss: 1 }),
    ).toEqual([]);
    expect(
      stopping(ledger(99, { CARD: 97 }), ledger(100, { CARD: 100 }), { min_people: 1, max_value_loss: 0 }),
    ).toEqual(['users: 100 -> 99', 'column CARD: 100 -> 97']);
  });
});

describe('the figures of the guard', () => {
  it('come for everything that was compared, stopping or not', () => {
    expect(
      compareWithLast('staff', ledger(10, { A: 9 }, { b: 8 }), ledger(10, { A: 10 }, { b: 8 }), limits),
    ).toEqual([
      { group: 'staff', what: 'users', before: 10, now: 10, stops: false },
      { group: 'staff', what: 'column A', before: 10, now: 9, stops: false },
      { group: 'staff', what: 'element b', before: 8, now: 8, stops: false },
    ]);
  });
});
