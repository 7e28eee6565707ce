import { csvLine } from '../core/csv-text.ts';
import { quoted } from '../staging/sql-text.ts';
import type { Decision } from './ask.ts';
import { rosterLines, withRoster } from './ask-for-roster.ts';
import type { Mapping } from './decide.ts';
import type { Sample } from './read-sample.ts';
import { columnText } from './write-template.ts';

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
  readonly hasRoster: boolean;
  readonly decisions: readonly Decision[];
}

/** The configuration, with what was decided, and what a person has to look at, in comments. */
export function jobText(job: WrittenJob): string {
  const text = jobLines(job).join('\n');
  return job.hasRoster ? withRoster(text) : text;
}

function jobLines({ folder, people, joined, codes, decisions }: WrittenJob): string[] {
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
    ...people.flatMap(unlistedLines),
    'required: [primary_id, last_name, user_group]',
    '',
    '# The folder that Alma reads.',
    'deliver:',
    '  to: file:./alma',
    '',
    ...rosterLines,
    '',
    '# The report by mail: `via`, `from` and `to`. `none` while you try things out.',
    'mail: none',
    '',
    'report:',
    '  file: report.html',
    '',
  ];
}

function tableLines(table: string, { name, written }: Sample): string[] {
  const format = written.length > 0 ? [`    format: { ${written.join(', ')} }`] : [];
  return [`  ${table}:`, `    file: ${JSON.stringify(name)}`, ...format];
}

function groupLines({ table, group, mapping, sample }: PeopleFeed, joined: readonly JoinedFeed[]): string[] {
  const others = joined.filter(({ of }) => of === table);
  return [
    `  - name: ${group}`,
    ...(others.length === 0 ? [`    table: ${table}`] : ['    query: |', ...queryLines(table, others)]),
    ...severalLines(table, mapping, sample),
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

/** Where people have several rows, the query that takes another than the first. */
function severalLines(table: string, { person, expiry }: Mapping, { columns }: Sample): string[] {
  const key = columns.find(({ name }) => same(name, person));
  if (!key || key.isUnique) return [];
  const order = 'column' in expiry ? sqlName(expiry.column.name) : 'A_COLUMN';
  return [
    '    # CHOOSE: some people have several rows. The first counts, the others are duplicates. For the best row put a query in place of the table:',
    '    # query: |',
    `    #   SELECT * FROM ${table}`,
    `    #   QUALIFY row_number() OVER (PARTITION BY ${sqlName(person)} ORDER BY ${order} DESC) = 1`,
  ];
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

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
    "# CHOOSE: put Alma's codes into the second column of these files; for now each code is kept as it is.",
    'lookups:',
    ...tables,
    '',
  ];
}

/** Tells of a column whose values are not written down. */
function unlistedLines({ group, mapping, lookups }: PeopleFeed): string[] {
  if (!hasUnlistedGroup({ mapping, lookups }) || !('column' in mapping.group)) return [];
  const { column } = mapping.group;
  return [
    `# CHOOSE: the values of ${column} may be names, so none was written down, and ${group}.xml uses them as they are.`,
    `# If they are codes, write user_groups.csv (a code and Alma's code on each line), and in ${group}.xml {{lookup "user_groups" ${columnText(column)}}}:`,
    '# lookups:',
    '#   user_groups: { file: user_groups.csv }',
    '',
  ];
}

/** Whether user groups come from a column whose values may be names. */
export function hasUnlistedGroup({ mapping, lookups }: Pick<PeopleFeed, 'mapping' | 'lookups'>): boolean {
  return 'column' in mapping.group && lookups.group === null;
}

/** A lookup table in which each code stands for itself. */
export function lookupText(codes: readonly (readonly [string, number])[]): string {
  return codes.map(([code]) => csvLine([code, code])).join('');
}
