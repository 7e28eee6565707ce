import { quoted } from '../staging/sql-text.ts';
import type { Decision } from './ask.ts';
import type { Mapping } from './decide.ts';
import type { Sample } from './read-sample.ts';

/** A feed of people, which becomes a table and a group. */
export interface PeopleFeed {
  /** Of the table in SQL and in the configuration. */
  readonly table: string;
  /** Of the group, which begins the names of its files. */
  readonly group: string;
  readonly sample: Sample;
  readonly mapping: Mapping;
  /** Names of lookup tables, by what they are for. */
  readonly lookups: { readonly group: string | null; readonly department: string | null };
}

/** A feed that has something more of the people of others, such as their cards. */
export interface JoinedFeed {
  readonly table: string;
  readonly sample: Sample;
  /** The table of people that it belongs to. */
  readonly of: string;
  /** The column that both have. */
  readonly key: string;
}

export interface WrittenJob {
  /** The folder of the feeds, as a configuration writes it. */
  readonly folder: string;
  readonly people: readonly PeopleFeed[];
  readonly joined: readonly JoinedFeed[];
  /** Codes of the lookup tables by their names, with how often each occurs. */
  readonly codes: ReadonlyMap<string, readonly (readonly [string, number])[]>;
  readonly decisions: readonly Decision[];
}

/** The configuration, with what was decided, and what a person has to look at, in comments. */
export function jobText({ folder, people, joined, codes, decisions }: WrittenJob): string {
  const unasked = decisions.filter(({ isAsked }) => !isAsked);
  return [
    '# Written by patronflow init from the files that are named below. docs/configuration.md describes every key.',
    ...(unasked.length > 0
      ? [
          '# CHOOSE: these were guessed, as there was no terminal to ask on:',
          ...unasked.map(({ question, answer }) => `#   ${question} ${answer}`),
        ]
      : []),
    'job: load',
    '',
    'source:',
    `  url: ${JSON.stringify(`file:${folder}`)}`,
    '',
    '# A pattern such as "PEOPLE_*.txt" with `pick: newest` finds the file of each night.',
    'tables:',
    ...[...people, ...joined].flatMap(({ table, sample }) => tableLines(table, sample)),
    '',
    '# Groups in order of precedence: who is in an earlier group is not loaded again from a later one.',
    'groups:',
    ...people.flatMap((each) => groupLines(each, joined)),
    '',
    ...lookupLines(codes),
    'required: [primary_id, last_name, user_group]',
    '',
    '# The folder that Alma reads.',
    'deliver:',
    '  to: file:./alma',
    '',
    '# The report by mail: `via`, `from` and `to`. `none` while you try things out.',
    'mail: none',
    '',
    'report:',
    '  file: report.html',
    '',
  ].join('\n');
}

function tableLines(table: string, { name, written }: Sample): string[] {
  const format = written.length > 0 ? [`    format: { ${written.join(', ')} }`] : [];
  return [`  ${table}:`, `    file: ${JSON.stringify(name)}`, ...format];
}

function groupLines({ table, group, mapping }: PeopleFeed, joined: readonly JoinedFeed[]): string[] {
  const others = joined.filter(({ of }) => of === table);
  return [
    `  - name: ${group}`,
    ...(others.length === 0 ? [`    table: ${table}`] : ['    query: |', ...queryLines(table, others)]),
    `    person: ${JSON.stringify(mapping.person)}`,
    `    template: ${group}.xml`,
  ];
}

function queryLines(table: string, others: readonly JoinedFeed[]): string[] {
  const extra = others.map((other) => `${other.table}.* EXCLUDE (${sqlName(other.key)}, _file, _line)`);
  return [
    `      SELECT ${[`${table}.*`, ...extra].join(', ')}`,
    `      FROM ${table}`,
    ...others.map((other) => `      LEFT JOIN ${other.table} USING (${sqlName(other.key)})`),
  ];
}

function sqlName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quoted(name);
}

/** Codes shown in the comment of a lookup table. */
const shownCodes = 12;

function lookupLines(codes: WrittenJob['codes']): string[] {
  if (codes.size === 0) return [];
  const tables = [...codes].flatMap(([name, each]) => {
    const shown = each
      .slice(0, shownCodes)
      .map(([code, count]) => `${code} ${count.toLocaleString('en-US')}`);
    const more = each.length > shown.length ? `, and ${each.length - shown.length} more` : '';
    // Departments that Alma has no statistic for are not worth a warning each night.
    const optional = name.startsWith('departments') ? ', optional: true' : '';
    return [`  # In the files: ${shown.join(', ')}${more}`, `  ${name}: { file: ${name}.csv${optional} }`];
  });
  return [
    "# CHOOSE: put Alma's codes into the second column of these files; for now each code stands for itself.",
    'lookups:',
    ...tables,
    '',
  ];
}

/** A lookup table in which each code stands for itself. */
export function lookupText(codes: readonly (readonly [string, number])[]): string {
  const field = (value: string) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return codes.map(([code]) => `${field(code)},${field(code)}\n`).join('');
}
