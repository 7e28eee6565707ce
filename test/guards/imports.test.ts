import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = resolve(import.meta.dirname, '../../src');

/** What a file below a folder may import from other folders. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  load: ['core'],
  geo: ['core'],
  poll: ['core', 'geo'],
  report: ['core', 'load', 'poll'],
  adapters: ['core', 'geo'],
  demo: ['core'],
  cli: ['core', 'geo', 'load', 'poll', 'report', 'demo'],
};

/** The only files of cli that see adapters. */
const isWire = (file: string) => /^cli\/wire-[a-z]+\.ts$/.test(file);

function violationsOf(file: string, text: string): string[] {
  const folder = file.split('/')[0] ?? '';
  const imports = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    relative(source, resolve(source, dirname(file), path)),
  );
  return imports.filter((imported) => {
    const target = imported.split('/')[0] ?? '';
    if (folder === 'adapters' && target === 'adapters') return !imported.startsWith('adapters/clients/');
    if (target === folder || !file.includes('/')) return false;
    if (target === 'adapters') return !isWire(file);
    return !(allowed[folder] ?? []).includes(target);
  });
}

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(source, join(entry.parentPath, entry.name)));
}

describe('imports', () => {
  it.each(files(source))('%s imports in one direction', (file) => {
    expect(violationsOf(file, readFileSync(join(source, file), 'utf8'))).toEqual([]);
  });

  it.each([
    ['core/retry.ts', "import { x } from '../load/run.ts';"],
    ['load/run.ts', "import { x } from '../adapters/rows-csv.ts';"],
    ['load/run.ts', "import { x } from '../poll/run.ts';"],
    ['load/run.ts', "await import('../cli/main.ts');"],
    ['adapters/rows-csv.ts', "import { x } from './objects-folder.ts';"],
    ['cli/check.ts', "import { x } from '../adapters/rows-csv.ts';"],
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
