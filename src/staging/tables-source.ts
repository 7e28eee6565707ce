import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFeed } from '../feeds/describe-feed.ts';
import type { FeedFile } from '../feeds/ports.ts';
import { placeColumns } from '../feeds/table-rows.ts';
import type { FilesOfTables, Relation, RowBatch, RowSource, TableReading } from '../load/ports.ts';
import { Database, type DatabaseLimits } from './database.ts';
import { finishFeed } from './finish-feed.ts';
import { OpenTable } from './open-table.ts';
import { readStaged } from './read-staged.ts';
import { stagedColumns } from './sql-columns.ts';
import { type QueryPlace, sqlError } from './sql-error.ts';
import { type StagedTable, stageTable } from './stage-table.ts';
import type { Table } from './table.ts';

export interface TablesOptions {
  readonly tables: readonly Table[];
  /** What the groups read, in order. */
  readonly relations: readonly Relation[];
  /** Where the query of a group stands in its configuration; null where that is not known. */
  readonly placeOf: (group: string) => QueryPlace | null;
  readonly values: 'trim' | 'keep';
  readonly limits: DatabaseLimits & { readonly queryTimeoutMs: number };
  readonly now: Date;
}

/**
 * Groups from tables. A group that names a table reads it as it arrives; a table that several groups name, or a query, is
 * read once into the private work folder. Queries run in an embedded DuckDB that reaches nothing but these tables.
 */
export class TablesSource implements RowSource {
  readonly name: string;
  readonly hasHeaderLine = true;
  readonly #options: TablesOptions;
  readonly #open: ReadonlyMap<string, OpenTable>;
  readonly #staged = new Map<string, StagedTable>();
  /** The tables without rows, to look at queries; made at the first of them. */
  #shape: Promise<Database> | null = null;
  /** The tables with their rows. */
  #database: Database | null = null;
  #directory = '';

  constructor(options: TablesOptions) {
    this.#options = options;
    this.#open = new Map(options.tables.map((table) => [table.name, new OpenTable(table, options.now)]));
    this.name = [...new Set(this.places.values())].join(', ');
  }

  get tables() {
    return this;
  }

  async check(signal: AbortSignal): Promise<string> {
    const sources = new Set(
      this.#options.tables.map(({ input }) => (input.kind === 'feed' ? input.feed.source : input.source)),
    );
    const found: string[] = [];
    for (const source of sources) found.push(`${source.name}: ${await source.check(signal)}`);
    return found.join('; ');
  }

  async columns(relation: Relation, signal: AbortSignal): Promise<readonly string[]> {
    if (relation.query === undefined) return this.#tableOf(relation).columns(signal);
    this.#shape ??= this.#makeShape(signal);
    const shape = await this.#shape;
    return this.#asked(relation, signal, false, () => shape.columnsOf(relation.query ?? ''));
  }

  async prepare(directory: string, _now: Date, signal: AbortSignal): Promise<readonly TableReading[]> {
    this.#directory = join(directory, 'tables');
    await mkdir(this.#directory, { mode: 0o700 });
    const readings: TableReading[] = [];
    const wanted = this.#wantedOnce();
    for (const [name, open] of this.#open) {
      const bytes = await open.bytes(signal);
      await open.personColumn(signal);
      if (!wanted.has(name)) {
        readings.push({ name, rows: 0, bytes, files: [], unreadable: [] });
        continue;
      }
      const path = join(this.#directory, `table-${this.#staged.size}.csv`);
      const staged = await stageTable(open, path, this.#options.values, signal);
      this.#staged.set(name, staged);
      readings.push(staged.reading);
    }
    return readings;
  }

  async *rows(relation: Relation, signal: AbortSignal): AsyncGenerator<RowBatch> {
    const { query } = relation;
    if (query === undefined) {
      const staged = this.#staged.get(tableNameOf(relation));
      if (staged) for await (const rows of readStaged(staged.path, signal)) yield { rows };
      else yield* this.#tableOf(relation).rows(signal);
      return;
    }
    this.#database ??= await this.#makeDatabase(signal);
    const database = this.#database;
    const path = this.#outputOf(relation.group);
    await this.#asked(relation, signal, true, () =>
      database.copyRows(query, path, this.#options.limits.queryTimeoutMs, signal),
    );
    for await (const rows of readStaged(path, signal)) yield { rows };
  }

  get places(): ReadonlyMap<string, string> {
    return new Map(
      this.#options.tables.map(({ name, input }) => [
        name,
        input.kind === 'feed' ? input.feed.source.name : input.source.name,
      ]),
    );
  }

  async describe(name: string, now: Date, signal: AbortSignal): Promise<string> {
    const open = this.#open.get(name);
    if (!open) throw new Error('a table that the configuration lacks');
    const { input } = open.table;
    await open.personColumn(signal);
    if (input.kind === 'feed') return describeFeed(input.feed, await open.files(signal), now, signal);
    return `${(await open.columns(signal)).length - placeColumns.length} columns`;
  }

  get peopleTables(): readonly string[] {
    return [...this.#staged.keys()].filter((name) => this.#open.get(name)?.table.person);
  }

  async *people(name: string, signal: AbortSignal): AsyncGenerator<readonly string[]> {
    const open = this.#open.get(name);
    const staged = this.#staged.get(name);
    if (!open || !staged) return;
    const at = (await open.personColumn(signal)) ?? -1;
    for await (const rows of readStaged(staged.path, signal)) yield rows.map((row) => row[at] ?? '');
  }

  async release(): Promise<void> {
    this.#database?.close();
    this.#database = null;
    this.#staged.clear();
    if (this.#directory !== '') await rm(this.#directory, { recursive: true, force: true });
  }

  async filesToFinish(signal: AbortSignal): Promise<FilesOfTables> {
    const found: Record<string, readonly FeedFile[]> = {};
    const read = new Set([...this.#wantedOnce(), ...this.#options.relations.map(tableNameOf)]);
    for (const [name, open] of this.#open) {
      const { input } = open.table;
      // Of a table that no group reads nothing was delivered.
      if (input.kind === 'feed' && input.after !== 'keep' && read.has(name))
        found[name] = await open.files(signal);
    }
    return found;
  }

  async finish(files: FilesOfTables, signal: AbortSignal): Promise<readonly string[]> {
    const staying: string[] = [];
    for (const { name, input } of this.#options.tables) {
      const delivered = files[name];
      if (input.kind === 'feed' && input.after !== 'keep' && delivered)
        staying.push(...(await finishFeed(input.feed, input.after, delivered, signal)));
    }
    return staying;
  }

  async close(): Promise<void> {
    const shape = await this.#shape?.catch(() => null);
    shape?.close();
    this.#database?.close();
    this.#shape = null;
    this.#database = null;
    for (const { input } of this.#options.tables)
      await (input.kind === 'feed' ? input.feed.source : input.source).close();
  }

  #tableOf(relation: Relation): OpenTable {
    const open = this.#open.get(tableNameOf(relation));
    if (!open) throw new Error('a group of a table that the configuration lacks');
    return open;
  }

  /** Which tables are read once: all where there is a query, else those of several groups, and those of people. */
  #wantedOnce(): ReadonlySet<string> {
    const { relations, tables } = this.#options;
    if (relations.some(({ query }) => query !== undefined)) return new Set(tables.map(({ name }) => name));
    const named = relations.map(tableNameOf);
    const people = tables.flatMap(({ name, person }) => (person === null ? [] : [name]));
    return new Set([...named.filter((name, at) => named.indexOf(name) !== at), ...people]);
  }

  async #makeShape(signal: AbortSignal): Promise<Database> {
    const shape = await Database.open({ ...this.#options.limits, memoryMegabytes: 64 }, '');
    for (const [name, open] of this.#open)
      await shape.createTable(name, stagedColumns(await open.columns(signal)));
    await shape.lock();
    return shape;
  }

  async #makeDatabase(signal: AbortSignal): Promise<Database> {
    const database = await Database.open(this.#options.limits, join(this.#directory, 'spill'));
    try {
      for (const [name, { path }] of this.#staged) {
        const columns = stagedColumns((await this.#open.get(name)?.columns(signal)) ?? []);
        await database.createTable(name, columns);
        await database.fillTable(name, columns, path, signal);
      }
      const outputs = this.#options.relations.flatMap(({ query, group }) =>
        query === undefined ? [] : [this.#outputOf(group)],
      );
      await database.lock(outputs);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  }

  #outputOf(group: string): string {
    return join(this.#directory, `rows-${group}.csv`);
  }

  async #asked<T>(
    { group, query = '' }: Relation,
    signal: AbortSignal,
    isRunning: boolean,
    ask: () => Promise<T>,
  ): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      throw sqlError(error, { group, query, place: this.#options.placeOf(group), isRunning });
    }
  }
}

/** What a group without a query reads. */
function tableNameOf({ table, group }: Relation): string {
  return table ?? group;
}
