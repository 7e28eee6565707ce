import type pg from 'pg';
import { untilAborted } from '../../core/abort.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { safeText } from '../../core/safe-text.ts';
import { cancelPostgres } from './cancel-postgres.ts';
import {
  answered,
  connectPostgres,
  endPostgres,
  type PostgresOptions,
  postgresError,
  postgresPlace,
} from './postgres.ts';

/** What is bound to `$1`, `$2` …: never pasted into a text of SQL. */
export type Values = readonly (string | number | boolean | null)[];

/** Runs one statement. */
export type Ask = (text: string, values?: Values) => Promise<unknown>;

/**
 * A connection that is opened when it is first needed, and anew after it was lost. A caller that was waiting
 * when it was lost gets SOURCE_LOST and may ask again.
 */
export class PostgresSession {
  readonly name: string;
  readonly #options: PostgresOptions;
  readonly #setUp: string;
  #client: Promise<pg.Client> | null = null;
  /** Resolved when the caller before is done. */
  #turn: Promise<void> = Promise.resolve();
  /** Cancellations under way. */
  readonly #cancelling = new Set<Promise<void>>();

  /** @param setUp statements that every connection begins with */
  constructor(options: PostgresOptions, setUp: string) {
    this.name = postgresPlace(options.url);
    this.#options = options;
    this.#setUp = setUp;
  }

  /** Rows as arrays, in the types that `pg` gives. */
  async query<Row extends unknown[]>(text: string, values: Values, signal?: AbortSignal): Promise<Row[]> {
    return this.#use(async (client) => {
      const query = client.query<Row>({ text, values: [...values], rowMode: 'array' });
      const { rows } = await answered(client, this.#options, query);
      return rows;
    }, signal);
  }

  /** All that `work` asks for, or nothing of it. */
  async transaction(work: (ask: Ask) => Promise<void>): Promise<void> {
    await this.#use(async (client) => {
      const ask: Ask = (text, values = []) =>
        answered(client, this.#options, client.query(text, [...values]));
      await ask('BEGIN');
      try {
        await work(ask);
        await ask('COMMIT');
      } catch (error) {
        await ask('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    const open = await client?.catch(() => null);
    if (open) await endPostgres(open);
    await Promise.all(this.#cancelling);
  }

  /** One caller at a time: the statements of another one would become part of a transaction. */
  async #use<T>(work: (client: pg.Client) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const before = this.#turn;
    let leave = () => {};
    this.#turn = new Promise((resolve) => {
      leave = resolve;
    });
    try {
      await (signal ? untilAborted(signal, before) : before);
    } catch (error) {
      void before.then(leave);
      throw error;
    }
    return this.#useNow(work, signal).finally(leave);
  }

  async #useNow<T>(work: (client: pg.Client) => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#client ??= this.#connect();
    const connecting = this.#client;
    let isOpen = false;
    const working = connecting.then((client) => {
      isOpen = true;
      return work(client);
    });
    try {
      return await (signal ? untilAborted(signal, working) : working);
    } catch (thrown) {
      const error = signal?.aborted ? thrown : this.#errorOf(thrown);
      // An answer of the server came over a connection that lives.
      const isUsable = isOpen && !signal?.aborted && isAnswer.test(systemCode(thrown));
      if (!isUsable && this.#client === connecting) {
        this.#client = null;
        if (isOpen && signal?.aborted) this.#cancel(connecting);
        else this.#drop(connecting);
      }
      throw error;
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = await connectPostgres(this.#options);
    try {
      await answered(client, this.#options, client.query(this.#setUp));
      return client;
    } catch (error) {
      void endPostgres(client);
      throw error;
    }
  }

  /** The answer is not wanted any more, so the server need not go on. */
  #cancel(connecting: Promise<pg.Client>): void {
    const cancelling = connecting
      .then(cancelPostgres)
      .catch(() => {})
      .finally(() => {
        this.#cancelling.delete(cancelling);
        this.#drop(connecting);
      });
    this.#cancelling.add(cancelling);
  }

  /** Not waited for: a server that is gone does not answer when the connection is closed. */
  #drop(connecting: Promise<pg.Client>): void {
    connecting.then(endPostgres).catch(() => {});
  }

  #errorOf(thrown: unknown): unknown {
    const error = postgresError(this.name, thrown);
    const code = systemCode(thrown);
    if (!(error instanceof PatronflowError) || !aboutNames.test(code)) return error;
    // The statements of a session are ours: the names in them are no value of a record.
    const said = thrown instanceof Error ? safeText(thrown.message) : '';
    const { hint, cause } = error;
    return new PatronflowError(error.code, `${this.name} cannot run the query (${code}: ${said}).`, {
      hint,
      cause,
    });
  }
}

/** An SQLSTATE, but those that say that the connection or the server goes away. */
const isAnswer = /^(?=.*\d)(?!08|57P)[0-9A-Z]{5}$/;

/** A table, a column or a schema that is not there, and one that the user may not use. */
const aboutNames = /^(42P01|42703|3F000|42501)$/;
