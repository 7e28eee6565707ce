import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ValueType } from '../../../../src/load/alma/rules.ts';
import { cut, isOfType, lengthOf } from '../../../../src/load/alma/values.ts';
import { hasSchema, schemaErrors } from '../../support/schema.ts';

const good: readonly [ValueType, string][] = [
  ['date', '2024-02-29'],
  ['date', '2026-03-01Z'],
  ['date', '2026-03-01+14:00'],
  ['date', '2026-03-01-05:00'],
  ['dateTime', '2026-03-01T23:59:59.123Z'],
  ['dateTime', '2026-03-01T00:00:00'],
  ['boolean', 'true'],
  ['boolean', '0'],
  ['int', '-2147483648'],
  ['int', '+2147483647'],
  ['int', '007'],
  ['float', '-1.5e3'],
  ['float', '.5'],
  ['float', 'INF'],
];

const bad: readonly [ValueType, string][] = [
  ['date', ''],
  ['date', '2025-02-29'],
  ['date', '1900-02-29'],
  ['date', '2026-13-01'],
  ['date', '2026-00-10'],
  ['date', '2026-04-31'],
  ['date', '2026-3-1'],
  ['date', '0000-01-01'],
  ['date', '2026-03-01T00:00:00'],
  ['date', '2026-03-01+15:00'],
  ['date', '2026-03-01+05:60'],
  ['date', '2026-03-01\n'],
  ['date', '２０２６-03-01'],
  ['dateTime', '2026-03-01'],
  ['dateTime', '2026-03-01T24:30:00'],
  ['dateTime', '2026-03-01T23:60:00'],
  ['boolean', 'TRUE'],
  ['boolean', ''],
  ['boolean', 'yes'],
  ['int', '2147483648'],
  ['int', '-2147483649'],
  ['int', '1.0'],
  ['int', ''],
  ['float', 'Infinity'],
  ['float', '1,5'],
  ['float', '.'],
];

/** An element of each type that the schema has, with the value in it. */
const user: Readonly<Record<string, (value: string) => string>> = {
  date: (value) => `<birth_date>${value}</birth_date>`,
  dateTime: (value) =>
    `<user_blocks><user_block><block_description>x</block_description><created_date>${value}</created_date></user_block></user_blocks>`,
  boolean: (value) => `<is_researcher>${value}</is_researcher>`,
  int: (value) => `<loans>${value}</loans>`,
  float: (value) => `<fees>${value}</fees>`,
};
const refusedBySchema = (type: string, value: string): boolean =>
  schemaErrors(`<users><user>${user[type]?.(value)}</user></users>`).length > 0;

describe('a value of a type', () => {
  it.each(good)('%s: %j is one', (type, value) => {
    expect(isOfType(value, type)).toBe(true);
    if (hasSchema) expect(refusedBySchema(type, value)).toBe(false);
  });

  it.each(bad)('%s: %j is none', (type, value) => {
    expect(isOfType(value, type)).toBe(false);
  });

  it.skipIf(!hasSchema)('is never one that the schema refuses', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789-+:TZ.eE'), maxLength: 12 });
    const two = fc.nat({ max: 99 }).map((each) => String(each).padStart(2, '0'));
    const day = fc
      .tuple(fc.nat({ max: 9999 }), two, two, fc.constantFrom('', 'Z', '+13:59', '-14:00', '+14:01'))
      .map(([year, month, date, zone]) => `${String(year).padStart(4, '0')}-${month}-${date}${zone}`);
    const types = fc.constantFrom<ValueType>('date', 'dateTime', 'boolean', 'int', 'float');
    fc.assert(
      fc.property(types, fc.oneof(digits, day), (type, value) => {
        if (isOfType(value, type)) expect(refusedBySchema(type, value)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the length of a value', () => {
  it('counts characters, and a cut keeps whole ones', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat({ max: 20 }), (value, max) => {
        expect(lengthOf(value)).toBe([...value].length);
        expect([...cut(value, max)]).toEqual([...value].slice(0, max));
      }),
    );
  });
});
