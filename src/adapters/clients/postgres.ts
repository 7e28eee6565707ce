import type pg from 'pg';
import { z } from 'zod';
import { type ErrorMeaning, explained, unreachableCodes } from '../../core/error-table.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { isLoopback } from '../../core/loopback.ts';
import type { DatabaseSettings } from '../../core/ports.ts';
import { path, type TlsMode, tlsMode } from '../../core/settings.ts';
import { urlPart } from '../../core/url-part.ts';
import { readAuthority } from './authority.ts';

export interface PostgresOptions {
  /** `postgres://host:port/database`; user and password may stand in it or beside it, and `?sslmode=` goes before `tls`. */
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Without it `verify-full`, and on this machine what the server offers. */
  readonly tls?: TlsMode | undefined;
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile?: string | undefined;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
}

/** How a PostgreSQL server is reached, for all that is asked of it. */
export const postgresSettings = z.strictObject({
  tls: tlsMode
    .optional()
    .describe(
      '`verify-full` checks the certificate and the host name; `no-verify` only encrypts; `disable` does not even encrypt. `?sslmode=` in the URL takes precedence. Default `verify-full`; a server on this machine that offers no TLS is used without it.',
    ),
  ca_file: path.optional().describe("Certificate of the authority that signed the server's, in PEM form."),
});

/** The schemes of its URLs. */
export const postgresSchemes = ['postgres', 'postgresql'] as const;

/** The options of a connection. */
export function postgresOptions(
  { url, user, password, connectTimeoutMs, callTimeoutMs }: DatabaseSettings,
  { tls, ca_file: caFile }: z.output<typeof postgresSettings>,
): PostgresOptions {
  return { url, user, password, tls, caFile, connectTimeoutMs, callTimeoutMs };
}

/** How libpq's `sslmode` reads here; its modes that would go on without TLS when it is refused do not. */
const sslModes: Readonly<Record<string, TlsMode>> = {
  disable: 'disable',
  allow: 'no-verify',
  prefer: 'no-verify',
  require: 'no-verify',
  'no-verify': 'no-verify',
  'verify-ca': 'verify-full',
  'verify-full': 'verify-full',
};

/** How long the end of a call may lie behind the server's own time-out: an answer that is later got lost. */
const graceMs = 10_000;

/** The server and the database, without user and password, for messages. */
export function postgresPlace(url: string): string {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
}

/**
 * Opens a connection. A server on this machine that offers no TLS is talked to without, unless TLS is asked for: nothing
 * leaves the machine.
 * @throws PatronflowError
 */
export async function connectPostgres(
  options: PostgresOptions,
  types?: pg.CustomTypesConfig,
): Promise<pg.Client> {
  const place = postgresPlace(options.url);
  const asked = modeOf(options);
  const { default: driver } = await import('pg');
  const connect = async (mode: TlsMode): Promise<pg.Client> => {
    const ssl = await tlsOptions(mode, options.caFile);
    const client = new driver.Client({ ...connectionOf(options), ssl, ...(types && { types }) });
    // A connection that is lost between two queries must not end the process; the next query reports it.
    client.on('error', () => {});
    try {
      await client.connect();
      // Not among the parameters of the connection, which poolers such as PgBouncer and RDS Proxy refuse.
      await answered(client, options, client.query(`SET statement_timeout TO ${options.callTimeoutMs}`));
      return client;
    } catch (error) {
      await endPostgres(client);
      const offersNone =
        error instanceof Error && error.message === 'The server does not support SSL connections';
      if (offersNone && isLoopback(options.url) && asked === undefined && mode !== 'disable')
        return connect('disable');
      throw postgresError(place, error);
    }
  };
  return connect(asked ?? 'verify-full');
}

/** Where and how, but for TLS. */
function connectionOf({ url, user, password, connectTimeoutMs }: PostgresOptions): pg.ClientConfig {
  const address = new URL(url);
  return {
    host: address.hostname,
    port: Number(address.port || 5432),
    database: urlPart(address.pathname.slice(1)) || undefined,
    // What stands in the URL belongs to it; what stands beside it may be meant for another source.
    user: urlPart(address.username) || user,
    password: urlPart(address.password) || password,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'patronflow',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/**
 * Several connections for a library that asks for a pool. A first one shows whether the server can be reached, and with which TLS.
 * @param schema what unqualified names are looked up in
 * @throws PatronflowError
 */
export async function postgresPool(options: PostgresOptions, schema: string, max: number): Promise<pg.Pool> {
  const { default: driver } = await import('pg');
  const first = await connectPostgres(options);
  const ssl = (first as unknown as { ssl: pg.ClientConfig['ssl'] }).ssl;
  await endPostgres(first);
  const { callTimeoutMs: query_timeout } = options;
  return new driver.Pool({
    ...{ ...connectionOf(options), ssl, max, query_timeout },
    options: `-c search_path=${schema}`,
  });
}

/**
 * Waits for the answer to a call, and breaks the connection off where none comes. The server itself ends a call that
 * takes too long. But where a network swallows everything, no message of the server would ever arrive.
 */
export async function answered<T>(
  client: pg.Client,
  { callTimeoutMs }: Pick<PostgresOptions, 'callTimeoutMs'>,
  answer: Promise<T>,
): Promise<T> {
  const silence = setTimeout(() => {
    client.connection.stream.destroy(
      new Error('Connection terminated by patronflow: the server stopped responding'),
    );
  }, callTimeoutMs + graceMs);
  try {
    return await answer;
  } finally {
    clearTimeout(silence);
  }
}

/** Closes the connection, and does not wait long for a server that may be gone. */
export async function endPostgres(client: pg.Client): Promise<void> {
  await answered(client, { callTimeoutMs: 0 }, client.end()).catch(() => {});
}

/** The mode that is asked for; undefined where none is. */
function modeOf({ url, tls }: PostgresOptions): TlsMode | undefined {
  const asked = new URL(url).searchParams.get('sslmode');
  // A variable that is not set leaves nothing behind `sslmode=`.
  if (asked === null || asked === '') return tls;
  if (Object.hasOwn(sslModes, asked)) return sslModes[asked];
  throw new PatronflowError(
    'CONFIG_INVALID',
    `The sslmode in the URL of ${postgresPlace(url)} is not a mode.`,
    {
      hint: `It is one of ${Object.keys(sslModes).join(', ')}.`,
    },
  );
}

async function tlsOptions(
  tls: TlsMode,
  caFile: string | undefined,
): Promise<false | { rejectUnauthorized: boolean; ca?: string }> {
  if (tls === 'disable') return false;
  const ca = await readAuthority(caFile);
  return { rejectUnauthorized: tls === 'verify-full', ...(ca && { ca }) };
}

/** What PostgreSQL's error classes mean for a run; https://www.postgresql.org/docs/current/errcodes-appendix.html */
const meanings: readonly ErrorMeaning[] = [
  {
    codes: /^28/,
    texts: /password must be a string/,
    code: 'SOURCE_LOGIN',
    message: '{place} refuses the user or the password ({reason}).',
    hint: 'Check both; passwords of warehouses often change once a year.',
  },
  {
    codes: /^3D000$/,
    code: 'SOURCE_MISSING',
    message: '{place} does not exist on that server.',
    hint: 'Check the name of the database.',
  },
  {
    codes: /^57014$/,
    code: 'SOURCE_LOST',
    message: 'A query took too long at {place}{group}.',
    hint: 'Raise its call_timeout_seconds, or ask for an index.',
  },
  {
    codes: /^53300$/,
    code: 'SOURCE_LOST',
    message: '{place} has no free connection (53300).',
    hint: "Run again later. If this happens often, raise the server's connection limit or run fewer programs at once.",
  },
  // The server goes away, lacks memory or room, or gives the transaction up.
  {
    codes: /^(57P0[1235]|08|40|53|55|58|25P|XX|ECONNRESET$|EPIPE$)/,
    texts: /connection terminated|not queryable/i,
    code: 'SOURCE_LOST',
    message: 'The connection to {place} was lost{group}.',
    hint: 'Run again.',
  },
  // Every other SQLSTATE is about the query.
  {
    codes: /^(?=.*\d)[0-9A-Z]{5}$/,
    code: 'SOURCE_QUERY',
    message: '{place} cannot run the query{group} ({reason}).',
    hint: 'Check the names of the table and its columns, and that the user may read them.',
  },
  {
    codes: new RegExp(`${unreachableCodes.source}|^ETIMEDOUT$`),
    texts: /timeout/i,
    code: 'SOURCE_UNREACHABLE',
    message: '{place} cannot be reached{because}.',
    hint: 'Check host, port and firewall, and whether the database is up.',
  },
  {
    texts: /SSL|certificate|CERT|SELF_SIGNED|self-signed/i,
    code: 'SOURCE_UNREACHABLE',
    message: 'No trusted TLS connection to {place} ({tls}).',
    hint: "Set ca_file to the certificate of the server's CA, or choose another mode deliberately: `?sslmode=` in the URL, or tls.",
  },
];

/** Turns an error of the driver into ours; what is none of the server's stays what it is. */
export function postgresError(place: string, error: unknown, group?: string): unknown {
  const reason = systemCode(error);
  const words = {
    place,
    reason,
    because: reason && ` (${reason})`,
    tls: reason || 'the server does not offer TLS',
    group: group ? ` for group ${group}` : '',
  };
  return explained(meanings, error, { words }) ?? error;
}
