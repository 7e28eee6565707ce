import { z } from 'zod';
import { fileSources } from '../adapters/files/index.ts';
import { rowSources } from '../adapters/rows/index.ts';
import { location, seconds, secret } from '../core/settings.ts';
import { parseFilePattern } from '../feeds/file-pattern.ts';
import { filesShape, formatProblems } from './feed-schema.ts';
import type { Unfinished } from './schema-parts.ts';

const forms = `${rowSources.documented}; for files ${fileSources.documented}`;

/** A system that data comes from: a database, or a place with files. */
const source = z.strictObject({
  url: location
    .superRefine((url, context) => {
      if (rowSources.find(url) || fileSources.find(url)) return;
      const message = fileSources.problemOf(url)?.startsWith('must be one of ')
        ? (rowSources.problemOf(url) ?? '')
        : (fileSources.problemOf(url) ?? '');
      context.addIssue({
        code: 'custom',
        message: message.replace(/^must be one of .*/, `must be one of ${plainForms}`),
      });
    })
    .describe(
      `Where people come from: ${forms}. A directory of CSV files (\`csv:\`) has one \`<table>.csv\` or \`<group>.csv\` for each group; the files of other places are named in \`tables\`.`,
    ),
  user: z.string().optional().describe('The user of the database.'),
  password: secret.optional().describe('Its password; take it from a variable.'),
  connect_timeout_seconds: seconds(30, 600).describe(
    'How long to wait for a connection. A warehouse that takes longer is down.',
  ),
  call_timeout_seconds: seconds(900, 86_400).describe(
    'How long one call may take; the first rows of a large view may need minutes. In PostgreSQL the reading of a group is one call.',
  ),
  ...rowSources.blocks(),
  ...fileSources.blocks(),
});

const plainForms = `${rowSources.forms}, ${fileSources.forms}`;

const table = z.strictObject({
  from: z.string().optional().describe('Name of its source, where there are several.'),
  table: z.string().optional().describe('Table or view of a database.'),
  columns: z.array(z.string()).min(1).optional().describe('Its columns; without them all columns are read.'),
  query: z
    .string()
    .optional()
    .describe('A query in the language of the database, in place of `table` and `columns`.'),
  ...filesShape,
  person: z
    .string()
    .optional()
    .describe(
      'Its column that identifies a person. People who are in no group are counted then, and guarded.',
    ),
});

export const sourceSchema = source
  .optional()
  .describe('The campus Data Warehouse, or the place of the feeds.');
export const sourcesSchema = z
  .record(z.string(), source)
  .optional()
  .describe('Several sources by name, in place of `source`. The tables say which is theirs.');
export const tablesSchema = z
  .record(
    z.string().regex(/^[A-Za-z_]\w*$/, 'must have letters, digits and _ only: it is a name in SQL'),
    table,
  )
  .default({})
  .describe(
    'Tables from which groups are made: the files of a feed, or a query of a database. Groups name them by `table`, or in SQL by `query`.',
  );

export type SourceConfig = z.output<typeof source>;
export type TableConfig = z.output<typeof table>;

interface TablesConfig {
  readonly source?: z.output<typeof sourceSchema>;
  readonly sources?: z.output<typeof sourcesSchema>;
  readonly tables: z.output<typeof tablesSchema>;
}

type Problem = (path: (string | number)[], message: string) => void;

/** What no key of sources and tables can say alone. */
export function checkTables(config: Unfinished<TablesConfig>, problem: Problem): void {
  const sources = config.sources ?? {};
  if (config.source && config.sources) problem(['sources'], 'give either source or sources');
  if (!config.source && !config.sources) problem(['source'], 'missing: where the people come from');
  for (const [place, each] of [
    ...(config.source ? [[['source'], config.source] as const] : []),
    ...Object.entries(sources).map(([name, each]) => [['sources', name], each] as const),
  ]) {
    const { url = '' } = each ?? {};
    const registry = fileSources.find(url) ? fileSources : rowSources;
    for (const { key, message } of registry.problems({ ...each, url } as { url: string }, each ?? {}))
      problem([...place, key], message);
  }
  const names = Object.keys(config.tables ?? {}).map((name) => name.toLowerCase());
  for (const [at, name] of Object.keys(config.tables ?? {}).entries())
    if (names.indexOf(name.toLowerCase()) !== at)
      problem(
        ['tables', name],
        'another table is called so but for upper and lower case, which SQL does not tell apart',
      );
  for (const [name, each] of Object.entries(config.tables ?? {}))
    checkTable(name, each ?? {}, config, (key, message) => problem(['tables', name, ...key], message));
}

function checkTable(
  name: string,
  table: Unfinished<TableConfig>,
  config: Unfinished<TablesConfig>,
  problem: Problem,
): void {
  const sources = config.sources ?? {};
  if (config.sources && table.from === undefined)
    return problem(['from'], `missing: one of ${Object.keys(sources).join(', ')}`);
  if (table.from !== undefined && !Object.hasOwn(sources, table.from))
    return problem(
      ['from'],
      config.sources ? `no source is called ${table.from}` : 'there is one source; remove it',
    );
  const url = (table.from === undefined ? config.source?.url : sources[table.from]?.url) ?? '';
  if (url.startsWith('csv:'))
    return problem([], 'the files of a csv: source are tables already; use file: for other feeds');
  if (fileSources.find(url)) return checkFiles(table, url, problem);
  if (table.file !== undefined) problem(['file'], 'its source is a database, which has no files');
  if ((table.table === undefined) === (table.query === undefined))
    problem(['table'], `give either a table or a query for ${name}`);
  if (table.query !== undefined && table.columns !== undefined)
    problem(['columns'], 'the query names its columns itself');
}

function checkFiles(table: Unfinished<TableConfig>, url: string, problem: Problem): void {
  for (const key of ['table', 'columns', 'query'] as const)
    if (table[key] !== undefined) problem([key], 'its source has files; name them by file');
  if (table.file === undefined) return problem(['file'], 'missing: the name of the file, or a pattern');
  const pattern = parseFilePattern(table.file);
  if (!pattern) problem(['file'], 'must have exactly one date in braces, with YYYY, MM and DD');
  const isWeb = /^https?:/.test(url);
  if (isWeb && pattern && !pattern.isName)
    problem(['file'], 'a web server does not list its files; give the name of one');
  if (isWeb && table.after !== undefined && table.after !== 'keep')
    problem(['after'], 'files of a web server can only be kept');
  for (const [key, message] of formatProblems(table.format ?? {})) problem(['format', key], message);
}
