import { describe, expect, it } from 'vitest';
import { safeText } from '../../../src/core/safe-text.ts';

describe('foreign text that is shown', () => {
  it.each([
    ['a name', 'Staff 2026_ä😀.xml', 'Staff 2026_ä😀.xml'],
    ['C0 controls', '\u001b[2Ja\nb\u0000', '\\u001b[2Ja\\u000ab\\u0000'],
    ['DEL and C1 controls', '\u007f\u0085\u009b1m', '\\u007f\\u0085\\u009b1m'],
    ['direction marks', 'a\u202egpj.exe\u2066\u200f', 'a\\u202egpj.exe\\u2066\\u200f'],
    ['zero-width characters', 'a\u200bb\u200d\ufeff\u00ad', 'a\\u200bb\\u200d\\ufeff\\u00ad'],
    ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['tags beyond the first plane', 'a\u{e0041}', 'a\\u{e0041}'],
    ['half a character', 'a\ud83d', 'a\\ud83d'],
  ])('has %s as it may stand on a terminal', (_, text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  it('ends after 200 characters with an ellipsis, and never inside of an escape', () => {
    expect(safeText('x'.repeat(200))).toBe('x'.repeat(200));
    expect(safeText('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
    expect(safeText(`${'x'.repeat(197)}\u001b`)).toBe(`${'x'.repeat(197)}…`);
    expect(safeText('\u001b'.repeat(5_000_000))).toBe(`${'\\u001b'.repeat(33)}…`);
  });
});
