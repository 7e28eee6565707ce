import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suspicionOf, withoutInvisible } from '../../../../src/load/alma/odd-characters.ts';
import { isPlain } from '../../../../src/load/alma/xml-text.ts';

/** What a program makes of UTF-8 that it takes for Latin-1. */
const asLatin1 = (text: string) => Buffer.from(text).toString('latin1');
/** And for Windows-1252. */
const asWindows1252 = (text: string) => new TextDecoder('windows-1252').decode(Buffer.from(text));

describe('what is suspicious in a value', () => {
  it.each([
    ['Müller', 'Muñoz', 'Žižek', 'Łódź', 'Đặng', 'Иван', 'Ελένη', 'O’Neill', 'a – b', '“x”', '€ 5', '😀'],
  ])('is told where UTF-8 was read in another encoding', (...values) => {
    expect(values.filter((value) => suspicionOf(asLatin1(value)) !== 'wrong_encoding')).toEqual([]);
    expect(values.filter((value) => suspicionOf(asWindows1252(value)) !== 'wrong_encoding')).toEqual([]);
    expect(values.filter((value) => suspicionOf(value) !== null)).toEqual([]);
  });

  it.each([
    ['Â Åse Ângela Ãgueda Äijälä Ñandú Ðuro João Besançon Œuvre Groß ï ð'],
    ['李小龍 שלום مكتبة Ελένη Иван नमस्ते'],
    ['ÂNGELA PÂTISSERIE SÃO LUÍS ÅNGSTRÖM'],
  ])('is nothing in names of any script: %s', (value) => {
    expect(value.split(' ').filter((name) => suspicionOf(name) !== null)).toEqual([]);
  });

  it.each([
    ['M\ufffdller', 'replacement'],
    ['O\u0092Neill', 'control'],
    ['A\u007f', 'control'],
    ['\ufeffAda', 'invisible'],
    ['Ad\u200ba', 'invisible'],
    ['Ad\u00ada', 'invisible'],
    ['\u202eAda', 'invisible'],
    ['Ad\u2060a', 'invisible'],
    ['\u3164', 'invisible'],
  ] as const)('%j is %s', (value, suspicion) => {
    expect(suspicionOf(value)).toBe(suspicion);
  });

  it('keeps a value from being passed as it is', () => {
    const unit = fc.constantFrom(
      'a',
      ' ',
      'Ã',
      '©',
      '\u00ad',
      '\u200b',
      '\u0092',
      '\ufffd',
      '\ufeff',
      'â',
      '€',
      'é',
      '李',
    );
    const value = fc.oneof(fc.string({ unit }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(value, (text) => {
        if (isPlain(text)) expect(suspicionOf(text)).toBeNull();
      }),
      { numRuns: 5_000 },
    );
    for (let unit = 0; unit < 0xffff; unit += 1) {
      const text = `a${String.fromCharCode(unit)}a`;
      if (isPlain(text) && (suspicionOf(text) || withoutInvisible(text) !== text)) {
        // Line separators are no part of an identifier, but no suspicion in a text.
        expect([0x2028, 0x2029]).toContain(unit);
      }
    }
    expect(isPlain('Zoë Muñoz 李')).toBe(false);
    expect(isPlain('Zoë Muñoz')).toBe(true);
  });
});

describe('an identifier', () => {
  it('keeps what shows, in any script', () => {
    for (const value of ['A1', 'Zoë', '李小龍', 'B 2', 'x@example.edu'])
      expect(withoutInvisible(value)).toBe(value);
  });

  it('loses what does not', () => {
    expect(withoutInvisible('\ufeffA\u200b1\u00ad\u202e\u2066\u0092\u007f\u2028\ufe0f\u{e0041}')).toBe('A1');
  });
});
