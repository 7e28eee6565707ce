import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { main } from '../../src/cli/main.ts';

const root = resolve(import.meta.dirname, '../..');
const examples = readdirSync(join(root, 'examples'));
const workflows = readdirSync(join(root, '.github/workflows')).map((name) => `../.github/workflows/${name}`);
const text = (name: string) => readFileSync(join(root, 'examples', name), 'utf8');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('the examples', () => {
  it.each([...examples, ...workflows].filter((name) => name.endsWith('.yaml')))('%s is YAML', (name) => {
    for (const document of parseAllDocuments(text(name))) expect(document.errors).toEqual([]);
  });

  it.each(examples.filter((name) => name.endsWith('.json')))('%s is JSON', (name) => {
    expect(() => JSON.parse(text(name))).not.toThrow();
  });

  it.runIf(hasSystemd)('has units that systemd takes', () => {
    const units = examples.filter((name) => /\.(service|timer)$/.test(name));
    const { stderr } = spawnSync('systemd-analyze', ['verify', ...units], {
      cwd: join(root, 'examples'),
      encoding: 'utf8',
    });
    // Of a machine without patronflow it only says that the command is not there.
    expect(stderr.split('\n').filter((line) => line !== '' && !/is not executable/.test(line))).toEqual([]);
  });

  it('names commands that exist', async () => {
    const commands = new Set(
      examples.flatMap((name) =>
        [...text(name).matchAll(/patronflow (load|poll|check) /g)].map(([, word]) => word),
      ),
    );
    expect([...commands].sort()).toEqual(['load', 'poll']);
    for (const command of commands) {
      const code = await main([command ?? '', '--help'], {
        environment: {},
        workingDirectory: root,
        stdout: { write: () => {} },
        stderr: { write: () => {} },
        pid: 1,
        space: 'here',
        uid: null,
        isAlive: () => true,
        signal: new AbortController().signal,
      });
      expect(code).toBe(0);
    }
  });

  it('copies into the container everything that the package has', () => {
    const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
    for (const needed of files.filter((name) => /^(dist|presets|data)$/.test(name)))
      expect(dockerfile).toContain(`/src/${needed} `);
  });
});
