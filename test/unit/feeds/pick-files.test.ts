import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { filesShape } from '../../../src/config/feed-schema.ts';
import type { PatronflowError } from '../../../src/core/errors.ts';
import { parseFilePattern } from '../../../src/feeds/file-pattern.ts';
import { type Pick, pickFiles } from '../../../src/feeds/pick-files.ts';
import { failureOf } from '../../support/failure.ts';

const patternOf = (text: string) => {
  const pattern = parseFilePattern(text);
  if (!pattern) throw new Error('no pattern');
  return pattern;
};

describe('a pattern', () => {
  it.each([
    ['PEOPLE.csv', ['PEOPLE.csv'], ['people.csv', 'PEOPLEXcsv', 'PEOPLE.csv.done', 'xPEOPLE.csv', '']],
    ['PEOPLE_*.txt', ['PEOPLE_.txt', 'PEOPLE_a b.txt', 'PEOPLE_\n.txt', 'PEOPLE_x.txt.txt'], ['PEOPLE.txt']],
    ['P?.csv', ['P1.csv', 'P李.csv', 'P😀.csv'], ['P.csv', 'P12.csv']],
    ['*', ['a', '.hidden'], []],
    ['a+(b)[c]^$|.csv', ['a+(b)[c]^$|.csv'], ['aab.csv']],
    ['{YYYYMMDD}.csv', ['20260301.csv', '20261332.csv'], ['2026031.csv', '202603011.csv', '{YYYYMMDD}.csv']],
    ['P_{YYYY-MM-DD}.csv', ['P_2026-03-01.csv'], ['P_20260301.csv', 'P_2026.03.01.csv']],
    ['P_{DD.MM.YYYY}_*.csv', ['P_01.03.2026_a.csv'], ['P_01x03x2026_a.csv']],
    ['P}{YYYYMMDDHHmmss}', ['P}20260301235959'], []],
  ])('%s fits names', (text, fitting, others) => {
    const { matches } = patternOf(text);
    expect(fitting.filter((name) => !matches(name))).toEqual([]);
    expect(others.filter((name) => matches(name))).toEqual([]);
  });

  it.each(['{YYYY}', '{MMDD}', '{}', '{name}', '{YYYYMMDD}_{YYYYMMDD}', '{YYYYMMDD}{HHmm}', '{YYYYMMDDDD}'])(
    'has one whole date: not %s',
    (text) => {
      expect(parseFilePattern(text)).toBe(null);
    },
  );

  it.each([
    ['{YYYYMMDD}', '20260301', '20260301000000'],
    ['{DD-MM-YYYY}', '01-03-2026', '20260301000000'],
    ['{YYYYMMDDHHmmss}', '20260301235958', '20260301235958'],
    ['{YYYYMMDD_HHmm}', '20260301_2359', '20260301235900'],
    ['{YYYYMMDD}', '20260230', null],
    ['{YYYYMMDD}', '20261301', null],
    ['P*{YYYYMMDD}*', 'P20260301_20260302.csv', '20260302000000'],
    ['*', '20260301', null],
  ])('finds the date: %s in %s', (text, name, date) => {
    expect(patternOf(text).dateIn(name)).toBe(date);
  });

  it('takes no longer for a name that is made to be slow', () => {
    const started = performance.now();
    const many = `P${'_*'.repeat(100)}.csv`;
    expect(patternOf(many).matches(`P${'_'.repeat(1_000)}`)).toBe(false);
    expect(patternOf(many).matches(`P${'_'.repeat(1_000)}.csv`)).toBe(true);
    expect(patternOf('*{YYYYMMDD}*{x').dateIn('20260301'.repeat(120))).toBe(null);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('fits what a regular expression of the same meaning fits, with the date in the same place', () => {
    const piece = fc.constantFrom('a', 'b', '.', '*', '?', '😀');
    const pattern = fc.tuple(
      fc.array(piece, { maxLength: 6 }),
      fc.array(piece, { maxLength: 6 }),
      fc.boolean(),
    );
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '.', '*', '😀', '20260301', '20260302', '2'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(pattern, name, ([before, after, isDated], found) => {
        const text = [...before, isDated ? '{YYYYMMDD}' : '', ...after].join('');
        const source = (signs: readonly string[]) =>
          signs.map((sign) => ({ '*': '.*', '?': '.', '.': '\\.' })[sign] ?? sign).join('');
        const same = new RegExp(`^${source(before)}${isDated ? '([0-9]{8})' : ''}${source(after)}$`, 'su');
        expect(patternOf(text).matches(found)).toBe(same.test(found));
        const date = same.exec(found)?.[1];
        expect(patternOf(text).dateIn(found)).toBe(date && isCalendarDay(date) ? `${date}000000` : null);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** @param text `YYYYMMDD`. Two dates beside each other hold others, such as 2603-01-20. */
function isCalendarDay(text: string): boolean {
  const [year, month, day] = [text.slice(0, 4), text.slice(4, 6), text.slice(6)].map(Number) as [
    number,
    number,
    number,
  ];
  const daysOfMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth;
}

const now = new Date('2026-03-01T12:00:00Z');
const file = (name: string, hoursAgo: number | null = 1) => ({
  name,
  size: 10,
  modified: hoursAgo === null ? null : new Date(now.getTime() - hoursAgo * 3_600_000),
});

type Files = readonly (string | readonly [string, number | null])[];

function picked(pattern: string, files: Files, pick: Partial<Pick> = {}): string[] {
  const all = files.map((each) => (typeof each === 'string' ? file(each) : file(each[0], each[1])));
  const wanted = { which: 'one' as const, marker: null, maxAgeHours: null, ...pick };
  return pickFiles(all, { pattern: patternOf(pattern), ...wanted }, 'file:feeds', now).map(
    ({ name }) => name,
  );
}

const refused = (...args: Parameters<typeof picked>): Promise<PatronflowError> =>
  failureOf(Promise.resolve().then(() => picked(...args)));

describe('the files of a feed', () => {
  it('are the only one, the newest by its name or by its time, or all from the oldest on', () => {
    expect(picked('P*.csv', ['P1.csv', 'Q.csv'])).toEqual(['P1.csv']);
    const dated = ['P_20260301.csv', 'P_20260227.csv', 'P_20260228.csv'] as const;
    const backwards: Files = [
      [dated[0], 9],
      [dated[1], 1],
      [dated[2], 5],
    ];
    expect(picked('P_{YYYYMMDD}.csv', backwards, { which: 'newest' })).toEqual(['P_20260301.csv']);
    expect(picked('P_*.csv', backwards, { which: 'newest' })).toEqual(['P_20260227.csv']);
    expect(picked('P_{YYYYMMDD}.csv', backwards, { which: 'all' })).toEqual([dated[1], dated[2], dated[0]]);
    expect(picked('P_*.csv', backwards, { which: 'all' })).toEqual([dated[0], dated[2], dated[1]]);
  });

  it('are in one order where their times are the same or not known', () => {
    expect(picked('*', ['b', 'a', 'c'], { which: 'all' })).toEqual(['a', 'b', 'c']);
    expect(
      picked(
        '*',
        [
          ['b', null],
          ['a', null],
        ],
        { which: 'all' },
      ),
    ).toEqual(['a', 'b']);
  });

  it('are not there', async () => {
    expect(await refused('P.csv', ['Q.csv', 'P.csvx'])).toMatchObject({
      code: 'FEED_MISSING',
      message: expect.stringContaining('No file at file:feeds matches P.csv'),
      hint: expect.stringContaining('There are 2 other files.'),
    });
  });

  it('are more than are wanted', async () => {
    expect(await refused('P*', ['P1', 'P2', 'P3', 'P4'])).toMatchObject({
      code: 'FEED_AMBIGUOUS',
      message: '4 files at file:feeds match P*, and none is the newest: P1, P2, P3 ….',
    });
    expect((await refused('P*', ['P1', ['P0', 3], 'P2'], { which: 'newest' })).message).toContain(
      ': P1, P2.',
    );
    // A date that is none is older than all.
    const odd: Files = ['P_20261399', 'P_20200101'];
    expect(picked('P_{YYYYMMDD}', odd, { which: 'newest' })).toEqual(['P_20200101']);
  });

  it('wait for their marker, which is no feed itself', async () => {
    const marker = '.done';
    expect(picked('P*', ['P1', 'P1.done', 'P2'], { marker })).toEqual(['P1']);
    expect(
      picked('P*', [['P1', 5], 'P1.done', ['P2', 1], 'P2.done', ['P3', 0]], { marker, which: 'newest' }),
    ).toEqual(['P2']);
    expect(await refused('P*', ['P1', 'P2', 'Q.done'], { marker })).toMatchObject({
      code: 'FEED_MISSING',
      message: 'There is no .done file beside P1, P2 at file:feeds.',
    });
    expect((await refused('P*', ['P1.done'], { marker })).code).toBe('FEED_MISSING');
  });

  it('are not too old', async () => {
    const pick = { maxAgeHours: 24, which: 'newest' as const };
    expect(
      picked(
        'P*',
        [
          ['P1', 24],
          ['P2', 30],
        ],
        pick,
      ),
    ).toEqual(['P1']);
    expect(await refused('P*', [['P1', 24.1]], pick)).toMatchObject({
      code: 'FEED_OLD',
      message: 'The newest file that matches P* at file:feeds is 24 hours old. At most 24 are allowed.',
    });
    expect((await refused('P*', [['P1', 30], 'P2'], { ...pick, which: 'all' })).message).toBe(
      'P1 at file:feeds is 30 hours old. At most 24 are allowed.',
    );
    expect(await refused('P*', [['P1', null]], pick)).toMatchObject({ code: 'FEED_OLD' });
    // A clock that is ahead makes no feed old.
    expect(picked('P*', [['P1', -2]], pick)).toEqual(['P1']);
  });

  it('have names that a terminal does not obey', async () => {
    const error = await refused('P*', ['P\u001b[31m', 'P\u202egnp', 'P\nfake line']);
    expect(`${error.message}${error.hint}`).not.toMatch(/[\u0000-\u001f\u202e]/);
    const missing = await refused('PEOPLE.csv', ['PEOPLE\u202e.csv', 'PEOPLE.cs\u0007']);
    expect(`${missing.message}${missing.hint}`).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});

it.each([{ file: '..' }, { file: '.' }, { file: 'a/b.csv' }, { file: '..\\a.csv' }, { marker: '/../other' }])(
  'lie in their folder: not %j',
  (wrong) => {
    const { success } = z.object(filesShape).safeParse({ file: 'P.csv', ...wrong });
    expect(success).toBe(false);
    expect(z.object(filesShape).safeParse({ file: '..a.csv', marker: '.done' }).success).toBe(true);
  },
);
