import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWholePattern } from '../../../../src/load/template/linear-pattern.ts';

describe('a pattern for a whole value', () => {
  it.each([
    '.',
    '.*\\s.',
    '\\S+',
    '[\\s\\d]',
    '[\\S]',
    '[^\\S]',
    '[^\\s.]',
    '[.]',
    '\\.',
    '\\w\\W',
    '\\p{Lu}\\p{L}*',
    '[[a]',
    '(?<year>\\d{4})',
    '\\u{1F393}|\\u0041',
    '[^]',
    'a|b|',
    '\\cI',
    '^a$',
    '\\ba\\b',
  ])('%s means what it means in JavaScript', (source) => {
    const pattern = compileWholePattern(source);
    const expected = new RegExp(`^(?:${source})$`, 'u');
    const character = fc.oneof(
      fc.constantFrom(...'aAbZ09_ .[]\t\n\r\u000b\u0085\u00a0\u2028\u2029\u3000\ufeff\u00e9\u{1F393}'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(character, { maxLength: 4 }), (characters) => {
        const value = characters.join('');
        expect(pattern.test(value)).toBe(expected.test(value));
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['(a)\\1', 'has a backreference'],
    ['(?<n>a)\\k<n>', 'has a backreference'],
    ['a(?=b)', 'has a lookahead or lookbehind'],
    ['a(?!b)', 'has a lookahead or lookbehind'],
    ['(?<=a)b', 'has a lookahead or lookbehind'],
    ['(?<!a)b', 'has a lookahead or lookbehind'],
    ['a{1001}', 'is not a regular expression that is supported: invalid repeat count'],
    ['(?:(?:a{0,999}){0,999})', 'is not a regular expression that is supported'],
    ['(?i:a)', 'is not a regular expression'],
    ['1)|(2', 'is not a regular expression'],
  ])('%s is refused, and says why', (source, message) => {
    expect(() => compileWholePattern(source)).toThrow(message);
  });

  it.each(['[(?=]', '\\(\\?=', '[\\]\\s]', '\\\\1'])('%s is not taken for what it is not', (source) => {
    expect(() => compileWholePattern(source)).not.toThrow();
  });
});
