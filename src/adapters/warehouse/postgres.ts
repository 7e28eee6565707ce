import { PatronflowError, systemCode } from '../../core/errors.ts';
import type { KnownAddress, PatronInfo, Warehouse } from '../../poll/ports.ts';
import { warehouseAdapter } from '../../poll/ports.ts';
import type { PostgresOptions } from '../clients/postgres.ts';
import { postgresOptions, postgresSchemes, postgresSettings } from '../clients/postgres.ts';
import { PostgresSession } from '../clients/postgres-session.ts';

export interface PostgresWarehouseOptions extends PostgresOptions {
  /** The table of records, with its schema if need be. */
  readonly table: string;
  /** A table that is not there counts as an empty one. */
  readonly mayBeMissing?: boolean | undefined;
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const noSuchTable = '42P01';

/** Keys of one query. Redshift takes 32,767 parameters and 16 MB; a thousand are looked up as fast as one. */
const keysPerQuery = 1000;

/** Redshift, too. */
export const postgresWarehouse = warehouseAdapter({
  system: 'postgres',
  forms: ['postgres://host:5439/database'],
  schemes: postgresSchemes,
  pattern: /^postgres(ql)?:\/\//,
  options: postgresSettings,
  create: (given, settings) =>
    createPostgresWarehouse({
      ...postgresOptions(given, settings),
      table: given.table,
      mayBeMissing: given.mayBeMissing,
    }),
});

/**
 * The warehouse in Redshift or PostgreSQL. Plain SELECTs with bound parameters: Redshift speaks the protocol of
 * PostgreSQL 8 and has no arrays, no DISTINCT ON and no unnest.
 */
export function createPostgresWarehouse(options: PostgresWarehouseOptions): Warehouse {
  const session = new PostgresSession(options, "SET datestyle TO 'ISO'");
  const { table, mayBeMissing = false } = options;
  const isNotThere = (thrown: unknown): boolean =>
    mayBeMissing && thrown instanceof PatronflowError && systemCode(thrown.cause) === noSuchTable;

  const rowsBy = async (
    key: 'address_hash' | 'patron_id',
    values: readonly string[],
    signal: AbortSignal,
  ): Promise<PatronInfo[]> => {
    const rows: PatronInfo[] = [];
    for (let start = 0; start < values.length; start += keysPerQuery) {
      const chunk = values.slice(start, start + keysPerQuery);
      const places = chunk.map((_, index) => `$${index + 1}`).join(', ');
      const question = `SELECT ${columns} FROM ${table} WHERE ${key} IN (${places})`;
      try {
        rows.push(...(await session.query<WarehouseRow>(question, chunk, signal)).map(infoOf));
      } catch (thrown) {
        if (!isNotThere(thrown)) throw thrown;
      }
    }
    return rows;
  };

  return {
    name: `${session.name}, table ${table}`,

    async check(signal) {
      try {
        await session.query(`SELECT ${columns} FROM ${table} WHERE patron_id = $1`, [''], signal);
        return `${table} has the columns of a record`;
      } catch (thrown) {
        if (!isNotThere(thrown)) throw thrown;
        return `${table} is not there yet; the first run makes it`;
      }
    },

    async byAddressHash(hashes, signal) {
      const known = new Map<string, KnownAddress>();
      const rows = await rowsBy('address_hash', hashes, signal);
      // A row with a tract before one without, even where it is older: the tract of an address does not wear off.
      rows.sort((a, b) => Number(b.geoid !== null) - Number(a.geoid !== null) || newestFirst(a, b));
      for (const { address_hash: hash, patron_id, geoid, initial_patron_home_library_code } of rows) {
        if (hash === null || known.has(hash)) continue;
        known.set(hash, { patronId: patron_id, geoid, initialHomeLibrary: initial_patron_home_library_code });
      }
      return known;
    },

    async countsByDay(kind, { from, before }, signal) {
      const column = kind === 'created' ? 'creation_date_et' : 'deletion_date_et';
      // The text of a day sorts as the day does, of a date and of a text.
      const day = `SUBSTRING(CAST(${column} AS VARCHAR), 1, 10)`;
      const question = `SELECT ${day}, COUNT(DISTINCT patron_id) FROM ${table} WHERE ${day} >= $1 AND ${day} < $2 GROUP BY 1`;
      try {
        const rows = await session.query<[string, string]>(question, [from, before], signal);
        return new Map(rows.map(([on, count]) => [on, Number(count)]));
      } catch (thrown) {
        if (!isNotThere(thrown)) throw thrown;
        return new Map();
      }
    },

    async countPatrons(signal) {
      try {
        const [row] = await session.query<[string]>(
          `SELECT COUNT(DISTINCT patron_id) FROM ${table}`,
          [],
          signal,
        );
        return Number(row?.[0]);
      } catch (thrown) {
        if (!isNotThere(thrown)) throw thrown;
        return 0;
      }
    },

    async byPatronId(patronIds, signal) {
      const patrons = new Map<string, PatronInfo>();
      const rows = await rowsBy('patron_id', patronIds, signal);
      for (const row of rows.sort(newestFirst)) {
        const { initial_patron_home_library_code: first, ...newest } = patrons.get(row.patron_id) ?? row;
        patrons.set(row.patron_id, {
          ...newest,
          initial_patron_home_library_code: first ?? row.initial_patron_home_library_code,
        });
      }
      return patrons;
    },

    close: () => session.close(),
  };
}

type Text = string | null;
type Code = number | string | null;
type WarehouseRow = [string, Text, Text, Text, Text, Text, Text, Code, Code, Text, Text];

/** Days may be kept as dates or as text. */
const columns = `patron_id, address_hash, postal_code, geoid, CAST(creation_date_et AS VARCHAR),
  CAST(deletion_date_et AS VARCHAR), CAST(circ_active_date_et AS VARCHAR), ptype_code, pcode3,
  patron_home_library_code, initial_patron_home_library_code`;

function infoOf(row: WarehouseRow): PatronInfo {
  const [patronId, addressHash, postalCode, geoid, created, deleted, active, type, pcode3, home, initial] =
    row;
  return {
    patron_id: patronId,
    address_hash: addressHash,
    postal_code: postalCode,
    geoid,
    creation_date_et: dayOf(created),
    deletion_date_et: dayOf(deleted),
    circ_active_date_et: dayOf(active),
    ptype_code: type === null ? null : Number(type),
    pcode3: pcode3 === null ? null : Number(pcode3),
    patron_home_library_code: home,
    initial_patron_home_library_code: initial,
  };
}

/** A column may be a timestamp; a day is what stands before its time. */
function dayOf(text: Text): Text {
  return text === null ? null : text.slice(0, 10);
}

/** The table has no time of its own: the latest activity tells the newest row, and the text decides between equals. */
function newestFirst(a: PatronInfo, b: PatronInfo): number {
  const ageOf = ({ circ_active_date_et, creation_date_et }: PatronInfo) =>
    `${circ_active_date_et ?? ''} ${creation_date_et ?? ''}`;
  const [ageA, ageB] = [ageOf(a), ageOf(b)];
  if (ageA !== ageB) return ageA > ageB ? -1 : 1;
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
