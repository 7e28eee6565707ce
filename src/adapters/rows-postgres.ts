import { readFile } from 'node:fs/promises';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { PatronflowError, systemCode } from '../core/errors.ts';
import type { Relation, Row, RowBatch, RowSource } from '../core/ports.ts';

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

/** Rows from PostgreSQL, read with a cursor in one read-only snapshot: the groups of a run see the same moment. */
export function createPostgresRows(options: PostgresRowsOptions): RowSource {
  const address = new URL(options.url);
  const place = `postgres://${address.host}${address.pathname}`;
  let client: pg.Client | null = null;

  const connected = async (): Promise<pg.Client> => {
    if (client) return client;
    const opening = new pg.Client({
      host: address.hostname,
      port: Number(address.port || 5432),
      database: decodeURIComponent(address.pathname.slice(1)) || undefined,
      user: options.user ?? decodeURIComponent(address.username),
      password: options.password ?? decodeURIComponent(address.password),
      connectionTimeoutMillis: options.connectTimeoutMs,
      statement_timeout: options.callTimeoutMs,
      application_name: 'patronflow',
      keepAlive: true,
      ssl: await tlsOptions(options),
      // One text for each value, in the forms that the settings below fix; core/row-text.ts says which.
      types: {
        getTypeParser: (oid: number) => (value: string) => textOf(oid, value),
      } as pg.CustomTypesConfig,
    });
    // A connection that is lost between two queries must not end the process; the next query reports it.
    opening.on('error', () => {});
    try {
      await opening.connect();
      await opening.query("SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET extra_float_digits = 1");
      await opening.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    } catch (error) {
      await opening.end().catch(() => {});
      throw postgresError(place, error);
    }
    client = opening;
    return opening;
  };

  return {
    name: place,

    async check() {
      const { rows } = await (await connected()).query({ text: 'SHOW server_version', rowMode: 'array' });
      return `Successfully connected to PostgreSQL version: ${rows[0]?.[0]}`;
    },

    async columns(relation) {
      const connection = await connected();
      try {
        const { fields } = await connection.query({
          text: `SELECT * FROM (${queryOf(relation)}) AS relation LIMIT 0`,
          rowMode: 'array',
        });
        return fields.map(({ name }) => name);
      } catch (error) {
        throw postgresError(place, error, relation.group);
      }
    },

    async *rows(relation, signal): AsyncIterable<RowBatch> {
      const connection = await connected();
      const cursor = connection.query(new Cursor<Row>(queryOf(relation), [], { rowMode: 'array' }));
      try {
        for (;;) {
          signal.throwIfAborted();
          const rows = await cursor.read(batchSize);
          if (rows.length === 0) return;
          yield { rows };
        }
      } catch (error) {
        throw signal.aborted ? error : postgresError(place, error, relation.group);
      } finally {
        await cursor.close().catch(() => {});
      }
    },

    async close() {
      await client?.end().catch(() => {});
      client = null;
    },
  };
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
  return { rejectUnauthorized: tls === 'verify-full', ...(caFile && { ca: await readFile(caFile, 'utf8') }) };
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
  if (/^(42|22|0A)/.test(code)) {
    return new PatronflowError('SOURCE_QUERY', `${place} cannot run the query${ofGroup(group)} (${code}).`, {
      hint: 'Check the names of the table and its columns, and that the user may read them.',
      ...cause,
    });
  }
  if (
    /^(57P0[1235]|08|40|53|25P)/.test(code) ||
    /^(ECONNRESET|EPIPE)$/.test(code) ||
    /terminated unexpectedly|not queryable/i.test(String(error))
  ) {
    return new PatronflowError('SOURCE_LOST', `The connection to ${place} was lost${ofGroup(group)}.`, {
      hint: 'Run again; nothing was delivered.',
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

function ofGroup(group: string | undefined): string {
  return group ? ` for group ${group}` : '';
}
