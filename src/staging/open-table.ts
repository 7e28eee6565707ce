import { itemsUntilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import { findFiles, readFeed } from '../feeds/open-feed.ts';
import type { FeedFile } from '../feeds/ports.ts';
import { placeColumns } from '../feeds/table-rows.ts';
import type { RowBatch } from '../load/ports.ts';
import type { Table } from './table.ts';

/** A table that is being used in a run. Its files are picked once, so that all who read it read the same. */
export class OpenTable {
  readonly table: Table;
  readonly #now: Date;
  #files: Promise<readonly FeedFile[]> | null = null;
  #columns: Promise<readonly string[]> | null = null;

  constructor(table: Table, now: Date) {
    this.table = table;
    this.#now = now;
  }

  /** The files of a feed; none for a table of a database. */
  files(signal: AbortSignal): Promise<readonly FeedFile[]> {
    const { input } = this.table;
    this.#files ??= input.kind === 'feed' ? findFiles(input.feed, this.#now, signal) : Promise.resolve([]);
    return this.#files;
  }

  /** Bytes of its files; null where they are not known. */
  async bytes(signal: AbortSignal): Promise<number | null> {
    const files = await this.files(signal);
    const isKnown = files.length > 0 && files.every(({ size }) => size !== null);
    return isKnown ? files.reduce((sum, { size }) => sum + (size ?? 0), 0) : null;
  }

  /** The names of its columns, found at the beginning of its first file; `_file` and `_line` come last. */
  columns(signal: AbortSignal): Promise<readonly string[]> {
    this.#columns ??= this.#findColumns(signal);
    return this.#columns;
  }

  /**
   * Where the column stands that identifies a person.
   * @throws PatronflowError COLUMNS_MISSING where the table has none of that name: all its people would be in no count
   */
  async personColumn(signal: AbortSignal): Promise<number | null> {
    const { person, name } = this.table;
    if (person === null) return null;
    const columns = await this.columns(signal);
    const at = columns.findIndex((column) => column.toLowerCase() === person.toLowerCase());
    if (at >= 0) return at;
    throw new PatronflowError(
      'COLUMNS_MISSING',
      `The table ${name} has no column ${safeText(person)}, which identifies a person.`,
      { hint: `Check person of the table. It has ${columns.length - placeColumns.length} columns.` },
    );
  }

  async *rows(signal: AbortSignal): AsyncGenerator<RowBatch> {
    const { input, name } = this.table;
    if (input.kind === 'feed') {
      yield* readFeed(input.feed, await this.files(signal), signal);
      return;
    }
    let count = 0;
    for await (const batch of itemsUntilAborted(signal, input.source.rows(input.relation, signal))) {
      const rows = batch.rows.map((row) => [...row, name, String(++count)]);
      yield { ...batch, rows };
    }
  }

  async #findColumns(signal: AbortSignal): Promise<readonly string[]> {
    const { input } = this.table;
    if (input.kind === 'database')
      return [...(await input.source.columns(input.relation, signal)), ...placeColumns];
    for await (const { columns } of readFeed(input.feed, await this.files(signal), signal)) return columns;
    return [];
  }
}
