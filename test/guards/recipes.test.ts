import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Calendars, parseCalendar } from '../../src/load/calendars.ts';
import { parseCases } from '../../src/load/cases/parse-cases.ts';
import { runCase } from '../../src/load/cases/run-case.ts';
import { LookupTables, parseLookupTable } from '../../src/load/lookup-tables.ts';
import { compileTemplate } from '../../src/load/template/user-template.ts';

const page = readFileSync(new URL('../../docs/recipes.md', import.meta.url), 'utf8');
const recipes = page
  .split(/^## /m)
  .slice(1)
  .map((text) => ({ title: text.split('\n', 1)[0] ?? '', text }));

/** The blocks of a language, with what stands behind its name. */
function blocks(text: string, language: string): { name: string; content: string }[] {
  const found = text.matchAll(new RegExp(`^\`\`\`${language} ?(.*)\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return [...found].map(([, name = '', content = '']) => ({ name, content }));
}

/** The tables of a recipe; the one with terms is a calendar. */
function tablesOf(text: string) {
  const files = blocks(text, 'csv').map(({ name, content }) => ({ name: name.replace('.csv', ''), content }));
  const isCalendar = ({ content }: { content: string }) => content.startsWith('code,start,end');
  const calendars = files
    .filter(isCalendar)
    .map(({ name, content }) => [name, parseCalendar(content, name)] as const);
  const lookups = files
    .filter((file) => !isCalendar(file))
    .map(
      ({ name, content }) =>
        [name, { ...parseLookupTable(content, name), fallback: '', isOptional: true }] as const,
    );
  return { calendars: new Calendars(new Map(calendars)), lookups: new LookupTables(new Map(lookups)) };
}

describe('the recipes', () => {
  it.each(recipes)('$title', ({ title, text }) => {
    const [xml] = blocks(text, 'xml').map(({ content }) => content);
    const [yaml] = blocks(text, 'yaml').map(({ content }) => content);
    if (!xml || !yaml) throw new Error('a recipe without a template or tests');
    const primaryId = xml.includes('<primary_id>') ? '' : '<primary_id>{{ID}}</primary_id>';
    const cases = parseCases(yaml, title);
    for (const each of cases) {
      const run = { now: each.now ?? new Date(), ...tablesOf(text) };
      const template = compileTemplate(title, `<user>${primaryId}${xml}</user>`, run, {
        required: [],
        allowed: {},
      });
      const row = { ID: 'p1', ...each.row };
      expect(runCase({ ...each, row }, template, 'trim', null), each.title).toEqual([]);
    }
  });

  it('are many', () => {
    expect(recipes.length).toBeGreaterThan(15);
  });
});
