import { readFile } from 'node:fs/promises';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { PatronflowError, systemCode } from '../core/errors.ts';
import type { Relation, Row, RowBatch, RowSource } from '../core/ports.ts';
import { numberText } from '../core/row-text.ts';

export interface PostgresRowsOptions {
  /** `postgres://host:port/database`; user and password may stand in it or beside it. */
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly tls: 'verify-full' | 'no-verify' | 'disable';
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile?: string | undefined;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
}

/** Rows of one read: measured fastest with pg-cursor; larger ones only take memory. */
const batchSize = 1000;

const begin = 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY';

interface Session {
  readonly client: pg.Client;
  /** Settles when the connection is gone. */
  readonly ended: Promise<void>;
  /** The server's process, by which it can be told to stop. */
  readonly pid: string;
}

/** Rows from PostgreSQL, read with a cursor in one read-only snapshot: the groups of a run see the same moment. */
export function createPostgresRows(options: PostgresRowsOptions): RowSource {
  const address = new URL(options.url);
  const place = `postgres://${address.host}${address.pathname}`;
  let session: Session | null = null;

  const newClient = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      host: address.hostname,
      port: Number(address.port || 5432),
      database: decodeURIComponent(address.pathname.slice(1)) || undefined,
      user: options.user ?? decodeURIComponent(address.username),
      password: options.password ?? decodeURIComponent(address.password),
      connectionTimeoutMillis: options.connectTimeoutMs,
      statement_timeout: options.callTimeoutMs,
      application_name: 'patronflow',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ssl: await tlsOptions(options),
      // One text for each value, in the forms that the settings below fix; core/row-text.ts says which.
      types: {
        getTypeParser: (oid: number) => (value: string) => textOf(oid, value),
      } as pg.CustomTypesConfig,
    });
    // A connection that is lost between two queries must not end the process; the next query reports it.
    client.on('error', () => {});
    return client;
  };

  const connected = async (): Promise<Session> => {
    if (session) return session;
    const client = await newClient();
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
    try {
      await client.connect();
      await client.query("SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET extra_float_digits = 1");
      const { rows } = await client.query<{ pid: string }>('SELECT pg_backend_pid() AS pid');
      await client.query(begin);
      session = { client, ended, pid: rows[0]?.pid ?? '' };
      return session;
    } catch (error) {
      await client.end().catch(() => {});
      throw postgresError(place, error);
    }
  };

  /** Asks the server to break off what it does, over a second connection; without one the time-out ends it. */
  const cancel = async (pid: string): Promise<void> => {
    const client = await newClient();
    try {
      await client.connect();
      await client.query('SELECT pg_cancel_backend($1)', [pid]);
    } finally {
      await client.end().catch(() => {});
    }
  };

  return {
    name: place,

    async check() {
      const { client } = await connected();
      try {
        const { rows } = await client.query({ text: 'SHOW server_version', rowMode: 'array' });
        return `Successfully connected to PostgreSQL version: ${rows[0]?.[0]}`;
      } catch (error) {
        throw postgresError(place, error);
      }
    },

    async columns(relation) {
      const { client } = await connected();
      try {
        // The line break ends a comment that may end the query.
        const { fields } = await client.query({
          text: `SELECT * FROM (${queryOf(relation)}\n) AS relation LIMIT 0`,
          rowMode: 'array',
        });
        return fields.map(({ name }) => name);
      } catch (error) {
        await startAgain(client);
        throw postgresError(place, error, relation.group);
      }
    },

    async *rows(relation, signal): AsyncIterable<RowBatch> {
      const { client, ended, pid } = await connected();
      signal.throwIfAborted();
      const cursor = client.query(new Cursor<Row>(queryOf(relation), [], { rowMode: 'array' }));
      let failure: unknown;
      let cancelling: Promise<void> | undefined;
      const stop = () => {
        cancelling = cancel(pid).catch(() => {});
      };
      signal.addEventListener('abort', stop, { once: true });
      try {
        for (;;) {
          signal.throwIfAborted();
          const rows = await cursor.read(batchSize).catch((error) => {
            failure = error;
            throw error;
          });
          if (rows.length === 0) return;
          yield { rows };
        }
      } catch (error) {
        throw signal.aborted ? signal.reason : postgresError(place, error, relation.group);
      } finally {
        signal.removeEventListener('abort', stop);
        // A cancel that is under way must not hit the next query.
        await cancelling;
        // A cursor that failed is closed already, and a server that is gone would never answer to a close.
        if (failure) await startAgain(client);
        else await Promise.race([cursor.close().catch(() => {}), ended]);
      }
    },

    async close() {
      await session?.client.end().catch(() => {});
      session = null;
    },
  };
}

/** An error ends the transaction; a new one lets the other groups be judged by themselves. */
async function startAgain(client: pg.Client): Promise<void> {
  await client.query(`ROLLBACK; ${begin}`).catch(() => {});
}

/** Names are not quoted, so that PostgreSQL folds their case as the table's owner expects. */
function queryOf({ query, table, columns }: Relation): string {
  return query?.trim().replace(/;$/, '') ?? `SELECT ${columns?.join(', ') ?? '*'} FROM ${table}`;
}

async function tlsOptions({
  tls,
  caFile,
}: PostgresRowsOptions): Promise<false | { rejectUnauthorized: boolean; ca?: string }> {
  if (tls === 'disable') return false;
  const ca = caFile
    ? await readFile(caFile, 'utf8').catch((cause) => {
        throw new PatronflowError('CONFIG_INVALID', `${caFile} cannot be read (${systemCode(cause)}).`, {
          hint: 'source.postgres.ca_file names a PEM file.',
          cause,
        });
      })
    : undefined;
  return { rejectUnauthorized: tls === 'verify-full', ...(ca && { ca }) };
}

/** PostgreSQL's text of a value, in the one form that all sources share. */
function textOf(oid: number, value: string): string {
  switch (oid) {
    case pg.types.builtins.BOOL:
      return value === 't' ? 'true' : 'false';
    case pg.types.builtins.TIMESTAMP:
      return value.slice(0, 19).replace(' ', 'T');
    case pg.types.builtins.TIMESTAMPTZ:
      return `${value.slice(0, 19).replace(' ', 'T')}Z`;
    case pg.types.builtins.FLOAT4:
    case pg.types.builtins.FLOAT8:
      return numberText(value);
    case pg.types.builtins.BYTEA:
      return value.replace(/^\\x/, '');
    default:
      return value;
  }
}

/** What PostgreSQL's error classes mean for a run; https://www.postgresql.org/docs/current/errcodes-appendix.html */
function postgresError(place: string, error: unknown, group?: string): unknown {
  if (error instanceof PatronflowError) return error;
  const code = systemCode(error);
  const cause = { cause: error };
  if (/^28/.test(code)) {
    return new PatronflowError('SOURCE_LOGIN', `${place} refuses the user or the password (${code}).`, {
      hint: 'Check both; passwords of warehouses often change once a year.',
      ...cause,
    });
  }
  if (code === '3D000')
    return new PatronflowError('SOURCE_MISSING', `${place} does not exist on that server.`, {
      hint: 'Check the name of the database.',
      ...cause,
    });
  if (code === '57014')
    return new PatronflowError('SOURCE_LOST', `A query took too long at ${place}${ofGroup(group)}.`, {
      hint: 'Raise source.call_timeout_seconds, or ask for an index.',
      ...cause,
    });
  if (
    /^(57P0[1235]|08|40|53|55|58|25P)/.test(code) ||
    /^(ECONNRESET|EPIPE)$/.test(code) ||
    /terminated unexpectedly|not queryable/i.test(String(error))
  ) {
    return new PatronflowError('SOURCE_LOST', `The connection to ${place} was lost${ofGroup(group)}.`, {
      hint: 'Run again; nothing was delivered.',
      ...cause,
    });
  }
  if (isQueryError(code)) {
    return new PatronflowError('SOURCE_QUERY', `${place} cannot run the query${ofGroup(group)} (${code}).`, {
      hint: 'Check the names of the table and its columns, and that the user may read them.',
      ...cause,
    });
  }
  if (
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code) ||
    /timeout/i.test(String(error))
  ) {
    return new PatronflowError('SOURCE_UNREACHABLE', `${place} cannot be reached${code && ` (${code})`}.`, {
      hint: 'Check host, port and firewall, and whether the database is up.',
      ...cause,
    });
  }
  if (/SSL|certificate|CERT|SELF_SIGNED|self-signed/i.test(`${code} ${error}`)) {
    return new PatronflowError(
      'SOURCE_UNREACHABLE',
      `No trusted TLS connection to ${place} (${code || 'the server does not offer TLS'}).`,
      {
        hint: "Give source.postgres.ca_file the server's authority, or choose another source.postgres.tls knowingly.",
        ...cause,
      },
    );
  }
  return error;
}

/** Whatever else the server itself answers, with an SQLSTATE, comes of what it was asked. */
function isQueryError(code: string): boolean {
  return /^(?=.*\d)[0-9A-Z]{5}$/.test(code);
}

function ofGroup(group: string | undefined): string {
  return group ? ` for group ${group}` : '';
}
