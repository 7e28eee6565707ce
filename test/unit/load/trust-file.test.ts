import { describe, expect, it } from 'vitest';
import { reasonsToDistrust } from '../../../src/load/trust-file.ts';

const limits = { brokenRecords: 5, brokenLines: 0.001 };
const file = {
  ...{ lines: 10_000, header: 1, rows: 9_999, blank: 0, skipped: 0, unreadable: 0, records: 9_999 },
  ...{ name: 'staff.csv', repeatedHeaders: 0, marks: 0, cutOffInLine: null, trailer: null, formulas: 0 },
  broken: { records: 0, lines: 0, firstLine: 0 },
};
const reasons = (records: number, lines: number, cutOffInLine: number | null = null) =>
  reasonsToDistrust('staff', { ...file, broken: { records, lines, firstLine: 7 }, cutOffInLine }, limits);

describe('a file', () => {
  it.each([
    [0, 0],
    [5, 5],
    [1, 10],
  ])('is trusted with %i broken records of %i lines', (records, lines) => {
    expect(reasons(records, lines)).toEqual([]);
  });

  it.each([
    [6, 6],
    [1, 11],
  ])('is not trusted with %i broken records of %i lines', (records, lines) => {
    expect(reasons(records, lines)).toEqual([
      expect.stringMatching(
        /^In the file of staff .* of 10000 lines, the first in line 7\. At most 5 records and 0\.1 % /,
      ),
    ]);
  });

  it('that breaks off is not trusted under any limits', () => {
    expect(reasons(0, 0, 9)).toEqual(['The file of staff breaks off in line 9: it is not complete.']);
  });
});
