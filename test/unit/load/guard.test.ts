import { describe, expect, it } from 'vitest';
import { compareWithLast, figureText, type GuardLimits } from '../../../src/load/guard.ts';
import type { GroupCounts, GroupLedger } from '../../../src/load/ledger.ts';

const limits: GuardLimits = {
  min_people: 0.8,
  max_value_loss: 0.2,
  max_code_loss: 0.5,
  max_newly_expired: 0.05,
  unchanged: 'warn',
};
const ledger = (
  users: number,
  columns: Record<string, number> = {},
  elements: Record<string, number> = {},
  rows = users,
): GroupLedger => ({ users, rows, columns, elements, codes: {}, inputs: {}, earlier: [] });
const coded = (codes: Record<string, number>, users?: number): GroupLedger => ({
  ...ledger(users ?? Object.values(codes).reduce((sum, each) => sum + each, 0)),
  codes: { user_group: codes },
});

/** What stops the run. */
const stopping = (
  current: GroupCounts,
  last: GroupLedger | null,
  other: Partial<GuardLimits> = limits,
): string[] =>
  compareWithLast('staff', current, last, { ...limits, ...other })
    .filter(({ stops }) => stops)
    .map(({ what, before, now }) => `${what}: ${before} -> ${now}`);

describe('the guard stops a run', () => {
  it.each([
    ['without people, also the first', ledger(0), null, ['users: 0 -> 0']],
    ['with too few people', ledger(79), ledger(100), ['users: 100 -> 79']],
    ['without people, and so without values', ledger(0), ledger(100, { CARD: 90 }), ['users: 100 -> 0']],
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
      'with a column that lost many of its ten values',
      ledger(100, { CARD: 5 }),
      ledger(100, { CARD: 10 }),
      ['column CARD: 10 -> 5'],
    ],
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
      stopping(ledger(1, { CARD: 1 }), ledger(100, { CARD: 100 }), {
        ...limits,
        min_people: 0,
        max_value_loss: 1,
      }),
    ).toEqual([]);
    expect(
      stopping(ledger(99, { CARD: 97 }), ledger(100, { CARD: 100 }), {
        ...limits,
        min_people: 1,
        max_value_loss: 0,
      }),
    ).toEqual(['users: 100 -> 99', 'column CARD: 100 -> 97']);
    // A column that is empty is no loss like others: no limit lets it pass.
    expect(
      stopping(ledger(100, { CARD: 0 }), ledger(100, { CARD: 50 }), { ...limits, max_value_loss: 1 }),
    ).toEqual(['column CARD: 50 -> 0']);
  });
});

describe('users whose expiry date has passed', () => {
  const expired = (users: number, count: number | undefined) => ({
    ...ledger(users),
    ...(count !== undefined && { expired: count }),
  });

  it.each([
    [100, 0, 5, []],
    [100, 0, 6, ['users past their expiry date: 0 -> 6']],
    [100, 50, 56, ['users past their expiry date: 50 -> 56']],
    [100, 50, 20, []],
    [20, 0, 2, []],
    [20, 0, 3, ['users past their expiry date: 0 -> 3']],
    [100, undefined, 100, []],
  ])('of %i users %s before and %i now', (users, before, now, stops) => {
    expect(stopping(expired(users, now), expired(users, before))).toEqual(stops);
  });

  it('may be let pass by a setting', () => {
    expect(stopping(expired(100, 50), expired(100, 0), { max_newly_expired: 0.5 })).toEqual([]);
  });
});

describe('the figures of the guard', () => {
  it('come for everything that was compared, stopping or not', () => {
    expect(
      compareWithLast('staff', ledger(10, { A: 9 }, { b: 8 }), ledger(10, { A: 10 }, { b: 8 }), limits),
    ).toEqual([
      { group: 'staff', what: 'users', before: 10, expected: 10, now: 10, stops: false, against: 'last' },
      { group: 'staff', what: 'column A', before: 10, expected: 10, now: 9, stops: false, against: 'last' },
      { group: 'staff', what: 'element b', before: 8, expected: 8, now: 8, stops: false, against: 'last' },
    ]);
  });

  it('say what as many people as now would have, and name new codes', () => {
    const figures = compareWithLast('staff', coded({ A: 110, B: 3 }, 220), coded({ A: 100 }, 200), limits);
    expect(figures.slice(1).map(({ what, before, expected, now }) => [what, before, expected, now])).toEqual([
      ['user_group A', 100, 110, 110],
      ['user_group B', 0, 0, 3],
    ]);
  });
});

describe('a code', () => {
  it.each<[string, Record<string, number>, Record<string, number>, string[]]>([
    [
      'that everybody lost in a recode stops',
      { VISITOR: 500, STAFF: 500 },
      { FACULTY: 500, STAFF: 500 },
      ['user_group FACULTY: 500 -> 0'],
    ],
    ['that lost half stops', { A: 25, B: 75 }, { A: 50, B: 50 }, ['user_group A: 50 -> 25']],
    ['that lost less than half passes', { A: 26, B: 74 }, { A: 50, B: 50 }, []],
    ['of fewer than fifty users passes', { B: 100 }, { A: 49, B: 51 }, []],
    ['of less than a tenth of the group passes', { B: 1000 }, { A: 99, B: 901 }, []],
    ['that is not listed passes', { A: 100 }, { A: 50, '(others)': 50 }, []],
    ['that kept its users while others came passes', { A: 100, B: 900 }, { A: 100, B: 100 }, []],
    ['that lost as many as the group did passes', { A: 80, B: 80 }, { A: 100, B: 100 }, []],
  ])('%s', (_, now, before, expected) => {
    expect(stopping(coded(now), coded(before))).toEqual(expected);
  });

  it('stops as its limit says', () => {
    const lenient = { ...limits, max_code_loss: 1 };
    expect(stopping(coded({ A: 1, B: 99 }), coded({ A: 60, B: 40 }), lenient)).toEqual([]);
    expect(stopping(coded({ B: 100 }), coded({ A: 60, B: 40 }), lenient)).toEqual(['user_group A: 60 -> 0']);
  });

  it('is compared with nothing where the ledger knows no codes', () => {
    expect(stopping(coded({ VISITOR: 500 }), ledger(500))).toEqual([]);
  });
});

describe('a slow decline', () => {
  const nights = [500, 405, 328, 265].map((users) => ledger(users));
  const [best, next, third, last] = nights as [GroupLedger, GroupLedger, GroupLedger, GroupLedger];

  it('stops against the best of the deliveries before, which it names', () => {
    const figures = compareWithLast('staff', third, { ...next, earlier: [best] }, limits);
    expect(figures.filter(({ stops }) => stops).map(figureText)).toEqual([
      'staff: users, up to 500 in the last 7 deliveries, 328 now',
    ]);
  });

  it('is told once, against the last delivery where that is enough', () => {
    expect(stopping(ledger(200), { ...last, earlier: [third, next, best] })).toEqual(['users: 265 -> 200']);
  });

  it('of values and codes stops as well', () => {
    const before = { ...ledger(100, { CARD: 100 }), codes: { user_group: { A: 60, B: 40 } } };
    const between = { ...ledger(100, { CARD: 85 }), codes: { user_group: { A: 40, B: 60 } } };
    const now = { ...ledger(100, { CARD: 70 }), codes: { user_group: { A: 29, B: 71 } } };
    expect(stopping(now, between)).toEqual([]);
    expect(stopping(now, { ...between, earlier: [before] })).toEqual([
      'column CARD: 100 -> 70',
      'user_group A: 60 -> 29',
    ]);
  });
});

describe('rows that are all the same as last time', () => {
  const now = { ...ledger(20), rowsFingerprint: 'a' };
  const strict: GuardLimits = { ...limits, unchanged: 'stop' };

  it('stop only where the configuration says so', () => {
    expect(stopping(now, now)).toEqual([]);
    const figures = compareWithLast('staff', now, now, strict).filter(({ stops }) => stops);
    expect(figures.map(figureText)).toEqual(['staff: all 20 rows are the same as at the last delivery']);
  });

  it.each([
    ['another fingerprint', { ...now, rowsFingerprint: 'b' }],
    ['another number of rows', { ...now, rows: 21 }],
    ['a ledger that has no fingerprint', ledger(20)],
  ])('are not those with %s', (_, last) => {
    expect(stopping(now, last, strict)).toEqual([]);
  });
});
