import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeAttribute, escapeText, withoutForbidden } from '../../../../src/load/alma/xml-text.ts';
import { readXml } from '../../support/read-xml.ts';

const anyUnits = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
});

describe('text for XML', () => {
  it('is read back as it was, once what XML forbids is gone', () => {
    fc.assert(
      fc.property(fc.oneof(anyUnits, fc.string({ unit: fc.constantFrom(...'&<>"\'\r\n\t]a') })), (raw) => {
        const value = withoutForbidden(raw);
        const read = readXml(`<a b="${escapeAttribute(value)}">${escapeText(value)}</a>`);
        expect(read.text).toBe(value);
        expect(read.attributes.b).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });

  it('loses exactly the characters that XML forbids', () => {
    for (let unit = 0; unit <= 0xffff; unit += 1) {
      const isAllowed =
        unit === 9 ||
        unit === 10 ||
        unit === 13 ||
        (unit >= 0x20 && unit < 0xd800) ||
        (unit > 0xdfff && unit < 0xfffe);
      if (withoutForbidden(String.fromCharCode(unit)).length !== (isAllowed ? 1 : 0))
        throw new Error(`U+${unit.toString(16)}`);
    }
    expect(withoutForbidden('😀\u{10ffff}')).toBe('😀\u{10ffff}');
  });
});
