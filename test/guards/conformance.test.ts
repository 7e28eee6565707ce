import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');
const namesIn = (folder: string, end: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(end))
    .map((name) => name.slice(0, -end.length));

/** `objects/s3`: the port and the system. What several adapters share is none. */
const adapters = readdirSync(join(root, 'src/adapters'))
  .filter((port) => port !== 'clients')
  .flatMap((port) => namesIn(`src/adapters/${port}`, '.ts').map((system) => `${port}/${system}`))
  .filter((adapter) => !adapter.endsWith('/index'));
const ports = namesIn('test/conformance', '.test.ts');
const portOf = (adapter: string) => adapter.split('/')[0] ?? '';

interface Suite {
  /** Text of the suite, whose table names each adapter and its bench. */
  readonly suite: string;
  /** Text of the files with its benches. */
  readonly benches: string;
}

const suiteOf = (port: string): Suite => ({
  suite: textOf(`test/conformance/${port}.test.ts`),
  // All of them in one file, or one in a file of its own: geocoders-benches.ts, geocoders-census-bench.ts.
  benches: namesIn('test/support', '.ts')
    .filter((name) => new RegExp(`^${port}-([a-z0-9-]+-)?bench(es)?$`).test(name))
    .map((name) => textOf(`test/support/${name}.ts`))
    .join('\n'),
});

/** The lines of the table, `['objects/s3', s3Bench]`: names of adapters and of the functions that make their benches. */
function linesOf({ suite }: Suite): { adapter: string; bench: string }[] {
  const [, table = ''] = /^const benches = \[(.*?)\] as const;$/ms.exec(suite) ?? [];
  return [...table.matchAll(/\['([a-z0-9/-]+)(?: [^']*)?', (?:\(\) => )?(\w+)/g)].map(
    ([, adapter = '', bench = '']) => ({ adapter, bench }),
  );
}

/** Whether a line of the table names the adapter, with a bench that makes it. */
function isTried(adapter: string, suite: Suite): boolean {
  const line = linesOf(suite).find((each) => each.adapter === adapter);
  const imported = new RegExp(`import \\{([^}]*)\\} from '[./]+/src/adapters/${adapter}\\.ts'`);
  const [create] = /\bcreate\w+/.exec(imported.exec(suite.benches)?.[1] ?? '') ?? [];
  const [, bench = ''] = suite.benches.split(new RegExp(`^export .*\\b${line?.bench}\\b`, 'm'));
  return create !== undefined && (bench.split(/^export /m)[0] ?? '').includes(`${create}(`);
}

describe('the conformance suites', () => {
  it.each(adapters)('try %s', (adapter) => {
    expect(ports).toContain(portOf(adapter));
    const [port = '', system = ''] = adapter.split('/');
    const missing = `test/conformance/${port}.test.ts needs a line ['${adapter}', …Bench], and that bench in test/support/${port}-benches.ts or ${port}-${system}-bench.ts must call the adapter's create…(), imported from its file`;
    expect(isTried(adapter, suiteOf(port)), missing).toBe(true);
  });

  it.each(adapters)('%s is in the index of its port', (adapter) => {
    const [port = '', system = ''] = adapter.split('/');
    const [, list = ''] = /(\[[^\]]*\]|= \w+;)/.exec(textOf(`src/adapters/${port}/index.ts`)) ?? [];
    const [, name = ''] =
      new RegExp(`import \\{ (\\w+) \\} from './${system}\\.ts'`).exec(
        textOf(`src/adapters/${port}/index.ts`),
      ) ?? [];
    const isListed = name !== '' && new RegExp(`\\b${name}\\b`).test(list);
    expect(isListed, `src/adapters/${port}/index.ts does not list ${system}`).toBe(true);
  });

  it.each(adapters)('%s works without a block of options, when a URL chooses it', async (adapter) => {
    const exported: object = await import(join(root, `src/adapters/${adapter}.ts`));
    const chosen = Object.values(exported).filter((each) => each?.schemes && each.options);
    // Jobs that choose another system leave the block out: a required option would be missing in all of them.
    for (const { system, options } of chosen)
      expect(options.safeParse({}).error?.issues ?? [], `options of ${system} need defaults`).toEqual([]);
  });

  it.each(ports)('have no line for what is no adapter: %s', (port) => {
    const lines = linesOf(suiteOf(port));
    expect(lines).not.toEqual([]);
    for (const { adapter } of lines)
      expect(adapters.filter((name) => portOf(name) === port)).toContain(adapter);
  });

  it.each(ports)('are all in the table of docs/adding-an-adapter.md: %s', (port) => {
    const rows = textOf('docs/adding-an-adapter.md').split('\n');
    const [, file, bench, type] =
      rows
        .find((row) => row.startsWith(`| \`${port}/*\` |`))
        ?.split('|')
        .slice(1)
        .map((cell) => cell.trim().replaceAll('`', '')) ?? [];

    expect([file, bench]).toEqual([`test/conformance/${port}.test.ts`, `test/support/${port}-benches.ts`]);
    expect(suiteOf(port).benches).toMatch(new RegExp(`^export interface ${type}\\b`, 'm'));
  });

  it.each([
    ['an adapter without a line', "['rows/csv', csvBench]", 'createMysqlRows'],
    [
      'a line with the bench of another',
      "['rows/csv', csvBench],\n  ['rows/mysql', csvBench]",
      'createMysqlRows',
    ],
    ['a bench that makes another', "['rows/csv', csvBench],\n  ['rows/mysql', mysqlBench]", 'createCsvRows'],
  ])('notice %s', (_what, table, create) => {
    const benches = `import { createCsvRows } from '../../src/adapters/rows/csv.ts';
import { createMysqlRows } from '../../src/adapters/rows/mysql.ts';
export async function csvBench() {
  return { open: () => createCsvRows({}) };
}
export async function mysqlBench() {
  return { open: () => ${create}({}) };
}`;
    const suite = { suite: `const benches = [\n  ${table},\n] as const;`, benches };

    expect(isTried('rows/csv', suite)).toBe(true);
    expect(isTried('rows/mysql', suite)).toBe(false);
  });
});
