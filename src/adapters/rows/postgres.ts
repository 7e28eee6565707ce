import type pg from 'pg';
import { numberText } from '../../core/row-text.ts';
import { safeText } from '../../core/safe-text.ts';
import type { Row, RowBatch, RowSource } from '../../load/ports.ts';
import { rowSourceAdapter } from '../../load/ports.ts';
import {
  answered,
  connectPostgres,
  endPostgres,
  type PostgresOptions,
  postgresError,
  postgresOptions,
  postgresPlace,
  postgresSchemes,
  postgresSettings,
} from '../clients/postgres.ts';
import { queryOf } from '../clients/sql.ts';

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

export const postgresRows = rowSourceAdapter({
  system: 'postgres',
  forms: ['postgres://host/database'],
  schemes: postgresSchemes,
  pattern: /^postgres(ql)?:\/\//,
  options: postgresSettings,
  create: (given, settings) => createPostgresRows(postgresOptions(given, settings)),
});

/** Rows from PostgreSQL, read with a cursor in one read-only snapshot: the groups of a run see the same moment. */
export function createPostgresRows(options: PostgresOptions): RowSource {
  const place = postgresPlace(options.url);
  let session: Session | null = null;

  const connected = async (): Promise<Session> => {
    if (session) return session;
    const client = await connectPostgres(options, textTypes);
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
    try {
      const query = (text: string) => answered(client, options, client.query<{ pid: string }>(text));
      await query("SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET extra_float_digits = 1");
      const { rows } = await query('SELECT pg_backend_pid() AS pid');
      await query(begin);
      session = { client, ended, pid: rows[0]?.pid ?? '' };
      return session;
    } catch (error) {
      await endPostgres(client);
      throw postgresError(place, error);
    }
  };

  /** Asks the server to break off what it does, over a second connection; without one the time-out ends it. */
  const cancel = async (pid: string): Promise<void> => {
    const client = await connectPostgres(options);
    try {
      await answered(client, options, client.query('SELECT pg_cancel_backend($1)', [pid]));
    } finally {
      await endPostgres(client);
    }
  };

  return {
    name: place,

    async check() {
      const { client } = await connected();
      try {
        const query = client.query({ text: 'SHOW server_version', rowMode: 'array' });
        const { rows } = await answered(client, options, query);
        return `Successfully connected to PostgreSQL version: ${safeText(String(rows[0]?.[0]))}`;
      } catch (error) {
        throw postgresError(place, error);
      }
    },

    async columns(relation) {
      const { client } = await connected();
      try {
        // The line break ends a comment that may end the query.
        const query = client.query({
          text: `SELECT * FROM (${queryOf(relation)}\n) AS relation LIMIT 0`,
          rowMode: 'array',
        });
        const { fields } = await answered(client, options, query);
        return fields.map(({ name }) => name);
      } catch (error) {
        await startAgain(client, options);
        throw postgresError(place, error, relation.group);
      }
    },

    async *rows(relation, signal): AsyncIterable<RowBatch> {
      const { client, ended, pid } = await connected();
      const { default: Cursor } = await import('pg-cursor');
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
          const rows = await answered(client, options, cursor.read(batchSize)).catch((error) => {
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
        if (failure) await startAgain(client, options);
        else await Promise.race([answered(client, options, cursor.close()).catch(() => {}), ended]);
      }
    },

    async close() {
      if (session) await endPostgres(session.client);
      session = null;
    },
  };
}

/** An error ends the transaction; a new one lets the other groups be judged by themselves. */
async function startAgain(client: pg.Client, options: PostgresOptions): Promise<void> {
  await answered(client, options, client.query(`ROLLBACK; ${begin}`)).catch(() => {});
}

/** One text for each value, in the forms that the session's settings fix; core/row-text.ts says which. */
const textTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number) => (value: string | Buffer) => textOf(oid, String(value)),
} as pg.CustomTypesConfig;

/** Ids of types; https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const oids = { bool: 16, bytea: 17, float4: 700, float8: 701, timestamp: 1114, timestamptz: 1184 } as const;

/** PostgreSQL's text of a value, in the one form that all sources share. */
function textOf(oid: number, value: string): string {
  switch (oid) {
    case oids.bool:
      return value === 't' ? 'true' : 'false';
    case oids.timestamp:
      return value.slice(0, 19).replace(' ', 'T');
    case oids.timestamptz:
      return `${value.slice(0, 19).replace(' ', 'T')}Z`;
    case oids.float4:
    case oids.float8:
      return numberText(value);
    case oids.bytea:
      return value.replace(/^\\x/, '');
    default:
      return value;
  }
}
