import { z } from 'zod';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { persistentRetry, retry } from '../../core/retry.ts';
import { flag, secret, table } from '../../core/settings.ts';
import type { PatronInfo, RecordSink } from '../../poll/ports.ts';
import { recordSinkAdapter } from '../../poll/ports.ts';
import type { PostgresOptions } from '../clients/postgres.ts';
import { postgresOptions, postgresSchemes, postgresSettings } from '../clients/postgres.ts';
import { PostgresSession } from '../clients/postgres-session.ts';

export interface PostgresRecordsOptions extends PostgresOptions {
  readonly table: string;
  /** The columns that are written: the others of a row stay as they are. */
  readonly fields: readonly (keyof PatronInfo)[];
  /** Makes the table, with its key, where there is none. */
  readonly createTable: boolean;
}

/** Rows of one INSERT: eleven parameters each at most, of 65,535 that the protocol has. */
const rowsPerInsert = 1000;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const noSuchTable = '42P01';

export const postgresRecords = recordSinkAdapter({
  system: 'postgres',
  forms: ['postgres://host/database'],
  schemes: postgresSchemes,
  pattern: /^postgres(ql)?:\/\/.+/,
  options: z.strictObject({
    table: table.default('patron_info').describe('The table.'),
    create_table: flag.default(false).describe('Make the table where there is none.'),
    user: z.string().optional().describe('The user, where the URL has none.'),
    password: secret.optional().describe('The password, where the URL has none.'),
    ...postgresSettings.shape,
  }),
  create: ({ url, fields }, { table: name, create_table: createTable, user, password, ...settings }) =>
    createPostgresRecords({
      ...postgresOptions({ url, user, password, ...timeouts }, settings),
      table: name,
      fields,
      createTable,
    }),
});

/**
 * How long a transaction of ours may stand still. Between two of its statements are milliseconds: a process that was suspended there
 * holds rows that the worker who took over its range wants to write.
 */
const idleMs = 10_000;

/** One batch of ten thousand rows takes seconds; a minute of nothing is a lock. */
const timeouts = { connectTimeoutMs: 30_000, callTimeoutMs: 60_000 };

/** Records into a table of PostgreSQL, one row a patron; a batch as a whole or not at all. */
export function createPostgresRecords(options: PostgresRecordsOptions): RecordSink {
  const { table, fields, createTable } = options;
  const session = new PostgresSession(options, `SET idle_in_transaction_session_timeout TO ${idleMs}`);
  const name = `${session.name}, table ${table}`;

  /** Plans what is to be done and does nothing: columns, key and rights show. @returns whether the table is there */
  const isUsable = async (signal: AbortSignal): Promise<boolean> => {
    const nothing = `SELECT ${fields.join(', ')} FROM ${table} WHERE false`;
    try {
      await session.query(`EXPLAIN ${upsertStatement(table, fields, nothing)}`, [], signal);
      return true;
    } catch (thrown) {
      if (createTable && isMissing(thrown)) return false;
      throw thrown;
    }
  };
  const assertMayCreate = async (signal: AbortSignal): Promise<void> => {
    const answer = await session.query<[string | null, boolean]>(mayCreateQuery, [schemaOf(table)], signal);
    const [schema, mayCreate] = answer[0] ?? [null, false];
    if (!mayCreate) throw mayNotCreate(table, schema);
  };
  const asSink = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw recordsError(name, thrown);
    }
  };

  return {
    name,

    check: (signal) =>
      asSink(async () => {
        if (await isUsable(signal)) return `${table} has the columns of a record`;
        await assertMayCreate(signal);
        return `${table} is not there yet; the first run makes it`;
      }),

    open: (isDryRun, signal) =>
      asSink(async () => {
        if (await isUsable(signal)) return;
        await assertMayCreate(signal);
        if (isDryRun) return;
        // Only for a table of our own: we make no index on a table of others.
        const making = session.transaction(async (ask) => {
          await ask(createStatement(table));
          await ask(`CREATE INDEX ON ${table} (address_hash)`);
        });
        // Of several workers of a back-fill one makes it, and the others find it made.
        const failure = await making.then(
          () => null,
          (error: unknown) => error,
        );
        if (!(await isUsable(signal)) && failure) throw failure;
      }),

    write: (records) =>
      asSink(async () => {
        // One row a patron: a statement that met a patron twice would be refused as a whole.
        const infos = [...new Map(records.map(({ info }) => [info.patron_id, info])).values()];
        await retry(persistentRetry, () =>
          session.transaction(async (ask) => {
            for (let start = 0; start < infos.length; start += rowsPerInsert) {
              const chunk = infos.slice(start, start + rowsPerInsert);
              const values = chunk.flatMap((info) => fields.map((field) => info[field] ?? null));
              await ask(upsertStatement(table, fields, parameters(chunk.length, fields.length)), values);
            }
          }),
        );
      }),

    close: () => session.close(),
  };
}

/** `$1`: a schema, or null for the one in which a table without a schema is made. */
const mayCreateQuery = `
  SELECT schema, coalesce(has_schema_privilege(schema, 'CREATE'), false)
  FROM (SELECT coalesce($1::text, current_schema()::text) AS schema) AS place`;

function schemaOf(table: string): string | null {
  // Names that are not quoted are folded.
  return table.includes('.') ? (table.split('.')[0] ?? '').toLowerCase() : null;
}

function mayNotCreate(table: string, schema: string | null): PatronflowError {
  const where =
    schema === null ? 'there is no schema for it' : `the user may not create it in schema ${schema}`;
  return new PatronflowError('SOURCE_QUERY', `The table ${table} is not there, and ${where}.`, {
    hint: `GRANT CREATE ON SCHEMA ${schema ?? 'public'} to the user, or let the owner make the table.`,
  });
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof PatronflowError && systemCode(thrown.cause) === noSuchTable;
}

/**
 * The table as docs/data-dictionary.md has it: with all fields, even those that are not sent, because the warehouse reads
 * them all.
 */
export function createStatement(table: string): string {
  const columns: Readonly<Record<keyof PatronInfo, string>> = {
    patron_id: 'text PRIMARY KEY',
    address_hash: 'text',
    postal_code: 'text',
    geoid: 'text',
    creation_date_et: 'date',
    deletion_date_et: 'date',
    circ_active_date_et: 'date',
    ptype_code: 'integer',
    pcode3: 'integer',
    patron_home_library_code: 'text',
    initial_patron_home_library_code: 'text',
  };
  const definitions = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
  return `CREATE TABLE ${table} (${definitions.join(', ')})`;
}

/** @param rows what gives the rows, in the order of the columns */
function upsertStatement(table: string, columns: readonly string[], rows: string): string {
  const updates = columns
    .filter((column) => column !== 'patron_id')
    .map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${table} (${columns.join(', ')})
    ${rows}
    ON CONFLICT (patron_id) DO ${updates.length > 0 ? `UPDATE SET ${updates.join(', ')}` : 'NOTHING'}`;
}

/** Parameters take the types of the columns, so a table that others made may keep days as dates or as text. */
function parameters(rows: number, columns: number): string {
  const row = (index: number) =>
    `(${Array.from({ length: columns }, (_, column) => `$${index * columns + column + 1}`).join(', ')})`;
  return `VALUES ${Array.from({ length: rows }, (_, index) => row(index)).join(', ')}`;
}

/** The same failures as those of a source, under the names of a sink. */
function recordsError(place: string, thrown: unknown): unknown {
  if (!(thrown instanceof PatronflowError)) return thrown;
  const code =
    thrown.kind === 'transient'
      ? 'RECORDS_BUSY'
      : thrown.kind === 'fatal'
        ? 'RECORDS_UNREACHABLE'
        : 'RECORDS_REFUSED';
  const hint = thrown.code === 'SOURCE_QUERY' ? sinkHint(thrown) : thrown.hint;
  return new PatronflowError(code, `Records cannot be written to ${place}. ${thrown.message}`, {
    hint,
    cause: thrown,
  });
}

/** What a table lacks that cannot take records, by SQLSTATE. */
function sinkHint({ cause, hint }: PatronflowError): string {
  const code = systemCode(cause);
  if (code === '42501') return 'Grant the user SELECT, INSERT and UPDATE on the table.';
  if (/^(22|23)/.test(code))
    return 'A column of the table does not accept the value: it may be too short, of another type, or NOT NULL. Records may have a null in every field but patron_id.';
  if (/^(42P01|42703|42P10|3F000)$/.test(code))
    return 'The table needs the columns of a record and a unique patron_id; records.postgres.create_table makes one.';
  return hint;
}
