import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { refusedCall } from './refused-call.ts';
import type { SqlColumn } from './sql-columns.ts';
import { quoted, text } from './sql-text.ts';

export interface DatabaseLimits {
  readonly memoryMegabytes: number;
  readonly threads: number;
}

/** Bytes of a row that is staged. A value may have 65,536 characters before its person is rejected. */
export const maxRowBytes = 4 * 1024 ** 2;

/** What DuckDB calls a statement that only reads; the numbers are those of its C interface. */
const selectStatement = 1;

/** An embedded DuckDB with the tables of a run. The driver is loaded at first use, for jobs that name a query over tables. */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /**
   * @param spill directory for what does not fit into the memory; '' for a database that holds no rows
   * @throws PatronflowError STAGING_UNAVAILABLE where DuckDB is not installed
   */
  static async open({ memoryMegabytes, threads }: DatabaseLimits, spill: string): Promise<Database> {
    const { DuckDBInstance } = await driver();
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryMegabytes}MB`,
      threads: String(threads),
      temp_directory: spill,
      // It packs whole rows of a join into sums that cannot go to the disk: the best of a million rows took 700 MB.
      disabled_optimizers: 'top_n_window_elimination',
      // Extensions are downloaded programs.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
    return new Database(instance, await instance.connect());
  }

  /** Makes a table without rows. */
  async createTable(table: string, columns: readonly SqlColumn[]): Promise<void> {
    const list = columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ');
    await this.#connection.run(`CREATE TABLE ${quoted(table)} (${list})`);
  }

  /** Fills a table from a file that `StagedFile` has written. Empty values are NULL. */
  async fillTable(
    table: string,
    columns: readonly SqlColumn[],
    path: string,
    signal: AbortSignal,
  ): Promise<void> {
    const types = columns.map(({ name, type }) => `${text(name)}: '${type}'`).join(', ');
    await this.#interruptible(signal, () =>
      this.#connection.run(
        `INSERT INTO ${quoted(table)} SELECT * FROM read_csv(${text(path)}, auto_detect = false, header = false, ` +
          `delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = '', allow_quoted_nulls = true, ` +
          `max_line_size = ${maxRowBytes}, buffer_size = ${2 * maxRowBytes}, columns = {${types}})`,
      ),
    );
  }

  /**
   * Takes away what a query could reach beside the tables: files, the network, extensions, these settings.
   * @param readable files that stay open to `copyRows`
   */
  async lock(writable: readonly string[] = []): Promise<void> {
    await this.#connection.run(`SET allowed_paths = [${writable.map(text).join(', ')}]`);
    await this.#connection.run('SET enable_external_access = false');
    await this.#connection.run('SET lock_configuration = true');
  }

  /**
   * The columns of a query, without running it.
   * @throws what DuckDB throws, which `sqlError` explains, NotOneQuery or RefusedCall
   */
  async columnsOf(query: string): Promise<readonly string[]> {
    // DuckDB's driver has no name for a text without a statement.
    if (query.replace(/--[^\n]*|\/\*.*?\*\/|[;\s]/gs, '') === '') throw new NotOneQuery();
    const statements = await this.#connection.extractStatements(query);
    if (statements.count !== 1) throw new NotOneQuery();
    // Before it is prepared: that alone makes some functions act.
    await this.#refuseCalls(query);
    const prepared = await statements.prepare(0);
    const isSelect = prepared.statementType === selectStatement && prepared.parameterCount === 0;
    const columns = Array.from({ length: prepared.columnCount }, (_, at) => prepared.columnName(at));
    prepared.destroySync();
    if (!isSelect || !(await this.#canBeCopied(query))) throw new NotOneQuery();
    return columns;
  }

  async #refuseCalls(query: string): Promise<void> {
    const read = await this.#connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [query]);
    const refused = refusedCall(String(read.getRows()[0]?.[0]));
    if (refused !== null) throw new RefusedCall(refused);
  }

  /** Tells whether a query fits into what `copyRows` makes of it: SHOW does not, nor a comment behind a semicolon. */
  async #canBeCopied(query: string): Promise<boolean> {
    return this.#connection.extractStatements(copyStatement(query, 'rows.csv')).then(
      ({ count }) => count === 1,
      () => false,
    );
  }

  /** Runs a query, and writes its rows to a file that was named to `lock`. @param timeoutMs after which it is interrupted */
  async copyRows(query: string, path: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const timer = AbortSignal.timeout(timeoutMs);
    const copied = this.#interruptible(AbortSignal.any([signal, timer]), () =>
      this.#connection.run(copyStatement(query, path)),
    );
    await copied.catch((error) =>
      Promise.reject(timer.aborted && !signal.aborted ? new QueryTimeout() : error),
    );
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #interruptible(signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
    signal.throwIfAborted();
    const stop = () => this.#connection.interrupt();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

/** A query that ran longer than it may. */
export class QueryTimeout extends Error {
  override readonly name = 'QueryTimeout';
}

/** A text that is no query: none, several statements, or one that changes something. */
export class NotOneQuery extends Error {
  override readonly name = 'NotOneQuery';
}

/** A query that calls what does more than read the tables. The message is the name of the function. */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall';
}

/** The query has lines of its own: a comment at its end takes nothing along, and columns in messages are its own. */
function copyStatement(query: string, path: string): string {
  const one = query.replace(/;\s*$/, '');
  return `COPY (\n${one}\n) TO ${text(path)} (FORMAT csv, HEADER false, FORCE_QUOTE *, USE_TMP_FILE false)`;
}

async function driver(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    const isMissing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'].includes(
      systemCode(error),
    );
    // For a machine that it has no binary for, the package throws an error without a code.
    const isUnfit = error instanceof Error && error.message.includes('native binding');
    if (!isMissing && !isUnfit) throw error;
    throw new PatronflowError(
      'STAGING_UNAVAILABLE',
      'SQL over tables needs DuckDB, which is not installed.',
      {
        hint: 'Run: npm install @duckdb/node-api. It has binaries for Linux, macOS and Windows.',
        cause: error,
      },
    );
  }
}
