import { connect as connectSocket, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Connection, FieldPacket } from 'mysql2';
import { type ErrorMeaning, explained, unreachableCodes } from '../../core/error-table.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { isLoopback } from '../../core/loopback.ts';
import type { DatabaseSettings } from '../../core/ports.ts';
import type { TlsMode } from '../../core/settings.ts';
import { urlPart } from '../../core/url-part.ts';
import { readAuthority } from './authority.ts';

export interface MysqlOptions extends DatabaseSettings {
  readonly tls: TlsMode;
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile?: string | undefined;
}

/** Rows of one batch, as of the other databases. */
const batchSize = 1000;

export interface MysqlSession {
  readonly connection: Connection;
  /** Its socket: the driver itself ends connections politely, which a silent server never answers. */
  readonly socket: Socket;
}

/** The values of a row as the server sends them. */
export type MysqlRow = readonly (Buffer | null)[];

/** The server and the database, without user and password, for messages. */
export function mysqlPlace(url: string): string {
  const { host, pathname } = new URL(url);
  return `mysql://${host}${pathname}`;
}

/** The answer to a query as it arrives. No more is read from the network than is asked for. */
export class Answer {
  fields: readonly FieldPacket[] = [];
  hasEnded = false;
  readonly #stream: Readable;
  readonly #rows: AsyncIterator<MysqlRow>;
  readonly #end: Promise<void>;

  constructor({ connection }: MysqlSession, sql: string) {
    let lost: Error | undefined;
    let stream: Readable | undefined;
    let finish = () => {};
    const lose = (error: Error) => {
      lost = error;
      stream?.destroy(error);
      finish();
    };
    this.#end = new Promise((resolve) => {
      finish = () => {
        connection.off('error', lose);
        this.hasEnded = true;
        resolve();
      };
    });
    // A lost connection is told to the connection alone, and before the query is made where it was lost earlier.
    connection.on('error', lose);
    const query = connection.query({ sql, rowsAsArray: true, typeCast: false });
    query.on('fields', (fields: readonly FieldPacket[] = []) => {
      this.fields = fields;
    });
    // The stream tells it; once that was stopped, it must still not be unheard.
    query.on('error', () => {});
    query.on('end', finish);
    stream = query.stream({ highWaterMark: batchSize });
    if (lost) stream.destroy(lost);
    this.#stream = stream;
    this.#rows = stream[Symbol.asyncIterator]();
  }

  /** The next batch; empty at the end. Gives up where it takes too long. */
  async next(timeoutMs: number): Promise<readonly MysqlRow[]> {
    const rows: MysqlRow[] = [];
    const silence = setTimeout(() => this.stop(new TookTooLong()), timeoutMs);
    try {
      while (rows.length < batchSize) {
        const { done, value } = await this.#rows.next();
        if (done) break;
        // A statement that is no query has an answer without columns.
        if (this.fields.length > 0) rows.push(value);
      }
      return rows;
    } finally {
      clearTimeout(silence);
    }
  }

  /** Reads what is left, and forgets it. */
  stop(reason?: Error): void {
    this.#stream.destroy(reason);
  }

  /** Whether the server has sent all of it, after a while at most. */
  async endsWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const given = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.#end, given]);
    clearTimeout(timer);
    return this.hasEnded;
  }
}

class TookTooLong extends Error {
  readonly code = 'TOOK_TOO_LONG';
}

/** The answer to a small query. A server that does not give it in time is not asked again. */
export async function answerTo(
  { connection, socket }: MysqlSession,
  sql: string,
  timeoutMs: number,
): Promise<{ rows: readonly MysqlRow[]; fields: readonly FieldPacket[] }> {
  const answer = new Answer({ connection, socket }, sql);
  try {
    const rows = await answer.next(timeoutMs);
    return { rows, fields: answer.fields };
  } catch (error) {
    if (!answer.hasEnded) socket.destroy();
    throw error;
  }
}

/** Opens a connection. A server on this machine that offers no TLS is talked to without: nothing leaves the machine. */
export async function connectMysql(options: MysqlOptions): Promise<MysqlSession> {
  const place = mysqlPlace(options.url);
  const { createConnection } = await loadDriver();
  const address = new URL(options.url);
  const ca = await readAuthority(options.caFile);
  const open = async (tls: TlsMode): Promise<MysqlSession> => {
    const isVerified = tls === 'verify-full';
    const host = hostOf(options.url);
    const socket = connectSocket({
      host,
      port: Number(address.port || 3306),
      noDelay: true,
      keepAlive: true,
    });
    const connection = createConnection({
      stream: socket,
      // For the certificate.
      host,
      database: urlPart(address.pathname.slice(1)),
      // What stands in the URL belongs to it; what stands beside it may be meant for another source.
      user: urlPart(address.username) || options.user || '',
      password: urlPart(address.password) || options.password || '',
      charset: 'utf8mb4',
      connectTimeout: 0,
      ...(tls !== 'disable' && {
        ssl: { rejectUnauthorized: isVerified, verifyIdentity: isVerified, ...(ca && { ca }) },
      }),
    });
    // A connection that is lost between two queries must not end the process; the next query reports it.
    connection.on('error', () => {});
    const late = Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
    const silence = setTimeout(() => socket.destroy(late), options.connectTimeoutMs);
    try {
      await new Promise<void>((resolve, reject) => {
        connection.connect((error) => (error ? reject(error) : resolve()));
      });
      return { connection, socket };
    } catch (error) {
      socket.destroy();
      if (systemCode(error) === 'HANDSHAKE_NO_SSL_SUPPORT' && isLoopback(options.url)) return open('disable');
      throw mysqlError(place, error);
    } finally {
      clearTimeout(silence);
    }
  };
  return open(options.tls);
}

async function loadDriver(): Promise<typeof import('mysql2')> {
  return import('mysql2').then(
    ({ default: driver }) => driver,
    (cause) => {
      throw new PatronflowError(
        'SOURCE_CLIENT',
        'The package mysql2, which speaks to MySQL, is not installed.',
        {
          hint: 'Install it beside patronflow: npm install mysql2',
          cause,
        },
      );
    },
  );
}

/** A host name, or an address without the brackets of a URL. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
}

/** What MySQL's and its driver's names of errors mean; https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const meanings: readonly ErrorMeaning[] = [
  {
    codes:
      /^ER_(ACCESS_DENIED|DBACCESS_DENIED|ACCOUNT_HAS_BEEN_LOCKED|MUST_CHANGE_PASSWORD|HOST_NOT_PRIVILEGED|NOT_SUPPORTED_AUTH)|^AUTH_/,
    code: 'SOURCE_LOGIN',
    message: '{place} refuses the user or the password ({reason}).',
    hint: 'Check both, and that the user may come from this machine; passwords of warehouses often change once a year.',
  },
  {
    codes: /^ER_BAD_DB_ERROR$/,
    code: 'SOURCE_MISSING',
    message: '{place} does not exist on that server.',
    hint: 'Check the name of the database.',
  },
  {
    codes: /^(TOOK_TOO_LONG|ER_QUERY_INTERRUPTED|ER_QUERY_TIMEOUT|ER_1969|ER_LOCK_WAIT_TIMEOUT)$/,
    code: 'SOURCE_LOST',
    message: 'A query took too long at {place}{group}.',
    hint: 'Raise its call_timeout_seconds, or ask for an index.',
  },
  {
    codes: /^ER_(CON_COUNT_ERROR|TOO_MANY_USER_CONNECTIONS|USER_LIMIT_REACHED|OUT_OF_RESOURCES)$/,
    code: 'SOURCE_LOST',
    message: '{place} has no free connection ({reason}).',
    hint: "Run again later. If this happens often, raise the server's connection limit or run fewer programs at once.",
  },
  {
    codes: /^(ECONNRESET|EPIPE|PROTOCOL_\w+|ER_(SERVER_SHUTDOWN|1927|LOCK_DEADLOCK|DISK_FULL|\w*NET_\w+))$/,
    texts: /closed state|packets out of order/i,
    code: 'SOURCE_LOST',
    message: 'The connection to {place} was lost{group}.',
    hint: 'Run again.',
  },
  {
    codes: /^HANDSHAKE_/,
    code: 'SOURCE_UNREACHABLE',
    message: 'No trusted TLS connection to {place} ({reason}).',
    hint: "Set ca_file to the certificate of the server's CA, or choose another tls mode deliberately.",
  },
  {
    codes: new RegExp(`${unreachableCodes.source}|^ETIMEDOUT$|^ER_HOST_IS_BLOCKED$`),
    code: 'SOURCE_UNREACHABLE',
    message: '{place} cannot be reached ({reason}).',
    hint: 'Check host, port and firewall, and whether the database is up.',
  },
  {
    codes: /^ER_/,
    code: 'SOURCE_QUERY',
    message: '{place} cannot run the query{group} ({reason}).',
    hint: 'Check the names of the table and its columns, and that the user may read them.',
  },
];

/** Turns an error of the driver into ours; what is none of the server's stays what it is. */
export function mysqlError(place: string, error: unknown, group?: string): unknown {
  // The driver names MySQL's errors; MariaDB's own have only a number.
  const number =
    error instanceof Error && 'errno' in error && !('code' in error && error.code) ? error.errno : null;
  const named = number === null ? error : Object.assign(new Error(), { code: `ER_${number}`, cause: error });
  const words = { place, reason: systemCode(named), group: group ? ` for group ${group}` : '' };
  return explained(meanings, named, { words }) ?? error;
}
