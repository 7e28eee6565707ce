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
  /** Makes the table, with its key, where there is none. */
  readonly createTable: boolean;
}

/** Rows of one INSERT: eleven parameters each, of 65,535 that the protocol has. */
const rowsPerInsert = 1000;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const noSuchTable = '42P01';

const columns: readonly (keyof PatronInfo)[] = [
  'patron_id',
  'address_hash',
  'postal_code',
  'geoid',
  'creation_date_et',
  'deletion_date_et',
  'circ_active_date_et',
  'ptype_code',
  'pcode3',
  'patron_home_library_code',
  'initial_patron_home_library_code',
];

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
  create: ({ url }, { table: name, create_table: createTable, user, password, ...settings }) =>
    createPostgresRecords({
      ...postgresOptions({ url, user, password, ...timeouts }, settings),
      table: name,
      createTable,
    }),
});

/** One batch of ten thousand rows takes seconds; a minute of nothing is a lock. */
const timeouts = { connectTimeoutMs: 30_000, callTimeoutMs: 60_000 };

/** Records into a table of PostgreSQL, one row a patron; a batch as a whole or not at all. */
export function createPostgresRecords(options: PostgresRecordsOptions): RecordSink {
  const { table, createTable } = options;
  const session = new PostgresSession(options, 'SELECT 1');
  const name = `${session.name}, table ${table}`;
  let isMade = !createTable;

  const make = async (): Promise<void> => {
    if (isMade) return;
    const index = `${table.split('.').at(-1)}_address_hash`;
    await session.query(createStatement(table), []);
    await session.query(`CREATE INDEX IF NOT EXISTS ${index} ON ${table} (address_hash)`, []);
    isMade = true;
  };

  return {
    name,

    async check(signal) {
      try {
        // Plans what is to be done and does nothing: columns, key and rights show.
        const nothing = `SELECT ${columns.join(', ')} FROM ${table} WHERE false`;
        await session.query(`EXPLAIN ${upsertStatement(table, nothing)}`, [], signal);
        return `${table} has the columns of a record`;
      } catch (thrown) {
        const isMissing = thrown instanceof PatronflowError && systemCode(thrown.cause) === noSuchTable;
        if (isMissing && createTable) return `${table} is not there yet; the first run makes it`;
        throw recordsError(name, thrown);
      }
    },

    async write(records) {
      // One row a patron: a statement that met a patron twice would be refused as a whole.
      const infos = [...new Map(records.map(({ info }) => [info.patron_id, info])).values()];
      try {
        await retry(persistentRetry, async () => {
          await make();
          await session.transaction(async (ask) => {
            for (let start = 0; start < infos.length; start += rowsPerInsert) {
              const chunk = infos.slice(start, start + rowsPerInsert);
              const values = chunk.flatMap((info) => columns.map((column) => info[column]));
              await ask(upsertStatement(table, parameters(chunk.length)), values);
            }
          });
        });
      } catch (thrown) {
        throw recordsError(name, thrown);
      }
    },

    close: () => session.close(),
  };
}

function createStatement(table: string): string {
  const types: Partial<Record<keyof PatronInfo, string>> = {
    patron_id: 'text PRIMARY KEY',
    creation_date_et: 'date',
    deletion_date_et: 'date',
    circ_active_date_et: 'date',
    ptype_code: 'integer',
    pcode3: 'integer',
  };
  const definitions = columns.map((column) => `${column} ${types[column] ?? 'text'}`);
  return `CREATE TABLE IF NOT EXISTS ${table} (${definitions.join(', ')})`;
}

/** @param rows what gives the rows, in the order of `columns` */
function upsertStatement(table: string, rows: string): string {
  const updates = columns.slice(1).map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${table} (${columns.join(', ')})
    ${rows}
    ON CONFLICT (patron_id) DO UPDATE SET ${updates.join(', ')}`;
}

/** Parameters take the types of the columns, so a table of somebody else's may keep days as dates or as text. */
function parameters(rows: number): string {
  const row = (index: number) =>
    `(${columns.map((_, column) => `$${index * columns.length + column + 1}`).join(', ')})`;
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
  const hint =
    thrown.code === 'SOURCE_QUERY'
      ? 'The table needs the eleven columns of a record and a unique patron_id; records.postgres.create_table makes one.'
      : thrown.hint;
  return new PatronflowError(code, `Records cannot be written to ${place}. ${thrown.message}`, {
    hint,
    cause: thrown,
  });
}
