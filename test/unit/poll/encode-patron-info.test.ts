import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEncoder, emptyPatronInfo, patronInfoFields } from '../../../src/poll/encode-patron-info.ts';
import type { PatronInfo } from '../../../src/poll/ports.ts';
import { failureOf } from '../support/fixtures.ts';
import { schema } from '../support/poll-ports.ts';

const encoder = createEncoder(schema, 'preset');
const hex = (value: string) => Buffer.from(value).toString('hex');
const info = (change: Partial<PatronInfo> = {}): PatronInfo => ({
  ...emptyPatronInfo,
  patron_id: 'ab',
  ...change,
});

/** The schema of the preset with another list of fields. */
type Field = { name: string; type: unknown; default?: unknown };
const { fields } = schema as { fields: Field[] };
const withFields = (change: (fields: readonly Field[]) => unknown) => ({
  type: 'record',
  name: 'PatronInfo',
  fields: change(fields),
});

describe('the bytes of a record', () => {
  it('begin with 00 for the only branch of the id, and have 00 for each null', () => {
    // 00: branch 0; 04: two bytes, zigzag; then ten nulls.
    expect(encoder.encode(info())?.avro.toString('hex')).toBe(`00046162${'00'.repeat(10)}`);
  });

  it('are those of the Avro specification, worked out by hand', () => {
    const full = info({
      address_hash: 'é',
      postal_code: '',
      geoid: '36061000100',
      creation_date_et: '2026-01-02',
      deletion_date_et: null,
      circ_active_date_et: '2026-01-03',
      ptype_code: 151,
      pcode3: -1,
      patron_home_library_code: 'ma',
      initial_patron_home_library_code: null,
    });
    // The branch, the length in zigzag, the bytes.
    const text = (value: string) => `02${(value.length * 2).toString(16).padStart(2, '0')}${hex(value)}`;
    const expected = [
      '0004',
      hex('ab'),
      '0204c3a9',
      '0200',
      text('36061000100'),
      text('2026-01-02'),
      '00',
      text('2026-01-03'),
      // 151 -> 302 = 0b10_0101110 -> ae 02; -1 -> 1.
      '02ae02',
      '0201',
      text('ma'),
      '00',
    ];
    expect(encoder.encode(full)?.avro.toString('hex')).toBe(expected.join(''));
  });

  it('come with the record that they are of', () => {
    const record = info({ ptype_code: 1 });
    expect(encoder.encode(record)?.info).toBe(record);
  });

  it('have the fields in the order of any schema', () => {
    const turned = createEncoder(
      withFields((all) => all.toReversed()),
      'x',
    );
    expect(turned.encode(info())?.avro.toString('hex')).toBe(`${'00'.repeat(10)}00046162`);
  });
});

describe('many records', () => {
  const type = avro.Type.forSchema(schema as avro.Schema);

  it('keep their own bytes, however long each is', () => {
    // Most are short; some do not fit behind the others, and some are longer than what is set aside for many.
    const size = fc.oneof({ weight: 20, arbitrary: fc.nat({ max: 300 }) }, fc.nat({ max: 150_000 }));
    fc.assert(
      fc.property(fc.array(size, { maxLength: 300 }), (sizes) => {
        const own = createEncoder(schema, 'preset');
        const infos = sizes.map((length, index) =>
          info({ ptype_code: index, address_hash: 'x'.repeat(length) }),
        );
        const records = infos.map((each) => own.encode(each));
        for (const [index, each] of infos.entries()) {
          const expected = type.toBuffer(each);
          expect(records[index]?.avro.equals(expected)).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('a record that the schema refuses', () => {
  it.each<[string, Partial<Record<keyof PatronInfo, unknown>>]>([
    ['a number that is no int', { ptype_code: 2 ** 31 }],
    ['half a number', { pcode3: 1.5 }],
    ['a text for a number', { ptype_code: '10' }],
    ['no id', { patron_id: null }],
    ['a number for a text', { postal_code: 10001 }],
  ])('is none: %s', (_, change) => {
    expect(encoder.encode(info(change as Partial<PatronInfo>))).toBeNull();
    expect(encoder.encode(info())).not.toBeNull();
  });
});

describe('a schema', () => {
  it('says which fields are sent, and no sink gets another one', () => {
    const { encode, fields, unsent } = createEncoder(
      withFields((all) => all.filter(({ name }) => name !== 'pcode3' && name !== 'geoid')),
      'x',
    );
    expect(unsent).toEqual(['geoid', 'pcode3']);
    const record = encode(info({ geoid: '36061000100', pcode3: 1, ptype_code: 2 }));
    expect(Object.keys(record?.info ?? {})).toEqual(fields);
    expect(record?.info).not.toHaveProperty('geoid');
    expect(record?.info.ptype_code).toBe(2);
  });

  it('without patron_id is refused', async () => {
    const withoutId = () =>
      createEncoder(
        withFields((all) => all.slice(1)),
        'x',
      );
    expect(await failureOf(withoutId)).toMatchObject({
      code: 'SCHEMA_UNFIT',
      message: 'The Avro schema at x has no field patron_id.',
    });
  });

  it('of the preset has all fields', () => {
    expect(encoder.unsent).toEqual([]);
    expect(fields.map(({ name }) => name)).toEqual(patronInfoFields);
  });

  it('that lacks fields leaves them out, and says which', () => {
    const shorter = createEncoder(
      withFields((all) => all.filter(({ name }) => name !== 'geoid' && name !== 'pcode3')),
      'x',
    );
    expect(shorter.unsent).toEqual(['geoid', 'pcode3']);
    expect(shorter.encode(info({ geoid: '36061000100' }))?.avro.toString('hex')).toBe(
      `00046162${'00'.repeat(8)}`,
    );
  });

  it('may have a field more that has a default', () => {
    const longer = createEncoder(
      withFields((all) => [...all, { name: 'more', type: ['null', 'int'], default: null }]),
      'x',
    );
    expect(longer.unsent).toEqual([]);
    expect(longer.encode(info())?.avro.toString('hex')).toBe(`00046162${'00'.repeat(11)}`);
  });

  it('may take an id that is no union', () => {
    const plain = createEncoder(
      withFields((all) =>
        all.map((field) => (field.name === 'patron_id' ? { name: 'patron_id', type: 'string' } : field)),
      ),
      'x',
    );
    expect(plain.encode(info())?.avro.toString('hex')).toBe(`046162${'00'.repeat(10)}`);
  });

  it.each<[string, unknown, string]>([
    [
      'a field more without a default',
      withFields((all) => [...all, { name: 'more', type: 'int' }]),
      'does not fit a PatronInfo record: its field more is "int".',
    ],
    [
      'another type',
      withFields((all) =>
        all.map((field) => (field.name === 'ptype_code' ? { ...field, type: ['null', 'string'] } : field)),
      ),
      'does not fit a PatronInfo record: its field ptype_code is ["null","string"].',
    ],
  ])('with %s fits no record', async (_, unfit, message) => {
    expect(await failureOf(() => createEncoder(unfit, 'https://schemas'))).toMatchObject({
      code: 'SCHEMA_UNFIT',
      message: `The Avro schema at https://schemas ${message}`,
    });
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a page', '<html></html>'],
    ['a type that is no record', 'string'],
    ['an array', { type: 'array', items: 'string' }],
    ['a record without fields', { type: 'record', name: 'PatronInfo' }],
    ['an answer of another kind', { data: { schema: {} } }],
    ['a record with a type that there is not', withFields(() => [{ name: 'patron_id', type: 'strin' }])],
  ])('is none when it is %s', async (_, unfit) => {
    expect(await failureOf(() => createEncoder(unfit, 'https://schemas'))).toMatchObject({
      code: 'SCHEMA_UNFIT',
      message: 'What https://schemas holds is not an Avro schema of a record.',
    });
  });
});
