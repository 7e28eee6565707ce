import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { loadSchema } from '../../src/config/load-schema.ts';
import { pollSchema } from '../../src/config/poll-schema.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { errorKinds, exitCodes } from '../../src/core/errors.ts';
import { compileLeaversTemplate, leaverColumns } from '../../src/load/roster/leavers-template.ts';
import { expressionFunctions } from '../../src/load/template/functions.ts';
import { compileTemplate } from '../../src/load/template/user-template.ts';
import { around, compile, expression, runFacts } from '../unit/support/templates.ts';

const root = resolve(import.meta.dirname, '../..');
const page = (name: string) => readFileSync(join(root, name), 'utf8');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'presets/patronload/notes.md',
  'presets/patron-info-poller/notes.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
];

/** The examples of a page's tables of functions: an expression, the values of its columns in order, and what it comes to. */
function examples(name: string): [string, string[], string][] {
  const rows = [...page(name).matchAll(/^\|[^|]*\|[^|]*\| `([^|]*)` \|([^|]*)\|([^|]*)\|$/gm)];
  const texts = (cell: string) => [...cell.matchAll(/`([^`]*)`/g)].map(([, text = '']) => text);
  return rows.map(([, example = '', values = '', is = '']) => [example, texts(values), texts(is)[0] ?? '']);
}

describe('the documentation', () => {
  it('lists exactly the error codes of the program, with their exit codes', () => {
    const rows = [...page('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \| ([\d, ]+) \|/gm)];
    expect(rows.map(([, code]) => code).sort()).toEqual(Object.keys(errorKinds).sort());
    for (const [, code = '', exits = ''] of rows) {
      expect(exits.split(', '), code).toContain(
        String(exitCodes[errorKinds[code as keyof typeof errorKinds]]),
      );
    }
  });

  it('lists exactly the functions of expressions', () => {
    const tables = page('docs/templates.md').split('| Function |').slice(1).join();
    const named = [...tables.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/(?<=^|, )`([a-z]+)/g)].map(([, name]) => name),
    );
    expect(named.sort()).toEqual(Object.keys(expressionFunctions).sort());
  });

  it.each(examples('docs/templates.md'))('is right that %s with %j is %j', (example, values, is) => {
    const setup = {
      lookups: { departments: { PHYS: 'Physics' } },
      calendars: { terms: [{ code: '202610', start: '2026-01-12', end: '2026-05-08' }] },
    };
    const template = compile(around(`<job_description>${example}</job_description>`), setup);
    const columns = new Set(template.columns.map(({ name }) => name).filter((name) => name !== 'ID'));
    const row = Object.fromEntries([...columns].map((name, index) => [name, values[index] ?? '']));
    expect(expression(example, row, setup)).toBe(is);
  });

  it('shows a template that compiles', () => {
    const [, xml = ''] = /```xml\n([\s\S]*?)```/.exec(page('docs/templates.md')) ?? [];
    const run = runFacts({ lookups: { groups: {} } });
    const template = compileTemplate('docs/templates.md', xml, run, { required: [], allowed: {} });
    expect(template.columns.map(({ name }) => name)).toEqual(['LOGIN', 'LAST_NAME', 'PERSON_TYPE', 'EMAIL']);
  });

  it('shows a template of leavers that compiles', () => {
    const [, xml = ''] = /```xml\n([\s\S]*?)```/.exec(page('docs/leavers.md')) ?? [];
    const template = compileLeaversTemplate('docs/leavers.md', xml, runFacts());
    const [, after = ''] = page('docs/leavers.md').split('| Expressions may name |');
    const [table = ''] = after.split('\n\n');
    const named = [...table.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name);
    expect(named.sort()).toEqual([...leaverColumns].sort());
    expect(template.columns.map(({ name }) => name).sort()).toEqual([
      'gone_day',
      'gone_day',
      'group',
      'primary_id',
    ]);
  });

  it.each(pages)('%s links to files that are there', (name) => {
    const links = [...page(name).matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g)]
      .map(([, path = '']) => path)
      .filter((path) => !/^https?:/.test(path));
    for (const link of links) expect(() => readFileSync(resolve(root, name, '..', link)), link).not.toThrow();
  });

  it.each(pages)('%s holds YAML that loads', (name) => {
    for (const [, yaml = ''] of page(name).matchAll(/```yaml\n([\s\S]*?)```/g)) {
      expect(parseDocument(yaml).errors, yaml).toEqual([]);
      const [, job] = /^job: (load|poll)$/m.exec(yaml) ?? [];
      if (!job) continue;
      const environment = {
        WAREHOUSE_PASSWORD: 'x',
        SIERRA_PASSWORD: 'x',
        SMTP_PASSWORD: 'x',
        HEARTBEAT_URL: 'https://beat.example/x',
        WEBHOOK_URL: 'https://chat.example/x',
        BCRYPT_SALT: '$2a$10$8AvAPrrUsmlBa50qgc683e',
        HMAC_KEY: 'c2b7f0a914e86d35',
      };
      const text = { name, directory: root, yaml };
      const context = { environment, workingDirectory: root };
      const schema = job === 'load' ? loadSchema : pollSchema;
      expect(() => readConfig<typeof schema>(schema, text, context)).not.toThrow();
    }
  });

  it.each(pages)('%s names commands and options that exist', async (name) => {
    const { main } = await import('../../src/cli/main.ts');
    const used = [
      ...page(name).matchAll(
        /\bpatron(?:flow|load|-info-poller) ((?:geo |alma |backfill |poll (?=reconcile ))?(?:[a-z]+ )?)([^`\n|]*)/g,
      ),
    ];
    const commands = new Set(
      used
        .map(([, command = '']) => command.trim())
        .filter((word) =>
          /^(load|poll|poll reconcile|check|test|validate|init|demo|geo build|geo lookup|alma watch|alma codes|backfill (plan|run|work|status|pause|resume|retry))$/.test(
            word,
          ),
        ),
    );
    for (const command of commands) {
      let help = '';
      const write = (text: string) => (help += text);
      const code = await main([...command.split(' '), '--help'], {
        environment: {},
        workingDirectory: root,
        stdout: { write },
        stderr: { write },
        pid: 1,
        space: 'here',
        uid: null,
        isAlive: () => true,
        signal: new AbortController().signal,
      });
      expect(code).toBe(0);
      const options = used
        .filter(([, word = '']) => word.trim() === command)
        .flatMap(([, , rest = '']) => rest.match(/--[a-z][a-z-]*/g) ?? []);
      for (const option of options) expect(help, `${name}: ${command} ${option}`).toContain(option);
    }
  });

  it.each(['starter', 'poll-starter', 'demo-poll', 'demo-load'])(
    'is true of the preset %s, which loads',
    (preset) => {
      const directory = join(root, 'presets', preset);
      const yaml = readFileSync(join(directory, 'patronflow.yaml'), 'utf8');
      const variables = [
        'SIERRA_PASSWORD',
        'WAREHOUSE_PASSWORD',
        'PATRON_KEY',
        'SMTP_PASSWORD',
        'DEMO_ALMA_KEY',
      ];
      const urls = ['DEMO_SIERRA_URL', 'DEMO_WAREHOUSE_URL'];
      const environment = Object.fromEntries([
        ...variables.map((name) => [name, 'c2b7f0a914e86d35']),
        ...urls.map((name) => [name, 'postgres://localhost/x']),
        ['DEMO_ALMA_URL', 'http://localhost/almaws/v1'],
      ]);
      const text = { name: preset, directory, yaml };
      const schema = /^job: load$/m.test(yaml) ? loadSchema : pollSchema;
      expect(() =>
        readConfig<typeof schema>(schema, text, { environment, workingDirectory: root }),
      ).not.toThrow();
    },
  );

  it('keeps to itself', () => {
    const tracked = [...pages, 'package.json', 'package-lock.json'];
    for (const name of tracked) expect(page(name), name).not.toMatch(/registry\.npmjs|\/work\/|\/root\//);
  });
});
