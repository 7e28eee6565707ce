import { describe, expect, it } from 'vitest';
import { compareWithLast } from '../../../src/load/guard.ts';
import { changedInputs } from '../../../src/load/inputs.ts';
import { type DeliveredGroup, nextLedger, parseLedger } from '../../../src/load/ledger.ts';

/** A ledger as the first version of this program wrote it. Never to be changed: such files are in use. */
const firstLedger = `{
  "version": 1,
  "deliveredAt": "2026-03-01T12:00:00.000Z",
  "groups": {
    "staff": {
      "users": 600,
      "rows": 610,
      "columns": { "LOGIN": 610, "RANK": 600 },
      "elements": { "primary_id": 600, "user_group": 600 }
    }
  }
}`;

const now = new Date('2026-03-02T12:00:00Z');
const group = (users: number, change: Partial<DeliveredGroup> = {}): DeliveredGroup => ({
  users,
  rows: users,
  columns: {},
  elements: {},
  codes: {},
  madeAt: now.toISOString(),
  inputs: {},
  startsAnew: false,
  ...change,
});

describe('a ledger of the first version', () => {
  const ledger = parseLedger(JSON.parse(firstLedger), 'file:ledger.json');
  const staff = ledger?.groups.staff ?? null;

  it('is read, and what it lacks stops nothing', () => {
    const counts = {
      users: 600,
      rows: 610,
      columns: { LOGIN: 610, RANK: 600 },
      elements: { primary_id: 600, user_group: 600, record_type: 600 },
      codes: { user_group: { VISITOR: 600 } },
      rowsFingerprint: 'a',
    };
    const limits = {
      min_people: 1,
      max_value_loss: 0,
      max_code_loss: 0,
      max_newly_expired: 0,
      unchanged: 'stop',
    } as const;
    const figures = compareWithLast('staff', counts, staff, limits);
    expect(figures).toHaveLength(5);
    expect(figures.filter(({ stops }) => stops)).toEqual([]);
    expect(changedInputs(staff?.inputs ?? {}, { 'the template': 'a' })).toBeNull();
  });

  it('still stops what it stopped', () => {
    const counts = { users: 400, rows: 610, columns: { LOGIN: 610 }, elements: {}, codes: {} };
    const limits = {
      min_people: 0.8,
      max_value_loss: 0.2,
      max_code_loss: 0.5,
      max_newly_expired: 0.05,
      unchanged: 'warn',
    } as const;
    const figures = compareWithLast('staff', counts, staff, limits);
    expect(figures.filter(({ stops }) => stops).map(({ what }) => what)).toEqual([
      'users',
      'column RANK',
      'element primary_id',
      'element user_group',
    ]);
  });

  it('becomes the first of the deliveries to compare with', () => {
    const next = nextLedger(ledger, now, { staff: group(500) });
    expect(next.groups.staff?.earlier.map(({ users }) => users)).toEqual([600]);
    expect(parseLedger(JSON.parse(JSON.stringify(next)), 'file:ledger.json')).toEqual(next);
  });
});

describe('the next ledger', () => {
  it('keeps seven deliveries, counts only, and the groups that were not delivered', () => {
    let ledger = nextLedger(null, now, { staff: group(1), student: group(77) });
    for (let users = 2; users <= 9; users += 1)
      ledger = nextLedger(ledger, now, { staff: group(users, { inputs: { 'the template': 'a' } }) });
    const { staff, student } = ledger.groups;
    expect([staff?.users, ...(staff?.earlier ?? []).map(({ users }) => users)]).toEqual([
      9, 8, 7, 6, 5, 4, 3,
    ]);
    expect(Object.keys(staff?.earlier[0] ?? {}).sort()).toEqual([
      'codes',
      'columns',
      'elements',
      'rows',
      'users',
    ]);
    expect(student?.users).toBe(77);
  });

  it('starts anew where a person let a drop pass', () => {
    const before = nextLedger(nextLedger(null, now, { staff: group(500) }), now, { staff: group(450) });
    const after = nextLedger(before, now, { staff: group(100, { startsAnew: true }) });
    expect(after.groups.staff).toMatchObject({ users: 100, earlier: [] });
  });
});
