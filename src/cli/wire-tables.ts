import { readdirSync } from 'node:fs';
import { fileSources } from '../adapters/files/index.ts';
import { rowSources } from '../adapters/rows/index.ts';
import { toFormat, toPick } from '../config/feed-schema.ts';
import type { LoadConfig } from '../config/load-schema.ts';
import type { SourceConfig, TableConfig } from '../config/tables-schema.ts';
import { PatronflowError } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import { commaFormat } from '../feeds/feed-format.ts';
import type { FileSource } from '../feeds/ports.ts';
import type { Relation, RowSource } from '../load/ports.ts';
import type { QueryPlace } from '../staging/sql-error.ts';
import type { Table } from '../staging/table.ts';
import { TablesSource } from '../staging/tables-source.ts';

/** Where a text of the configuration stands. */
export type PlaceOf = (place: string) => QueryPlace | null;

/** Where the people of a load come from: a database or CSV files as they are, else tables. */
export function wireSource(config: LoadConfig, now: Date, placeOf: PlaceOf): RowSource {
  const { source, groups } = config;
  const isCsv = source?.url.startsWith('csv:') ?? false;
  const hasTables = Object.keys(config.tables).length > 0;
  const isOverFiles = isCsv && groups.some(({ query }) => query !== undefined);
  if (source && !hasTables && !isOverFiles) return rowSource(source);
  return new TablesSource({
    tables: isOverFiles && source ? csvTables(source.url.slice('csv:'.length), groups) : tablesOf(config),
    relations: groups.map(relationOf),
    placeOf: (group) => placeOf(`groups.${groups.findIndex(({ name }) => name === group)}.query`),
    values: config.values,
    limits: {
      memoryMegabytes: config.staging.memory_mb,
      threads: config.staging.threads,
      queryTimeoutMs: config.staging.query_timeout_seconds * 1000,
    },
    now,
  });
}

/** What of the sources is less safe than it should be, by their names. */
export function sourceRisks({ source, sources = {} }: LoadConfig): [string, string, string | null][] {
  const all = [...(source ? [['source', source] as const] : []), ...Object.entries(sources)];
  return all.map(([name, each]) => [name, each.url, riskOf(each)]);
}

function riskOf(source: SourceConfig): string | null {
  const timeouts = { connectTimeoutMs: 0, callTimeoutMs: 0 };
  return fileSources.find(source.url)
    ? fileSources.risk(source, source)
    : rowSources.risk({ ...source, ...timeouts }, source);
}

/** What a group reads. */
export function relationOf({ name, table, columns, query }: LoadConfig['groups'][number]): Relation {
  return { group: name, table, columns, query };
}

function rowSource(source: SourceConfig): RowSource {
  const { connect_timeout_seconds: connect, call_timeout_seconds: call, ...place } = source;
  const timeouts = { connectTimeoutMs: connect * 1000, callTimeoutMs: call * 1000 };
  return rowSources.create({ ...place, ...timeouts }, source);
}

function tablesOf(config: LoadConfig): Table[] {
  // One adapter for each source, however many tables it has.
  const files = new Map<SourceConfig, FileSource>();
  const rows = new Map<SourceConfig, RowSource>();
  return Object.entries(config.tables).map(([name, table]): Table => {
    const source = table.from === undefined ? config.source : config.sources?.[table.from];
    if (!source) throw new Error('a table without a source');
    const person = table.person ?? null;
    if (!fileSources.find(source.url)) {
      const { columns, query } = table;
      const opened = rows.get(source) ?? rowSource(source);
      rows.set(source, opened);
      const relation = { group: name, table: table.table, columns, query };
      return { name, person, minSize: table.min_size, input: { kind: 'database', source: opened, relation } };
    }
    const opened = files.get(source) ?? fileSources.create(source, source);
    files.set(source, opened);
    return { name, person, minSize: table.min_size, input: feedInput(table, opened) };
  });
}

function feedInput(table: TableConfig, source: FileSource): Table['input'] {
  const pick = toPick({ ...table, file: table.file ?? '' });
  if (!pick) throw new Error('a pattern that cannot be read');
  const after = typeof table.after === 'string' ? table.after : { moveTo: table.after.move_to };
  return { kind: 'feed', after, feed: { source, pick, format: toFormat(table.format) } };
}

/** The files of a folder that was named on the command line. */
export function wireFolder(directory: string): FileSource {
  return fileSources.create({ url: `file:${directory}` }, {});
}

/**
 * Each CSV file of a directory that a group names is a table that is called like it. The others may be anything: copies of
 * last year, files of other programs. A directory that cannot be listed has none: its check says why.
 */
function csvTables(directory: string, groups: LoadConfig['groups']): Table[] {
  const source = wireFolder(directory);
  const names = namesIn(directory).filter(
    (name) => /.\.csv$/i.test(name) && isNamed(name.slice(0, -'.csv'.length), groups),
  );
  refuseTwins(directory, names);
  return names.map((name): Table => {
    const pattern = {
      text: name,
      isName: true,
      hasDate: false,
      matches: (each: string) => each === name,
      dateIn: () => null,
    };
    const pick = { pattern, which: 'one' as const, marker: null, maxAgeHours: null };
    return {
      name: name.slice(0, -'.csv'.length),
      person: null,
      minSize: 0,
      input: { kind: 'feed', after: 'keep', feed: { source, pick, format: commaFormat } },
    };
  });
}

/** @throws PatronflowError SOURCE_QUERY for files whose names differ in case alone: to SQL they are one table */
function refuseTwins(directory: string, names: readonly string[]): void {
  const folded = names.map((name) => name.toLowerCase());
  const twin = folded.findIndex((name, at) => folded.indexOf(name) !== at);
  if (twin < 0) return;
  const first = names[folded.indexOf(folded[twin] ?? '')] ?? '';
  throw new PatronflowError(
    'SOURCE_QUERY',
    `${safeText(first)} and ${safeText(names[twin] ?? '')} in ${directory} have the same table name in SQL, which ignores case.`,
    { hint: 'Rename one of them, or remove it.' },
  );
}

/** A query names a table somewhere in its text; a word too many does no harm. */
function isNamed(table: string, groups: LoadConfig['groups']): boolean {
  const folded = table.toLowerCase();
  return groups.some(({ query, table: own, name }) =>
    query === undefined ? (own ?? name) === table : query.toLowerCase().includes(folded),
  );
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
