import type { ListedRow } from '../../../src/load/group-tally.ts';
import type { GuardFigure } from '../../../src/load/guard.ts';
import type { GroupLedger } from '../../../src/load/ledger.ts';
import { type GroupReport, type LoadReport, newReport } from '../../../src/load/load-report.ts';

export function groupReport(name: string, change: Partial<GroupReport> = {}): GroupReport {
  return {
    name,
    delivered: true,
    books: { read: 0, written: 0, unchanged: 0, duplicate: 0, skipped: 0, rejected: 0, reasons: {} },
    counts: { users: 0, rows: 0, columns: {}, elements: {}, codes: {} },
    last: null,
    changedInputs: null,
    listed: [],
    cut: {},
    removedCharacters: 0,
    repeatedIdentifiers: 0,
    blamed: {},
    leftOutIdentifiers: 0,
    leftOut: [],
    farAhead: 0,
    unveiled: {},
    suspicious: {},
    repeatedByQuery: 0,
    skipped: {},
    file: null,
    files: [],
    ...change,
  };
}

/** What a ledger holds of a group. */
export function groupLedger(users: number, change: Partial<GroupLedger> = {}): GroupLedger {
  return { users, rows: users, columns: {}, elements: {}, codes: {}, inputs: {}, earlier: [], ...change };
}

/** A figure of the group `staff`, expected to be what it was. */
export function figure(
  what: string,
  before: number,
  now: number,
  change: Partial<GuardFigure> = {},
): GuardFigure {
  return { group: 'staff', what, before, expected: before, now, stops: false, against: 'last', ...change };
}

const row = (group: string, number: number, more: Partial<ListedRow> = {}): ListedRow => ({
  place: { group, row: number },
  reason: 'no_person_key',
  ...more,
});

/** A run with something of everything. */
export function fullLoadReport(change: Partial<LoadReport> = {}): LoadReport {
  const job = { title: 'Alma', now: new Date('2026-03-01T12:00:00Z') };
  const codes = { user_group: { FACULTY: 600, '(others)': 410 } };
  const counts = { users: 1010, rows: 1020, columns: {}, elements: {}, codes };
  const last = groupLedger(1000, { rows: 1100, codes: { user_group: { FACULTY: 590, STAFF: 20 } } });
  const file = {
    key: 'staff.zip',
    size: 4200,
    sha256: '0123456789abcdef'.repeat(4),
    users: 1010,
    xmlFiles: 1,
  };
  return {
    ...newReport(job, 'file:/alma'),
    outcome: 'delivered',
    durations: { 'check columns': 40, 'make staff': 2000 },
    groups: [
      groupReport('staff', {
        books: {
          read: 1020,
          written: 1010,
          unchanged: 0,
          duplicate: 1,
          skipped: 0,
          rejected: 9,
          reasons: { no_person_key: 2, identifier_taken: 5, too_many_fields: 1, missing_required: 1 },
        },
        counts,
        last,
        changedInputs: ['the template'],
        listed: [
          row('staff', 3),
          row('staff', 1, { reason: 'identifier_taken', first: { group: 'staff', row: 2 } }),
          row('staff', 7, { reason: 'identifier_taken', first: { group: 'staff', row: 2 } }),
          row('staff', 9, { reason: 'identifier_taken', first: { group: 'staff', row: 5 } }),
          { place: { group: 'staff', line: 12, lines: 1 }, reason: 'too_many_fields', fields: [8, 7] },
          row('staff', 8),
          {
            place: { group: 'staff', row: 10, key: 'P10' },
            reason: 'missing_required',
            element: 'last_name',
          },
          row('staff', 11, { reason: 'duplicate', first: { group: 'staff', row: 4 } }),
        ],
        files: [file],
      }),
      groupReport('student', {
        delivered: false,
        books: {
          read: 3,
          written: 0,
          unchanged: 0,
          duplicate: 1,
          skipped: 0,
          rejected: 2,
          reasons: { no_person_key: 2 },
        },
        listed: [
          row('student', 1),
          row('student', 2, { reason: 'duplicate', first: { group: 'staff', row: 4 } }),
        ],
      }),
    ],
    guard: [
      figure('users', 1000, 1010),
      figure('column phone', 500, 510, { expected: 505 }),
      figure('column title', 40, 30),
      figure('column room', 9, 9),
      figure('user_group STAFF', 20, 0),
    ],
    unmappedValues: { ranks: { '': 2, X: 3 } },
    repeatedKeys: { ranks: ['B', 'C'] },
    receipts: [{ key: 'staff.zip', location: 'file:/alma/staff.zip', size: 4200 }],
    removed: ['old.zip'],
    warnings: ['staff: 1 person is written without user_group.'],
    ...change,
  };
}
