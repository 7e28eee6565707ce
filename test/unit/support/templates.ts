import { Calendar, Calendars, type Term } from '../../../src/load/calendars.ts';
import { LookupTables } from '../../../src/load/lookup-tables.ts';
import type { RunFacts } from '../../../src/load/template/functions/expression-function.ts';
import { compileTemplate, type UserTemplate } from '../../../src/load/template/user-template.ts';
import { readXml, textsAt } from './read-xml.ts';

interface Setup {
  readonly lookups?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly calendars?: Readonly<Record<string, readonly Term[]>>;
  readonly now?: string;
  readonly required?: readonly string[];
  readonly allowed?: Readonly<Record<string, readonly string[]>>;
}

/** Lookup tables as a run has them, each with the default `ZZ`. */
export function lookupTables(maps: NonNullable<Setup['lookups']> = {}): LookupTables {
  return new LookupTables(
    new Map(
      Object.entries(maps).map(([name, values]) => [
        name,
        { codes: 1, values: new Map(Object.entries(values)), rules: [], fallback: 'ZZ', isOptional: false },
      ]),
    ),
  );
}

export function runFacts({ lookups, calendars = {}, now = '2026-03-01T12:00:00Z' }: Setup = {}): RunFacts {
  const made = Object.entries(calendars).map(([name, terms]) => [name, new Calendar(terms)] as const);
  return { now: new Date(now), lookups: lookupTables(lookups), calendars: new Calendars(new Map(made)) };
}

export function compile(xml: string, setup: Setup = {}): UserTemplate {
  const demands = { required: setup.required ?? [], allowed: setup.allowed ?? {} };
  return compileTemplate('people.xml', xml, runFacts(setup), demands);
}

/** A template with the one element that each needs, in its second line, and `body` from its third line on. */
export function around(body: string): string {
  return `<user>\n<primary_id>{{ID}}</primary_id>\n${body}\n</user>`;
}

/** What is wrong with a template, a problem a line, without the head of the message. */
export function problemsIn(xml: string, setup: Setup = {}): string[] {
  try {
    compile(xml, setup);
    return [];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message.split('\n').slice(1);
  }
}

/** Fills a template around `body` once; every column that it names and `values` lacks is empty. */
export function fillOnce(body: string, values: Readonly<Record<string, string>> = {}, setup: Setup = {}) {
  const template = compile(around(body), setup);
  const row = Object.fromEntries(template.columns.map(({ name }) => [name, '']));
  return template.fill({ ...row, ID: 'p1', ...values });
}

/** What an expression comes to for a row; '' when the element is left out. */
export function expression(
  text: string,
  values: Readonly<Record<string, string>> = {},
  setup: Setup = {},
): string {
  const { xml } = fillOnce(`<job_description>${text}</job_description>`, values, setup);
  return textsAt(readXml(xml), 'job_description')[0] ?? '';
}
