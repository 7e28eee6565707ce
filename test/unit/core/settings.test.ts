import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { location, type Mark, mapTexts, path, secret } from '../../../src/core/settings.ts';

const schema = z.strictObject({
  name: z.string(),
  password: secret.optional(),
  places: z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(location)),
  tables: z.record(z.string(), z.strictObject({ file: path })),
  via: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('a'), file: path }),
    z.strictObject({ kind: z.literal('b'), api_key: secret.min(3) }),
  ]),
});

/** The places that have a mark. */
function marked(mark: Mark, value: unknown): string[] {
  const places: string[] = [];
  mapTexts(schema, value, (text, place, isMarked) => {
    if (isMarked(mark)) places.push(place);
    return text;
  });
  return places;
}

describe('the marks of a schema', () => {
  const value = {
    name: 'file:./not-a-path',
    password: 'csv:secret',
    places: ['file:./a', 's3://b/c'],
    tables: { one: { file: 'x' } },
    via: { kind: 'b', api_key: 'abc' },
  };

  it('find secrets under any key', () => {
    expect(marked('secret', value)).toEqual(['password', 'via.api_key']);
  });

  it('find paths and locations, and nothing that only looks like one', () => {
    expect(marked('path', value)).toEqual(['tables.one.file']);
    expect(marked('location', value)).toEqual(['places.0', 'places.1']);
    expect(marked('location', { ...value, places: 'file:./a' })).toEqual(['places']);
  });

  it('look at all kinds of a union', () => {
    expect(marked('path', { via: { kind: 'a', file: 'x' } })).toEqual(['via.file']);
  });

  it('take the text that the visit returns, and leave the rest as it is', () => {
    const changed = mapTexts(schema, { ...value, count: 3, nothing: null }, (text, place) =>
      place === 'tables.one.file' ? `/${text}` : text,
    );
    expect(changed).toEqual({ ...value, count: 3, nothing: null, tables: { one: { file: '/x' } } });
  });
});
