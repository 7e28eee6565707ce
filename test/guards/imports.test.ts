import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = resolve(import.meta.dirname, '../../src');

/** What a file below a folder may import from other folders; a path names one file of it. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  config: ['core', 'feeds'],
  feeds: ['core'],
  load: ['core', 'feeds'],
  // Groups from tables: what load reads like any other source.
  staging: ['core', 'feeds', 'load/ports.ts'],
  // A first job from files: it reads feeds as a run does, and writes what a run reads.
  init: ['core', 'feeds', 'load', 'staging'],
  geo: ['core'],
  poll: ['core', 'geo'],
  report: ['core', 'load', 'poll'],
  adapters: ['core', 'feeds', 'geo', 'load/ports.ts', 'poll/ports.ts', 'poll/backfill/ports.ts'],
  demo: ['core'],
  cli: ['core', 'config', 'feeds', 'geo', 'load', 'poll', 'report', 'demo', 'init', 'staging'],
};

/** The index of a port lists its adapters; config and wire-*.ts see nothing else of them. */
const isRegistry = (file: string) => /^adapters\/[a-z-]+\/index\.ts$/.test(file);

/** An index imports the adapters of its port; an adapter imports no other. */
const isOpenTo = (file: string, imported: string) =>
  isRegistry(file) ? dirname(imported) === dirname(file) : imported.startsWith('adapters/clients/');

/** The only files of cli that see registries. */
const isWire = (file: string) => /^cli\/wire-[a-z]+\.ts$/.test(file);

/** The files of the source that a file imports, also for types alone. */
function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    relative(source, resolve(source, dirname(file), path)),
  );
}

function violationsOf(file: string, text: string): string[] {
  const folder = file.split('/')[0] ?? '';
  return importsOf(file, text).filter((imported) => {
    const target = imported.split('/')[0] ?? '';
    if (folder === 'adapters' && target === 'adapters') return !isOpenTo(file, imported);
    if (target === folder || !file.includes('/')) return false;
    if (target === 'adapters') return !isRegistry(imported) || !(folder === 'config' || isWire(file));
    const open = allowed[folder] ?? [];
    return !open.includes(target) && !open.includes(imported);
  });
}

/** A way from a file back to itself through its imports, or null. */
function cycleThrough(start: string, imports: ReadonlyMap<string, readonly string[]>): string[] | null {
  const seen = new Set<string>();
  const walk = (file: string, way: readonly string[]): string[] | null => {
    for (const next of imports.get(file) ?? []) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...way, next]);
      if (found) return found;
    }
    return null;
  };
  return walk(start, [start]);
}

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(source, join(entry.parentPath, entry.name)));
}

describe('imports', () => {
  const imports = new Map(
    files(source).map((file) => [file, importsOf(file, readFileSync(join(source, file), 'utf8'))]),
  );

  it.each([...imports.keys()])('%s does not import itself by way of others', (file) => {
    expect(cycleThrough(file, imports)).toBeNull();
  });

  it('notices a cycle', () => {
    const around = new Map([
      ['load/a.ts', ['load/b.ts']],
      ['load/b.ts', ['load/c.ts', 'load/d.ts']],
      ['load/d.ts', ['load/a.ts']],
    ]);
    expect(cycleThrough('load/a.ts', around)).toEqual(['load/a.ts', 'load/b.ts', 'load/d.ts', 'load/a.ts']);
    expect(cycleThrough('load/c.ts', around)).toBeNull();
  });

  it.each(files(source))('%s imports in one direction', (file) => {
    expect(violationsOf(file, readFileSync(join(source, file), 'utf8'))).toEqual([]);
  });

  it.each([
    ['core/retry.ts', "import { x } from '../load/run.ts';"],
    ['load/run.ts', "import { x } from '../adapters/rows/csv.ts';"],
    ['feeds/read-table.ts', "import { x } from '../load/ports.ts';"],
    ['load/run.ts', "import { x } from '../poll/run.ts';"],
    ['load/run.ts', "await import('../cli/main.ts');"],
    ['adapters/rows/csv.ts', "import { x } from '../objects/folder.ts';"],
    ['adapters/rows/csv.ts', "import { x } from '../../load/run.ts';"],
    ['cli/check.ts', "import { x } from '../adapters/rows/index.ts';"],
    ['cli/wire-load.ts', "import { x } from '../adapters/rows/csv.ts';"],
    ['config/load-schema.ts', "import { x } from '../adapters/clients/s3.ts';"],
    ['adapters/rows/index.ts', "import { x } from '../objects/folder.ts';"],
  ])('notices a violation in %s', (file, text) => {
    expect(violationsOf(file, text)).toHaveLength(1);
  });

  it('leaves the process to the edge', () => {
    const users = files(source).filter((file) =>
      /from 'node:process'|\bprocess\.(env|argv|exit|cwd|on|stdout|stderr)\b/.test(
        readFileSync(join(source, file), 'utf8'),
      ),
    );
    expect(users).toEqual(['cli/start.ts']);
  });
});
