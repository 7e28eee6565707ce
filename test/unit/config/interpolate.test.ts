import { describe, expect, it } from 'vitest';
import { interpolate } from '../../../src/config/interpolate.ts';

const fill = (tree: unknown, environment: Record<string, string | undefined> = {}) =>
  interpolate(tree, environment);

describe('a reference to a variable', () => {
  const environment = {
    NAME: 'n',
    EMPTY: '',
    JSON: '{"HOST": "h", "PORT": 1521, "LIST": [1], "NONE": ""}',
    BROKEN: '{',
    ARRAY: '[1]',
  };

  it.each([
    ['${NAME}', 'n'],
    ['a ${NAME} b ${NAME}', 'a n b n'],
    ['${NAME:-x}', 'n'],
    ['${EMPTY:-x}', 'x'],
    ['${MISSING:-x y}', 'x y'],
    ['${MISSING:-${EMPTY:-${NAME}}}', 'n'],
    ['${MISSING:-a${NAME}b${EMPTY:-c}}d', 'anbcd'],
    ['${JSON.HOST}', 'h'],
    ['${JSON.PORT}', '1521'],
    ['${JSON.NONE:-x}', 'x'],
    ['${JSON.LIST:-x}', 'x'],
    ['${JSON.constructor:-x}', 'x'],
    ['${MISSING.HOST:-x}', 'x'],
    ['oracle://${JSON.HOST:-${H}}:${JSON.PORT:-${P:-1}}', 'oracle://h:1521'],
    ['$${NAME}', '${NAME}'],
    ['$NAME {NAME} $', '$NAME {NAME} $'],
    ['no reference', 'no reference'],
    ['', ''],
  ])('%s', (text, expected) => {
    const { value, problems } = fill({ a: text }, environment);
    expect(problems).toEqual([]);
    expect(value).toEqual({ a: expected });
  });

  it.each([
    ['${MISSING}', 'MISSING is not set'],
    ['${EMPTY}', 'EMPTY is not set'],
    ['${JSON.USER}', 'JSON (its key USER) is not set'],
    ['${A.B:-${C:-${D}}}', 'A (its key B) or C or D is not set'],
    ['${BROKEN.A:-}', 'the variable BROKEN does not hold a JSON object'],
    ['${ARRAY.A:-}', 'the variable ARRAY does not hold a JSON object'],
    ['${NAME', 'a reference to a variable is ${NAME}, ${NAME.KEY} or ${NAME:-default}'],
    ['${}', 'a reference to a variable is ${NAME}, ${NAME.KEY} or ${NAME:-default}'],
    ['${1A}', 'a reference to a variable is ${NAME}, ${NAME.KEY} or ${NAME:-default}'],
  ])('%s is a problem', (text, message) => {
    expect(fill({ a: { b: text } }, environment).problems).toEqual([{ place: 'a.b', message }]);
  });

  it('tells all problems at once', () => {
    const tree = { a: '${A}', b: [{ c: '${B}-${C}' }] };
    expect(fill(tree).problems.map(({ place, message }) => `${place}: ${message}`)).toEqual([
      'a: A is not set',
      'b.0.c: B is not set',
      'b.0.c: C is not set',
    ]);
  });

  it('does not look into what a variable holds', () => {
    expect(fill({ a: '${NAME}' }, { NAME: '${OTHER}' }).value).toEqual({ a: '${OTHER}' });
  });
});

describe('a text that comes out empty', () => {
  it('is taken away, and so is a block of which nothing is left', () => {
    const tree = {
      a: '${A:-}',
      b: { c: '${A:-}', d: { e: '${A:-}' } },
      f: { g: '${A:-}', h: 1 },
      i: '',
      j: {},
    };
    expect(fill(tree)).toMatchObject({ value: { f: { h: 1 }, i: '', j: {} }, problems: [] });
  });

  it('is taken out of a list, and a list of which nothing is left goes too', () => {
    expect(fill({ to: ['a', '${B:-}', 'c', null], none: ['${B:-}'], empty: [] }).value).toEqual({
      to: ['a', 'c', null],
      empty: [],
    });
  });

  it('leaves an empty tree, not none', () => {
    expect(fill({ a: '${A:-}' }).value).toEqual({});
  });
});

describe('where a text came from', () => {
  it('is known by place, for messages and for paths', () => {
    const { variables, fromEnvironment } = fill(
      { set: '${A}', fallback: '${B:-x}', both: '${B:-${A}}/x', plain: 'x' },
      { A: 'a' },
    );
    expect(Object.fromEntries(variables)).toEqual({ set: ['A'], fallback: ['B'], both: ['B', 'A'] });
    expect([...fromEnvironment]).toEqual(['set', 'both']);
  });
});
