import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBlank, strip } from '../../../../src/load/blanks.ts';
import { cpuTimeOf } from '../../../support/cpu-time.ts';
import { expression } from '../../support/templates.ts';

describe('phone', () => {
  it.each([
    ['ten digits', '6175550123', '617-555-0123'],
    ['eleven with the country', '16175550123', '1-617-555-0123'],
    ['the country with a plus', '+16175550123', '+1-617-555-0123'],
    ['an extension', '6175550123x9', '617-555-0123x9'],
    ['two numbers', '6175550123/6175550124', '617-555-0123/617-555-0124'],
    ['ten digits that start with 1', '1234567890', '123-456-7890'],
    ['full-width digits', '６１７５５５０１２３', '６１７-５５５-０１２３'],
    ['Arabic-Indic digits', '٦١٧٥٥٥٠١٢٣', '٦١٧-٥٥٥-٠١٢٣'],
    ['digits beyond 16 bits', '𝟔𝟏𝟕𝟓𝟓𝟓𝟎𝟏𝟐𝟑', '𝟔𝟏𝟕-𝟓𝟓𝟓-𝟎𝟏𝟐𝟑'],
    ['nine digits', '617555012', '617555012'],
    ['eleven digits of another country', '26175550123', '26175550123'],
    ['twenty digits', '61755501236175550124', '61755501236175550124'],
    ['a number with dashes', '617-555-0123', '617-555-0123'],
    ['patterns of replace', '6175550123 $& $1', '617-555-0123 $& $1'],
  ])('%s', (_, value, expected) => {
    expect(expression('{{phone A}}', { A: value })).toBe(expected);
  });
});

describe('strip', () => {
  it('takes away the blanks that the first users of the templates rely on', () => {
    const blanks =
      '\t\n\u000b\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000';
    expect(strip(`${blanks}a b${blanks}`)).toBe('a b');
  });

  it.each(['\ufeffa', 'a\u200b', '\u180ea', '\u0000a'])('leaves %j, which holds none', (value) => {
    expect(strip(value)).toBe(value);
  });

  it('takes no longer for each blank when there are many', () => {
    const long = ` a${' '.repeat(200_000)}b`;
    expect(cpuTimeOf(() => expect(strip(long)).toHaveLength(200_002))).toBeLessThan(1000);
  });

  it('tells blank values from others', () => {
    expect([' ', '\u0085\u001f', '\u3000\n', '\ufeff \u200b'].map(isBlank)).toEqual([true, true, true, true]);
    expect(['', 'a', ' a ', '\ufeffa'].map(isBlank)).toEqual([false, false, false, false]);
  });

  it('leaves nothing to take away, and what is inside', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const stripped = strip(value);
        expect(strip(stripped)).toBe(stripped);
        expect(value).toContain(stripped);
        expect(strip(`\u001c${value}\u0085`)).toBe(stripped);
      }),
    );
  });
});

describe('code', () => {
  const codes = { departments: { PHYS: 'A1' } };

  it('looks a code up as it is written, but for blanks around it', () => {
    expect(
      ['PHYS', 'phys', 'PHYS ', 'NIU\n', ''].map((A) =>
        expression('{{lookup "departments" A}}', { A }, { lookups: codes }),
      ),
    ).toEqual(['A1', 'ZZ', 'A1', 'ZZ', 'ZZ']);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('knows nothing of %s', (A) => {
    expect(expression('{{lookup "departments" A}}', { A }, { lookups: codes })).toBe('ZZ');
    expect(
      expression(
        '{{lookup "departments" A}}',
        { A },
        { lookups: { departments: Object.fromEntries([[A, 'C3']]) } },
      ),
    ).toBe('C3');
  });
});

describe('months and today', () => {
  it.each([
    ['2025-08-31', 6, '2026-02-28'],
    ['2025-08-29', 30, '2028-02-29'],
    ['2025-08-31', 30, '2028-02-29'],
    ['2026-03-31', 1, '2026-04-30'],
    ['2026-03-31', -1, '2026-02-28'],
    ['2026-12-15', 1, '2027-01-15'],
    ['2026-03-01', 0, '2026-03-01'],
  ])('%s and %i months are %s', (day, months, expected) => {
    expect(expression(`{{months ${months}}}`, {}, { now: `${day}T23:59:59Z` })).toBe(expected);
    expect(expression(`{{months "${months}"}}`, {}, { now: `${day}T00:00:00Z` })).toBe(expected);
  });

  it('count from the UTC day of the run', () => {
    expect(expression('{{today}}', {}, { now: '2026-03-01T23:30:00-05:00' })).toBe('2026-03-02');
  });

  it('stay in the month that was counted to', () => {
    const day = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(day, fc.integer({ min: -600, max: 600 }), (from, months) => {
        const [year = 0, month = 0, date = 0] = expression(
          `{{months ${months}}}`,
          {},
          { now: from.toISOString() },
        )
          .split('-')
          .map(Number);
        expect(year * 12 + month).toBe(from.getUTCFullYear() * 12 + from.getUTCMonth() + 1 + months);
        expect(date).toBeLessThanOrEqual(from.getUTCDate());
        expect(date).toBeGreaterThanOrEqual(Math.min(from.getUTCDate(), 28));
      }),
    );
  });
});

describe('date', () => {
  it.each([
    ['{{date A}}', '2026-03-01', '2026-03-01'],
    ['{{date A}}', ' 2026-03-01T10:00:00 ', '2026-03-01'],
    ['{{date A "DD.MM.YYYY"}}', '01.03.2026', '2026-03-01'],
    ['{{date A "MM/DD/YYYY"}}', '03/01/2026 00:00', '2026-03-01'],
    ['{{date A "YYYYMMDD"}}', '20260301', '2026-03-01'],
    ['{{date A}}', '', ''],
    ['{{date A}}', ' \t', ''],
  ])('%s reads %j', (text, A, expected) => {
    expect(expression(text, { A })).toBe(expected);
  });

  it.each([
    ['{{date A}}', '01/03/2026'],
    ['{{date A "DD.MM.YYYY"}}', '1.3.2026'],
    ['{{date A}}', '２０２６-03-01'],
    ['{{date A}}', '2026-3'],
    ['{{date A "YYYYMMDD"}}', '2026-03-'],
  ])('%s rejects the person for %j', (text, A) => {
    expect(() => expression(text, { A })).toThrow('unreadable_date');
  });
});

describe('differs', () => {
  it.each([
    ['Anna', 'ANNA', ''],
    ['Ann', 'Anna', 'Ann'],
    ['', 'Anna', ''],
    ['Anna', '', 'Anna'],
    ['Straße', 'STRASSE', 'Straße'],
    ['I', 'ı', 'I'],
  ])('%j and %j', (A, B, expected) => {
    expect(expression('{{differs A B}}', { A, B })).toBe(expected);
  });
});

describe('matches', () => {
  it.each([
    ['G', true],
    ['G\n', true],
    ['G\n\n', false],
    ['xG', false],
    ['g', false],
  ])('compares the whole value: %j', (A, expected) => {
    expect(expression('{{#if (matches A "G\\n?")}}yes{{/if}}', { A })).toBe(expected ? 'yes' : '');
  });

  it('lets no line feed at the end pass that the pattern does not name', () => {
    expect(expression('{{#if (matches A "G")}}yes{{/if}}', { A: 'G\n' })).toBe('');
  });

  it('compares all alternatives from end to end', () => {
    expect(['ax', 'b', 'xb'].map((A) => expression('{{#if (matches A "a|b")}}yes{{/if}}', { A }))).toEqual([
      '',
      'yes',
      '',
    ]);
  });

  it('takes time in proportion to the value with any pattern', () => {
    const A = `${'a'.repeat(65_000)}!`;
    const match = () =>
      expect(expression('{{#if (matches A "([A-Za-z0-9]+[ .-]?)*")}}yes{{/if}}', { A })).toBe('');
    expect(cpuTimeOf(match)).toBeLessThan(2000);
  });

  it('writes a boolean', () => {
    expect(['a', 'b'].map((A) => expression('{{matches A "a"}}', { A }))).toEqual(['true', 'false']);
  });
});

describe('the other functions', () => {
  it.each([
    ['{{except A "NONE"}}', 'NONE', ''],
    ['{{except A "NONE" "n/a"}}', ' N/A ', ''],
    ['{{except A "NONE"}}', ' 12 ', '12'],
    ['{{first A "none given"}}', '', 'none given'],
    ['{{first A "none given"}}', ' \u00a0', 'none given'],
    ['{{first A "none given"}}', ' x', ' x'],
    ['{{lower A}}', 'İSTANBUL', 'i̇stanbul'],
    ['{{upper A}}', 'straße', 'STRASSE'],
    ['{{upper (strip A)}}', ' a ', 'A'],
    ['{{A}}-{{strip A}}', '$&', '$&-$&'],
    ['{{#if A}}full{{else}}empty{{/if}}', '0', 'full'],
    ['{{#if A}}full{{else}}empty{{/if}}', '', 'empty'],
    ['{{#unless A}}empty{{else}}full{{/unless}}', '', 'empty'],
    ['{{^if A}}empty{{else}}full{{/if}}', 'x', 'full'],
    ['{{^if A}}empty{{/if}}', '', 'empty'],
    ['{{#if (first A)}}full{{else if (matches A " ")}}blank{{/if}}', ' ', 'blank'],
    ['a{{! a comment }}b', '', 'ab'],
    ['{{{A}}}', '<', '<'],
    ['{{first A 7}}', '', '7'],
    ['{{upper title}}', '', 'DEAN'],
    ['{{title}} {{title title}}', '', 'dean Dean'],
  ])('%s for %j', (text, A, expected) => {
    expect(expression(text, { A, title: 'dean' })).toBe(expected);
  });
});
