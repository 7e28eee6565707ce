import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strip } from '../../../src/load/blanks.ts';
import { LookupTables, parseLookupTable } from '../../../src/load/lookup-tables.ts';
import { failureOf } from '../support/fixtures.ts';
import { lookupTables } from '../support/templates.ts';

const parse = (text: string) => {
  const { values, doubled } = parseLookupTable(text, 'codes');
  return { values: Object.fromEntries(values), doubled };
};

describe('a lookup table', () => {
  it.each([
    ['JSON', '{"10": "AA", "20": "BB"}'],
    ['JSON with numbers', '{"10": "AA", "20": "BB"}\n'],
    ['JSON behind a byte order mark and blank lines', '\ufeff\n  {"10": "AA",\n"20": "BB"}'],
    ['CSV', 'code,value\n10,AA\n20,BB\n'],
    [
      'CSV from Windows, with a byte order mark, quotes and blank lines',
      '\ufeffcode,value\r\n"10",AA\r\n\r\n20,"BB"\r\n',
    ],
  ])('is read from %s, told by its text', (_, text) => {
    const { values, doubled } = parse(text);
    delete values.code;
    expect({ values, doubled }).toEqual({ values: { 10: 'AA', 20: 'BB' }, doubled: [] });
  });

  it('keeps texts as they are but for blanks around them, in JSON and in CSV', () => {
    expect(parse('{"a \\"b\\"\\u00e9": " x: \\"y\\", \\\\ ", "n": 7, "m": -1.5}').values).toEqual({
      'a "b"é': 'x: "y", \\',
      n: '7',
      m: '-1.5',
    });
    expect(parse('" a,b","c ""d"""\n007,\n').values).toEqual({ 'a,b': 'c "d"', '007': '' });
    expect(parse('01, UGRAD \r02 ,\u00a0GRAD,\r\n , \n').values).toEqual({ '01': 'UGRAD', '02': 'GRAD' });
  });

  it('keeps the first line of CSV, which may be a code', () => {
    expect(parse('UG,UGRAD\nGR,GRAD\n').values).toEqual({ UG: 'UGRAD', GR: 'GRAD' });
  });

  it.each([
    ['JSON', '{"a": "1", "b": "2", "a": "3", "b": "2"}'],
    ['CSV', 'code,value\na,1\nb,2\na,3\nb,2\n'],
  ])(
    'keeps the last value of a code that stands twice, and tells the codes whose values differ: %s',
    (_, text) => {
      expect(parse(text)).toMatchObject({ values: { a: '3', b: '2' }, doubled: ['a'] });
    },
  );

  it('reads any JSON object of texts as JSON.parse does', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
        fc.boolean(),
        (object, wide) => {
          const { values, doubled } = parseLookupTable(JSON.stringify(object, null, wide ? 2 : 0), 'x');
          const stripped = Object.entries(object).map(([code, value]) => [strip(code), strip(value)]);
          expect(Object.fromEntries(values)).toEqual(Object.fromEntries(stripped));
          if (values.size === stripped.length) expect(doubled).toEqual([]);
        },
      ),
    );
  });

  it.each([
    ['JSON that ends too early', '{"a": "1"', 'is not JSON'],
    ['JSON with a list as a value', '{"a": ["1"]}', 'has a value that is neither text nor a number'],
    ['JSON with null as a value', '{"a": null}', 'has a value that is neither text nor a number'],
    ['a JSON list', '["a", "b"]', 'is not CSV: line 1 has a quote in the wrong place'],
    [
      'CSV with a line of two columns among three',
      'a,b,value\n1,2,3\n1,2\n',
      'does not have 3 columns in line 3',
    ],
    ['CSV with one line of three columns', 'code,value\n1,2\n1,2,3\n', 'does not have two columns in line 3'],
    [
      'CSV with a quote that is not closed',
      'code,value\n"1,2\n',
      'is not CSV: line 2 has a quote in the wrong place',
    ],
  ])('is refused when it is %s', async (_, text, message) => {
    expect(await failureOf(() => parseLookupTable(text, 'config/departments'))).toMatchObject({
      code: 'LOOKUP_INVALID',
      message: `The lookup table config/departments ${message}.`,
    });
  });
});

describe('lookup tables', () => {
  it('find a code with any blanks around it', () => {
    const tables = lookupTables({ staff: { a: '1' } });
    expect([tables.look('staff', [' a ']), tables.unmapped()]).toEqual(['1', {}]);
  });

  it('count the codes that they lack, each map for itself, empty ones too', () => {
    const tables = lookupTables({ staff: { a: '1' }, student: { b: '2' } });
    for (const code of ['a', 'a', 'x', ' x ', '', '__p']) tables.look('staff', [code]);
    tables.look('student', ['a']);
    expect(tables.unmapped()).toEqual({ staff: { x: 2, '': 1, 'like __a': 1 }, student: { a: 1 } });
  });

  it('tell of nothing where codes may be missing', () => {
    const values = new Map([['a', '1']]);
    const tables = new LookupTables(
      new Map([['cards', { codes: 1, values, rules: [], fallback: '0', isOptional: true }]]),
    );
    expect([tables.look('cards', ['x']), tables.unmapped()]).toEqual(['0', {}]);
  });

  it('know their names, and which one was meant', () => {
    const tables = lookupTables({ departments: {} });
    expect(['departments', 'constructor'].map((name) => tables.table(name)?.codes)).toEqual([1, undefined]);
    expect(tables.suggest('department')).toBe(', did you mean "departments"?');
    expect(tables.suggest('xyz')).toBe('');
  });
});
