import { describe, expect, it } from 'vitest';
import { UnmappedValues } from '../../../src/load/unmapped-values.ts';

/** What is told of values that a table lacks, when each of its codes was looked up `looks` times. */
function told(values: readonly string[], { codes = ['10000000', 'D17'], looks = 5 } = {}) {
  const unmapped = new UnmappedValues(new Set(codes));
  for (const code of codes) for (let look = 0; look < looks; look += 1) unmapped.found(code);
  for (const value of values) unmapped.missed(value);
  return unmapped.counts();
}
const times = (count: number, value: string): string[] => Array.from({ length: count }, () => value);

describe('values that a lookup table lacks', () => {
  it.each(['D18', '99', 'HIST', 'X', 'S-1.2', '19999999', 'g/04', 'é1'])(
    'are told where they look like codes: %s',
    (code) => {
      expect(told([code, code])).toEqual({ [code]: 2 });
    },
  );

  it.each([
    ['123-45-6789', '999-99-9999'],
    ['Weatherwax', 'Aaaaaaaaaa'],
    ['WEATHERWAX', 'AAAAAAAAAA'],
    ['1970-01-31', '9999-99-99'],
    ['010270', '999999'],
    ['esme@example.edu', 'aaaa@aaaaaaa.aaa'],
    ['Granny Weatherwax', 'Aaaaaa Aaaaaaaaaa'],
    ['張偉\u001b', 'AA?'],
    [`${'x'.repeat(5000)}`, `${'a'.repeat(30)}…`],
  ])('are told by their shape where they may name a person: %s', (value, shape) => {
    expect(told([value])).toEqual({ [`like ${shape}`]: 1 });
  });

  it('may be words where ten people share them', () => {
    expect(told(times(9, 'Biology'))).toEqual({ 'like Aaaaaaa': 9 });
    expect(told(times(10, 'Biology'))).toEqual({ Biology: 10 });
    expect(told(times(30, '123-45-6789'))).toEqual({ 'like 999-99-9999': 30 });
  });

  it('are told by their shape when there are many, and as soon as they are', () => {
    const many = Array.from({ length: 21 }, (_, index) => `D${100 + index}`);
    expect(Object.keys(told(many.slice(0, 20)))).toEqual(many.slice(0, 20));
    expect(told([...many, ...many])).toEqual({ 'like A999': 42 });
  });

  it('are told by their shape when the table is one of people: each of its codes was met once', () => {
    const codes = Array.from({ length: 10 }, (_, index) => `N${1001 + index}`);
    expect(told(['N1044'], { codes, looks: 1 })).toEqual({ 'like A9999': 1 });
    expect(told(['N1044'], { codes, looks: 2 })).toEqual({ N1044: 1 });
    expect(told(['N1044'], { codes: codes.slice(1), looks: 1 })).toEqual({ N1044: 1 });
  });

  it('have no more shapes than fit on a page', () => {
    const odd = Array.from(
      { length: 300 },
      (_, index) => '-'.repeat(1 + (index % 29)) + '.'.repeat(index / 29),
    );
    const counts = told(odd);
    expect(Object.keys(counts)).toHaveLength(51);
    expect(counts['(others)']).toBe(250);
  });
});
