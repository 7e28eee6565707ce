import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantText, localTimeText, numberText } from '../../../src/core/row-text.ts';

describe('a number as text', () => {
  it.each([
    [1e21, '1000000000000000000000'],
    [-1.5e-7, '-0.00000015'],
    [123.25, '123.25'],
    ['.5', '0.5'],
    ['-.5', '-0.5'],
    ['1.25E+3', '1250'],
    ['1.23456e2', '123.456'],
    ['-12e-1', '-1.2'],
    ['900000000000000000001', '900000000000000000001'],
    [12345678901234567890n, '12345678901234567890'],
    [0, '0'],
  ])('%s is %s', (value, expected) => {
    expect(numberText(value)).toBe(expected);
  });

  it('is plain, and the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = numberText(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a time as text', () => {
  it('is the clock of the wall where the column has no zone', () => {
    expect(localTimeText(new Date(2026, 2, 1, 4, 5, 6))).toBe('2026-03-01T04:05:06');
    expect(localTimeText(new Date(2026, 11, 31, 23, 59, 59, 999))).toBe('2026-12-31T23:59:59');
  });

  it('is the second in UTC where it has one', () => {
    expect(instantText(new Date('2026-03-01T01:02:03.999+02:00'))).toBe('2026-02-28T23:02:03Z');
  });
});
