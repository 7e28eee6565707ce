import { describe, expect, it } from 'vitest';
import { guardPlan, type PlanLimits } from '../../../../src/load/roster/guard-plan.ts';
import type { Plan } from '../../../../src/load/roster/plan.ts';

const limits: PlanLimits = {
  maxGone: 0.1,
  maxMoved: 0.2,
  maxLostIdentifiers: 0.3,
  maxSuperseded: 0.05,
  maxElementChange: 0.5,
  expected: ['expiry_date'],
};
const counts = { new: 500, changed: 0, unchanged: 1000, returned: 90, gone: 0, superseded: 0, 'left out': 0 };

/** A plan of a thousand users who were there. */
const planWith = (more: Partial<Plan>, users = 1000): Plan => ({
  since: '2026-03-01',
  groups: {},
  elements: {},
  moves: [],
  lostIdentifiers: {},
  unusual: [],
  ...more,
  counts: more.counts ?? { ...counts, unchanged: users },
});
const stopsOf = (plan: Plan, more: Partial<PlanLimits> = {}) =>
  guardPlan(plan, { ...limits, ...more })
    .filter(({ stops }) => stops)
    .map(({ what }) => what);
const countsWith = (change: 'gone' | 'superseded', users: number, of = 1000) => ({
  counts: { ...counts, unchanged: of - users, [change]: users },
});

describe('the guard on a plan', () => {
  it.each<[string, (users: number) => Partial<Plan>, number, string]>([
    ['gone', (users) => countsWith('gone', users), 100, 'users who would be gone'],
    [
      'under another primary id',
      (users) => countsWith('superseded', users),
      50,
      'users who would get another primary id',
    ],
    [
      'in another user group',
      (users) => ({
        moves: [
          { from: 'A', to: 'B', users: users - 10 },
          { from: 'B', to: 'A', users: 10 },
        ],
      }),
      200,
      'users who would get another user group',
    ],
    [
      'without an identifier',
      (users) => ({ lostIdentifiers: { BARCODE: users } }),
      300,
      'users who would lose the identifier BARCODE',
    ],
    [
      'changed in one element',
      (users) => ({ elements: { last_name: users } }),
      500,
      'users in whom last_name would change',
    ],
  ])('stops at more users than may be %s', (_, more, limit, what) => {
    expect(stopsOf(planWith(more(limit)))).toEqual([]);
    expect(stopsOf(planWith(more(limit + 1)))).toEqual([what]);
  });

  it('tells the numbers it looked at', () => {
    expect(guardPlan(planWith(countsWith('gone', 101)), limits)[0]).toEqual({
      group: 'roster',
      what: 'users who would be gone',
      before: 1000,
      expected: 100,
      now: 101,
      stops: true,
      against: 'plan',
    });
  });

  it('counts new and returned users for nothing, and those left out as ones who were there', () => {
    const plan = planWith({ counts: { ...counts, unchanged: 0, 'left out': 1000, gone: 100 } });
    expect(guardPlan(plan, limits)[0]).toMatchObject({ before: 1100, stops: false });
  });

  it('stops for no fewer than 20 users', () => {
    expect(stopsOf(planWith(countsWith('gone', 19, 30)))).toEqual([]);
    expect(stopsOf(planWith(countsWith('gone', 20, 30)))).toEqual(['users who would be gone']);
  });

  it('lets expected elements change in all, and looks at user groups as moves alone', () => {
    expect(stopsOf(planWith({ elements: { expiry_date: 1000, user_group: 1000 } }))).toEqual([]);
    expect(stopsOf(planWith({ elements: { expiry_date: 1000 } }), { expected: [] })).toEqual([
      'users in whom expiry_date would change',
    ]);
  });

  it('stops nothing where a limit is all', () => {
    expect(stopsOf(planWith(countsWith('gone', 1000)), { maxGone: 1 })).toEqual([]);
  });
});
