import { describe, expect, it } from 'vitest';
import { parseCalendar } from '../../../src/load/calendars.ts';
import { failureOf } from '../support/fixtures.ts';

describe('a calendar', () => {
  it('is read with its columns in any order, and with the dates that spreadsheets write', () => {
    const calendar = parseCalendar(
      '\ufeffName,End,Start,Code\r\nSpring,5/8/2026,1/12/2026, 202610 \r\n,,,\r\n"Fall, main",2026-12-18,2026-08-24,202640\r\n',
      'terms.csv',
    );
    expect([calendar.find('202610'), calendar.find('2026-09-01')]).toEqual([
      { code: '202610', start: '2026-01-12', end: '2026-05-08' },
      { code: '202640', start: '2026-08-24', end: '2026-12-18' },
    ]);
  });

  it.each([
    ['no column for the end', 'code,start\n1,2026-01-12\n', 'names no column end in its first line'],
    [
      'a day that cannot be read',
      'code,start,end\n1,2026-01-12,soon\n',
      'has a day that cannot be read in line 2',
    ],
    ['no code', 'code,start,end\n,2026-01-12,2026-05-08\n', 'has no code in line 2'],
    [
      'an end before the start',
      'code,start,end\n1,2026-05-08,2026-01-12\n',
      'has a term in line 2 that ends before it starts',
    ],
    [
      'a code twice',
      'code,start,end\n1,2026-01-12,2026-05-08\n1,2026-01-12,2026-05-08\n',
      'has the code of line 3 twice',
    ],
    ['nothing', 'code,start,end\n', 'has no terms'],
    ['a broken quote', 'code,start,end\n"1,2,3\n', 'is not CSV: line 2 has a quote in the wrong place'],
  ])('is refused with %s', async (_, text, message) => {
    expect(await failureOf(() => parseCalendar(text, 'terms.csv'))).toMatchObject({
      code: 'CALENDAR_INVALID',
      message: `The calendar terms.csv ${message}.`,
    });
  });
});
