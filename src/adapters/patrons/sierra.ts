import { z } from 'zod';
import { safeText } from '../../core/safe-text.ts';
import { location, seconds, secret } from '../../core/settings.ts';
import type { DeletedPatron, PageRequest, PatronRow, PatronSource } from '../../poll/ports.ts';
import { patronSourceAdapter } from '../../poll/ports.ts';
import type { PostgresOptions } from '../clients/postgres.ts';
import { postgresOptions, postgresSettings } from '../clients/postgres.ts';
import { PostgresSession } from '../clients/postgres-session.ts';

export interface SierraOptions extends PostgresOptions {
  /** Zone in which days are counted, such as `America/New_York`, not that of the server. */
  readonly zone: string;
}

const columns = { new: 'creation_date_gmt', updated: 'record_last_updated_gmt' } as const;

export const sierraPatrons = patronSourceAdapter({
  system: 'sierra',
  options: z.strictObject({
    url: location
      .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
      .refine(URL.canParse, 'is not a URL; is the port a number?')
      .describe("Sierra's database, `postgres://host:1032/iii`."),
    user: z.string().optional().describe('The user of the database.'),
    password: secret.optional().describe('Its password; take it from a variable.'),
    connect_timeout_seconds: seconds(30, 600).describe('How long to wait for a connection.'),
    call_timeout_seconds: seconds(300, 86_400).describe(
      'How long one page may take; Sierra is slow where it has no index.',
    ),
    postgres: postgresSettings.prefault({}),
  }),
  create: ({ zone }, { url, user, password, postgres, ...timeouts }) =>
    createSierraPatrons({
      ...postgresOptions(
        {
          url,
          user,
          password,
          connectTimeoutMs: timeouts.connect_timeout_seconds * 1000,
          callTimeoutMs: timeouts.call_timeout_seconds * 1000,
        },
        postgres,
      ),
      zone,
    }),
});

/** Patrons from Sierra's PostgreSQL; https://techdocs.iii.com/sierradna describes its views. */
export function createSierraPatrons(options: SierraOptions): PatronSource {
  const session = new PostgresSession(options, 'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY');

  return {
    name: session.name,

    async check(signal) {
      const [version] = await session.query<[string]>('SHOW server_version', [], signal);
      // Asks for the names alone; a column that is missing, or may not be read, shows.
      for (const column of Object.values(columns))
        await session.query(activeQuery(column), noPage(options.zone), signal);
      await session.query(`EXPLAIN ${withoutDatesQuery}`, [], signal);
      await session.query(deletedQuery, ['0001-01-01', '0001-01-01', '-1', 0, options.zone], signal);
      return `Successfully connected to Sierra on PostgreSQL version: ${safeText(String(version?.[0]))}`;
    },

    async clock(signal) {
      const [row] = await session.query<[string]>(
        'SELECT extract(epoch FROM clock_timestamp())::text',
        [],
        signal,
      );
      return new Date(Number(row?.[0]) * 1000);
    },

    async withoutDates(signal) {
      const [row] = await session.query<[string]>(withoutDatesQuery, [], signal);
      return Number(row?.[0]);
    },

    async active(mode, page, signal) {
      const rows = await session.query<ActiveRow>(
        activeQuery(columns[mode]),
        [utc(page.after.at), utc(page.before), ...idAndLimit(page), options.zone],
        signal,
      );
      return rows.map(patronOf);
    },

    async inRange({ after, through, before, limit }, signal) {
      const rows = await session.query<ActiveRow>(
        rangeQuery,
        [after === '' ? '-1' : after, through, utc(before), limit, options.zone],
        signal,
      );
      return rows.map(patronOf);
    },

    async rangeEnds(before, size, signal) {
      const rows = await session.query<[string, string]>(rangeEndsQuery, [utc(before), size], signal);
      return { patrons: Number(rows.at(-1)?.[1] ?? 0), ends: rows.map(([id]) => id) };
    },

    async countsByDay(kind, { from, before }, signal) {
      const isCreated = kind === 'created';
      const rows = await session.query<[string, string]>(
        isCreated ? createdCountsQuery : deletedCountsQuery,
        isCreated ? [from, before, options.zone] : [from, before],
        signal,
      );
      return new Map(rows.map(([day, count]) => [day, Number(count)]));
    },

    async deleted(page, signal) {
      const rows = await session.query<[string, string, Text]>(
        deletedQuery,
        [page.after.at, page.before, ...idAndLimit(page), options.zone],
        signal,
      );
      return rows.map(([id, at, createdOn]): DeletedPatron => ({ id, at, createdOn }));
    },

    close: () => session.close(),
  };
}

type Text = string | null;
type ActiveRow = [
  id: string,
  at: string,
  createdAt: Text,
  updatedAt: Text,
  createdOn: Text,
  deletedOn: Text,
  activeOn: Text,
  patronType: number | null,
  pcode3: number | null,
  homeLibrary: Text,
  street: Text,
  city: Text,
  region: Text,
  postalCode: Text,
];

/** An instant as text, in UTC. */
const instant = (time: string) => `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`;

/** Runs `text` only for times that a calendar of four-digit years has. */
const ifOrdinary = (time: string, text: string) =>
  `CASE WHEN ${time} >= '0001-01-03' AND ${time} < '9999-12-30' THEN ${text} END`;

const localDay = (time: string) => ifOrdinary(time, `to_char(${time} AT TIME ZONE $5, 'YYYY-MM-DD')`);

/**
 * `$1`, `$2`: the window; `$3`: the id behind which the page begins at `$1`; `$4`: patrons; `$5`: the zone.
 * The last four columns of the order are there for addresses that share all that decides: the same one is taken
 * every time.
 */
const activeQuery = (column: string) =>
  rowsOfPage(`
    SELECT id, ${column} AS at, creation_date_gmt AS created,
      record_last_updated_gmt AS updated, deletion_date_gmt AS deleted
    FROM sierra_view.record_metadata
    WHERE record_type_code = 'p' AND ${column} >= $1::timestamptz AND ${column} < $2::timestamptz
      AND (${column} > $1::timestamptz OR id > $3::bigint)
    ORDER BY ${column}, id
    LIMIT $4::bigint`);

/** Patrons of a page with their addresses. */
function rowsOfPage(page: string): string {
  return `
  WITH page AS (${page})
  SELECT page.id::text, ${instant('page.at')}, ${ifOrdinary('page.created', instant('page.created'))},
    ${ifOrdinary('page.updated', instant('page.updated'))},
    ${localDay('page.created')}, ${ifOrdinary('page.deleted', "to_char(page.deleted, 'YYYY-MM-DD')")},
    ${localDay('patron.activity_gmt')}, patron.ptype_code, patron.pcode3,
    CASE WHEN trim(patron.home_library_code) NOT IN ('', 'none') THEN trim(patron.home_library_code) END,
    trim(address.addr1), trim(address.city), trim(address.region), trim(address.postal_code)
  FROM page
  LEFT JOIN sierra_view.patron_view AS patron ON patron.id = page.id
  LEFT JOIN sierra_view.patron_record_address AS address ON address.patron_record_id = page.id
  ORDER BY page.at, page.id, address.display_order, address.patron_record_address_type_id,
    address.addr1, address.city, address.region, address.postal_code`;
}

/** `infinity` is how some migrations say that a time is not known: no window of a poll would ever have it. */
const createdBefore = (parameter: string) =>
  `record_type_code = 'p' AND (creation_date_gmt < ${parameter}::timestamptz OR creation_date_gmt IS NULL
      OR creation_date_gmt = 'infinity')`;

/** `$1`, `$2`: the range; `$3`: the time; `$4`: patrons; `$5`: the zone. All rows have one time, so that their order is that of ids. */
const rangeQuery = rowsOfPage(`
    SELECT id, 'epoch'::timestamptz AS at, creation_date_gmt AS created,
      record_last_updated_gmt AS updated, deletion_date_gmt AS deleted
    FROM sierra_view.record_metadata
    WHERE ${createdBefore('$3')} AND id > $1::bigint AND id <= $2::bigint
    ORDER BY id
    LIMIT $4::bigint`);

/** `$1`: the time; `$2`: patrons of a range. One pass over the ids. */
const rangeEndsQuery = `
  SELECT id::text, number::text
  FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS number, count(*) OVER () AS patrons
    FROM sierra_view.record_metadata
    WHERE ${createdBefore('$1')}) AS numbered
  WHERE number % $2::bigint = 0 OR number = patrons
  ORDER BY numbered.id`;

/**
 * The order names the table: a bare `id` would be the text that is selected.
 * `$1`, `$2`: days; `$3`: the id behind which the page begins at `$1`; `$4`: patrons; `$5`: the zone.
 */
const deletedQuery = `
  SELECT record.id::text, to_char(record.deletion_date_gmt, 'YYYY-MM-DD'), ${localDay('record.creation_date_gmt')}
  FROM sierra_view.record_metadata AS record
  WHERE record_type_code = 'p' AND deletion_date_gmt >= $1::date AND deletion_date_gmt < $2::date
    AND (deletion_date_gmt > $1::date OR id > $3::bigint)
  ORDER BY record.deletion_date_gmt, record.id
  LIMIT $4::bigint`;

const withoutDatesQuery = `
  SELECT count(*)
  FROM sierra_view.record_metadata
  WHERE record_type_code = 'p' AND deletion_date_gmt IS NULL
    AND (creation_date_gmt IS NULL OR creation_date_gmt = 'infinity')
    AND (record_last_updated_gmt IS NULL OR record_last_updated_gmt = 'infinity')`;

/** `$1`, `$2`: days; `$3`: the zone. The bounds are moments, so that an index on the column serves. */
const createdCountsQuery = `
  SELECT to_char(creation_date_gmt AT TIME ZONE $3, 'YYYY-MM-DD'), count(*)
  FROM sierra_view.record_metadata
  WHERE record_type_code = 'p' AND creation_date_gmt >= $1::timestamp AT TIME ZONE $3
    AND creation_date_gmt < $2::timestamp AT TIME ZONE $3
  GROUP BY 1`;

/** `$1`, `$2`: days. */
const deletedCountsQuery = `
  SELECT to_char(deletion_date_gmt, 'YYYY-MM-DD'), count(*)
  FROM sierra_view.record_metadata
  WHERE record_type_code = 'p' AND deletion_date_gmt >= $1::date AND deletion_date_gmt < $2::date
  GROUP BY 1`;

const noPage = (zone: string) => [utc('0001-01-01 00:00:00'), utc('0001-01-01 00:00:00'), '-1', 0, zone];

function utc(time: string): string {
  return `${time}+00`;
}

function idAndLimit({ after, limit }: PageRequest): [string, number] {
  return [after.id === '' ? '-1' : after.id, limit];
}

function patronOf(row: ActiveRow): PatronRow {
  const [
    id,
    at,
    createdAt,
    updatedAt,
    createdOn,
    deletedOn,
    activeOn,
    patronType,
    pcode3,
    homeLibrary,
    ...address
  ] = row;
  const [street, city, region, postalCode] = address;
  return {
    id,
    at,
    createdAt,
    updatedAt,
    createdOn,
    deletedOn,
    activeOn,
    patronType: numberOf(patronType),
    pcode3: numberOf(pcode3),
    homeLibrary,
    address: { street, city, region, postalCode },
  };
}

/** Codes are small integers in Sierra; a copy may keep them as numeric or text, which come as text. */
function numberOf(code: number | string | null): number | null {
  return code === null ? null : Number(code);
}
