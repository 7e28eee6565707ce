import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../../src/load/ledger.ts';
import type { AlmaResults } from '../../../../src/load/ports.ts';
import { chooseUsers, isNews } from '../../../../src/load/roster/choose-users.ts';
import type { Plan } from '../../../../src/load/roster/plan.ts';
import type { RosterUser } from '../../../../src/load/roster/roster-user.ts';
import { UserXml } from '../../../../src/load/roster/user-xml.ts';

const now = new Date('2026-03-10T12:00:00Z');
const last = (more: Partial<Ledger>): Ledger => ({ version: 1, deliveredAt: '', groups: {}, ...more });
const chosen = (ledger: Ledger | null, plan: Plan | null = {} as Plan, results: AlmaResults = {}) =>
  chooseUsers({ what: 'changed', allEveryDays: 7, now }, ledger, { plan, results });

describe('which users are delivered', () => {
  it.each([
    [last({ allAt: '2026-03-09T12:00:00Z' }), 'changed', null],
    [last({ allAt: '2026-03-03T12:00:01Z' }), 'changed', null],
    [last({ allAt: '2026-03-03T12:00:00Z' }), 'all', 'the last delivery of all users was 7 days ago'],
    [last({}), 'all', 'no delivery of all users is known'],
  ])('after %j: %s', (ledger, what, reason) => {
    expect(chosen(ledger)).toEqual({ what, reason });
  });

  it("is all after Alma's job failed with some of the last files", () => {
    const ledger = last({ allAt: '2026-03-09T12:00:00Z' });
    expect(chosen(ledger, undefined, { staff: 'taken' }).what).toBe('changed');
    expect(chosen(ledger, undefined, { staff: 'taken', student: 'refused' })).toEqual({
      what: 'all',
      reason: "Alma's job failed with the last files, or did not account for all of their users",
    });
  });

  it('is all at the first delivery with a roster, and where the job says so', () => {
    expect(chosen(last({ allAt: '2026-03-09T12:00:00Z' }), null).what).toBe('all');
    expect(chooseUsers({ what: 'all', allEveryDays: 7, now }, null, { plan: null, results: {} })).toEqual({
      what: 'all',
      reason: null,
    });
  });
});

describe('a user whom Alma does not have as they are now', () => {
  const sent = { id: 'a', key: '1', group: 'staff', print: 'x', order: 'a', xml: UserXml.of('') };
  const before: RosterUser = { ...sent, since: '', gone: null, pending: false };

  it.each([
    ['is new', null, true],
    ['has not changed', before, false],
    ['has changed', { ...before, print: 'y' }, true],
    ['comes from another group', { ...before, group: 'student' }, true],
    ['returns', { ...before, gone: { last: '', day: '', runs: 1, superseded: false, sent: null } }, true],
    ['is in a file that lies there still', { ...before, pending: true }, true],
  ] as const)('%s', (_, user, isIt) => {
    expect(isNews({ before: user, now: sent }, new Set(['student', 'leavers']), new Set())).toBe(isIt);
  });

  it('is none whose file was taken', () => {
    expect(isNews({ before: { ...before, pending: true }, now: sent }, new Set(['staff']), new Set())).toBe(
      false,
    );
  });

  it('is none who has changed in ignored elements alone', () => {
    const user = (print: string, expiry: string, name: string) => ({
      ...before,
      print,
      xml: UserXml.of(`<user><last_name>${name}</last_name><expiry_date>${expiry}</expiry_date></user>`),
    });
    const first = user('x', '2026-07-01', 'A');
    const isIt = (next: RosterUser, ...ignored: string[]) =>
      isNews({ before: first, now: next }, new Set(), new Set(ignored));
    expect(isIt(user('y', '2026-07-02', 'A'))).toBe(true);
    expect(isIt(user('y', '2026-07-02', 'A'), 'expiry_date', 'purge_date')).toBe(false);
    expect(isIt(user('y', '2026-07-02', 'B'), 'expiry_date', 'purge_date')).toBe(true);
    expect(isIt({ ...user('y', '2026-07-02', 'A'), group: 'student' }, 'expiry_date')).toBe(true);
  });
});
