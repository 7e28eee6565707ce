import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RejectedPerson } from '../../../../../src/load/rejected-person.ts';
import { expression } from '../../../support/templates.ts';

const now = '2026-03-01T12:00:00Z';

/** Why a person is rejected, with the function and the element that are to blame. */
function rejection(text: string, values: Record<string, string>): string {
  try {
    return `not rejected: ${expression(text, values)}`;
  } catch (error) {
    if (!(error instanceof RejectedPerson)) throw error;
    return `${error.reason}: ${error.functionName} in ${error.element}`;
  }
}

describe('date in many forms', () => {
  it.each([
    ['"M/D/YYYY"', '3/1/2026', '2026-03-01'],
    ['"M/D/YYYY"', '12/31/2026 23:59', '2026-12-31'],
    ['"M/D/YYYY"', '03/01/2026', '2026-03-01'],
    ['"DD-MON-YY"', '31-MAY-27', '2027-05-31'],
    ['"DD-MON-YY"', '31-may-27', '2027-05-31'],
    ['"DD-MON-YYYY"', '01-SEPT-2026', '2026-09-01'],
    ['"MONTH D, YYYY"', 'September 5,  2026', '2026-09-05'],
    ['"D.M.YY"', '1.3.49', '2049-03-01'],
    ['"D.M.YY"', '1.3.50', '1950-03-01'],
    ['"D.M.YY" 26', '1.3.27', '1927-03-01'],
    ['"D.M.YY" 26', '1.3.26', '2026-03-01'],
    ['"D.M.YY" "DD-MON-YY" 5', '31-MAY-06', '1906-05-31'],
    ['"YYYYMMDD"', '20260301143000', '2026-03-01'],
    ['"excel"', '46082', '2026-03-01'],
    ['"excel"', '46082.75', '2026-03-01'],
    ['"excel"', '36526', '2000-01-01'],
    ['"M/D/YYYY" "DD-MON-YY" "excel"', '46082', '2026-03-01'],
    ['"M/D/YYYY" "DD-MON-YY" "excel"', '31-MAY-27', '2027-05-31'],
    ['"YYYY-MM-DD" "M/D/YYYY"', ' ', ''],
    ['"MM/DD/YYYY"', '02/29/2028', '2028-02-29'],
  ])('date A %s reads %j', (forms, A, expected) => {
    expect(expression(`{{date A ${forms}}}`, { A })).toBe(expected);
  });

  it.each([
    ['"M/D/YY"', '3/1/2026', 'which would be the year 20'],
    ['"M/D/YYYY"', '13/1/2026', 'a month too many'],
    ['"DD-MON-YY"', '31-MAI-27', 'a month in another language'],
    ['"MM/DD/YYYY"', '02/29/2026', 'a day that the year does not have'],
    ['"MM/DD/YYYY"', '04/31/2026', 'a day that the month does not have'],
    ['"MM/DD/YYYY"', '00/00/0000', 'zeros'],
    ['"excel"', '2026', 'a year alone'],
    ['"excel"', '20260301', 'a compact date'],
    ['"excel"', '2.0112E+13', 'a number that a spreadsheet shortened'],
    ['"YYYY-MM-DD" "excel"', '1/3/2026', 'what fits no form'],
  ])('date A %s rejects the person for %j, %s', (forms, A) => {
    expect(rejection(`{{date A ${forms}}}`, { A })).toBe('unreadable_date: date in job_description');
  });

  it('reads each day that a spreadsheet counts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000, max: 99_999 }), (serial) => {
        const day = expression('{{date A "excel"}}', { A: String(serial) });
        expect((Date.parse(day) - Date.parse('2000-01-01')) / 86_400_000).toBe(serial - 36_526);
      }),
      { numRuns: 50 },
    );
  });
});

describe('days and months from a day', () => {
  it.each([
    ['{{days 120 A}}', '2026-05-31', '2026-09-28'],
    ['{{days -1 A}}', '2026-03-01', '2026-02-28'],
    ['{{days 1 A}}', '2028-02-28', '2028-02-29'],
    ['{{days "180"}}', '', '2026-08-28'],
    ['{{days 180 A}}', '', ''],
    ['{{months 1 A}}', '2026-01-31', '2026-02-28'],
    ['{{months 12 A}}', '2028-02-29', '2029-02-28'],
    ['{{months -3 A}}', '2026-05-31T00:00:00', '2026-02-28'],
    ['{{months 6 (days 1 (date A "M/D/YYYY"))}}', '8/30/2026', '2027-02-28'],
    ['{{months A}}', '6', '2026-09-01'],
    ['{{months A}}', ' ', ''],
    ['{{days (lookup "lives" A) "2026-01-01"}}', 'x', '2026-01-31'],
  ])('%s with %j is %j', (text, A, expected) => {
    expect(expression(text, { A }, { now, lookups: { lives: { x: '30' } } })).toBe(expected);
  });

  it.each([
    ['{{days A}}', 'ten', 'unreadable_number: days in job_description'],
    ['{{months A}}', '1.5', 'unreadable_number: months in job_description'],
    ['{{months 1 A}}', '1/3/2026', 'unreadable_date: months in job_description'],
    ['{{days 1 A}}', '9999-12-31', 'unreadable_date: days in job_description'],
  ])('%s rejects the person for %j', (text, A, expected) => {
    expect(rejection(text, { A })).toBe(expected);
  });
});

describe('earliest and latest', () => {
  it.each([
    ['{{earliest A "2026-06-30"}}', '2026-05-31', '2026-05-31'],
    ['{{earliest A "2026-06-30"}}', '', '2026-06-30'],
    ['{{latest A (months 6)}}', '2026-05-31T10:00:00', '2026-09-01'],
    ['{{latest A ""}}', '', ''],
  ])('%s with %j is %j', (text, A, expected) => {
    expect(expression(text, { A }, { now })).toBe(expected);
  });

  it('reject the person for a day that cannot be read', () => {
    expect(rejection('{{latest A (today)}}', { A: 'never' })).toBe(
      'unreadable_date: latest in job_description',
    );
  });
});

describe('age', () => {
  it.each([
    ['2008-03-01', '18'],
    ['2008-03-02', '17'],
    ['2008-02-29', '18'],
    ['2026-03-01', '0'],
    ['', ''],
  ])('of %j', (A, expected) => {
    expect(expression('{{age A}}', { A }, { now })).toBe(expected);
  });

  it('on another day, where who was born on 29 February waits for March', () => {
    expect(expression('{{age A "2026-02-28"}}', { A: '2008-02-29' })).toBe('17');
  });

  it('rejects who is not born yet', () => {
    expect(rejection('{{age A}}', { A: '2048-01-01' })).toBe('unreadable_date: age in job_description');
  });
});
