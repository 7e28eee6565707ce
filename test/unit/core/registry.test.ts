import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BlockRegistry, descriptor, UrlRegistry, urlDescriptor } from '../../../src/core/registry.ts';

interface Given {
  readonly url: string;
  readonly user?: string | undefined;
}

const adapter = urlDescriptor<string, Given>();
const oracle = adapter({
  system: 'oracle',
  forms: ['oracle://host/service'],
  schemes: ['oracle'],
  pattern: /^oracle:\/\/.+/,
  options: z.strictObject({ sid: z.string().default('none') }),
  problems: ({ user }) => (user ? [] : [{ key: 'user', message: 'missing' }]),
  create: ({ url }, { sid }) => `${url} ${sid}`,
});
const avro = adapter({
  system: 'avro',
  forms: ['file:./x.avro'],
  schemes: ['file'],
  pattern: /\.avro$/,
  options: z.strictObject({}),
  create: () => 'avro',
});
const jsonl = adapter({
  ...avro,
  system: 'jsonl',
  forms: ['file:./x.jsonl'],
  pattern: /\.jsonl$/,
  create: () => 'jsonl',
});
const registry = new UrlRegistry([oracle, avro, jsonl]);

describe('a registry of URLs', () => {
  it('finds the adapter by scheme and pattern', () => {
    expect(
      ['oracle://h/s', 'file:/a.jsonl', 'file:/a.avro'].map((url) => registry.find(url)?.system),
    ).toEqual(['oracle', 'jsonl', 'avro']);
  });

  it.each([
    ['mysql://h/d', 'must be one of oracle://host/service, file:./x.avro or file:./x.jsonl'],
    ['oracle.example.edu', 'must be one of oracle://host/service, file:./x.avro or file:./x.jsonl'],
    ['', 'must be one of oracle://host/service, file:./x.avro or file:./x.jsonl'],
    ['file:./x.csv', 'must be file:./x.avro or file:./x.jsonl'],
    ['file:', 'must be file:./x.avro or file:./x.jsonl'],
    ['oracle://h:port/s', 'must be oracle://host/service'],
    ['oracle:h', 'must be oracle://host/service'],
  ])('refuses %j, and names what it takes', (url, message) => {
    expect([registry.find(url), registry.problemOf(url)]).toEqual([null, message]);
    expect(registry.url.safeParse(url).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });

  it('gives each adapter the options of its own block, or their defaults', () => {
    expect(registry.create({ url: 'oracle://h/s' }, { oracle: { sid: 'X' }, avro: {} })).toBe(
      'oracle://h/s X',
    );
    expect(registry.create({ url: 'oracle://h/s' }, {})).toBe('oracle://h/s none');
    expect(z.strictObject(registry.blocks()).parse({})).toEqual({ oracle: { sid: 'none' } });
    expect(z.strictObject(registry.optionalBlocks()).parse({})).toEqual({});
  });

  it('asks only the adapter that a URL chooses what else is wrong', () => {
    expect(registry.problems({ url: 'oracle://h/s' }, {})).toEqual([{ key: 'user', message: 'missing' }]);
    expect(registry.problems({ url: 'oracle://h/s', user: 'me' }, {})).toEqual([]);
    expect([registry.problems({ url: 'file:/a.avro' }, {}), registry.problems({}, {})]).toEqual([[], []]);
  });
});

describe('a registry of blocks', () => {
  const blocks = new BlockRegistry([
    descriptor<string, { n: number }>()({
      system: 'sierra',
      options: z.strictObject({ host: z.string() }),
      create: ({ n }, { host }) => host.repeat(n),
    }),
  ]);

  it('makes the adapter whose block is there, and none where there is none', () => {
    expect(blocks.create({ n: 2 }, { sierra: { host: 'ab' } })).toBe('abab');
    expect(blocks.create({ n: 2 }, { folio: {} })).toBeNull();
    expect(blocks.forms).toBe('sierra');
  });
});
