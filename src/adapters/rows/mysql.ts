import { isIP } from 'node:net';
import type { FieldPacket } from 'mysql2';
import { z } from 'zod';
import { isLoopback } from '../../core/loopback.ts';
import { numberText } from '../../core/row-text.ts';
import { path, tlsMode } from '../../core/settings.ts';
import type { RowBatch, RowSource } from '../../load/ports.ts';
import { rowSourceAdapter } from '../../load/ports.ts';
import {
  Answer,
  answerTo,
  connectMysql,
  hostOf,
  type MysqlOptions,
  type MysqlSession,
  mysqlError,
  mysqlPlace,
} from '../clients/mysql.ts';
import { queryOf } from '../clients/sql.ts';

/** How long a query that was cancelled may take to end, before its connection is given up. */
const graceMs = 10_000;

/** One moment for all groups, in which nothing can be changed; times in UTC under any settings of the server. */
const preparations = [
  // A server hangs up on a reader that pauses for longer than this; its default is a minute.
  "SET time_zone = '+00:00', net_write_timeout = 3600",
  'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
];

export const mysqlRows = rowSourceAdapter({
  system: 'mysql',
  forms: ['mysql://host:3306/database'],
  schemes: ['mysql', 'mariadb'],
  pattern: /^(mysql|mariadb):\/\//,
  options: z.strictObject({
    tls: tlsMode
      .default('verify-full')
      .describe(
        '`verify-full` checks the certificate and the host name; `no-verify` only encrypts; `disable` does not even encrypt. A server on this machine that offers no TLS is used without it.',
      ),
    ca_file: path.optional().describe("Certificate of the authority that signed the server's, in PEM form."),
  }),
  problems: ({ url = '' }, { tls = 'verify-full' }) =>
    tls === 'verify-full' && isIP(hostOf(url)) && !isLoopback(url)
      ? [{ key: 'url', message: 'needs a host name where the certificate is checked, not an address' }]
      : [],
  create: (given, { tls, ca_file: caFile }) => createMysqlRows({ ...given, tls, caFile }),
});

/** Rows from MySQL or MariaDB, streamed in one read-only snapshot: the groups of a run see the same moment. */
export function createMysqlRows(options: MysqlOptions): RowSource {
  const place = mysqlPlace(options.url);
  let session: MysqlSession | null = null;

  const connected = async (): Promise<MysqlSession> => {
    if (session) return session;
    const opened = await connectMysql(options);
    try {
      for (const sql of preparations) await answerTo(opened, sql, options.callTimeoutMs);
      session = opened;
      return opened;
    } catch (error) {
      opened.socket.destroy();
      throw mysqlError(place, error);
    }
  };

  /** Asks the server to break off a query, over a second connection. */
  const cancel = async ({ connection }: MysqlSession): Promise<void> => {
    const second = await connectMysql(options);
    try {
      await answerTo(second, `KILL QUERY ${connection.threadId}`, graceMs);
    } finally {
      second.socket.destroy();
    }
  };

  return {
    name: place,

    async check() {
      const opened = await connected();
      try {
        const { rows } = await answerTo(opened, 'SELECT VERSION()', options.callTimeoutMs);
        const version = String(rows[0]?.[0]);
        const product = /mariadb/i.test(version) ? 'MariaDB' : 'MySQL';
        return `Successfully connected to ${product} version: ${version}`;
      } catch (error) {
        throw mysqlError(place, error);
      }
    },

    async columns(relation) {
      const opened = await connected();
      try {
        // The line break ends a comment that may end the query.
        const sql = `SELECT * FROM (${queryOf(relation)}\n) AS relation LIMIT 0`;
        const { fields } = await answerTo(opened, sql, options.callTimeoutMs);
        return fields.map(({ name }) => name);
      } catch (error) {
        throw mysqlError(place, error, relation.group);
      }
    },

    async *rows(relation, signal): AsyncIterable<RowBatch> {
      const opened = await connected();
      signal.throwIfAborted();
      const answer = new Answer(opened, queryOf(relation));
      const stop = () => answer.stop(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      try {
        for (;;) {
          signal.throwIfAborted();
          const values = await answer.next(options.callTimeoutMs);
          if (values.length === 0) return;
          yield { rows: values.map((row) => answer.fields.map((field, at) => textOf(field, row[at]))) };
        }
      } catch (error) {
        throw signal.aborted ? signal.reason : mysqlError(place, error, relation.group);
      } finally {
        signal.removeEventListener('abort', stop);
        // The server sends what is left of an answer before it hears the next query.
        if (!answer.hasEnded) {
          answer.stop();
          await cancel(opened).catch(() => {});
          if (!(await answer.endsWithin(graceMs))) opened.socket.destroy();
        }
      }
    },

    async close() {
      session?.connection.destroy();
      session?.socket.destroySoon();
      session = null;
    },
  };
}

/** Numbers of types of columns; https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const types = { float: 4, double: 5, timestamp: 7, date: 10, datetime: 12, bit: 16, json: 245 } as const;
/** Texts and blobs are of one type; the character set `binary` tells bytes. Numbers and dates have it too. */
const isTextOrBytes = (type: number) => type === 15 || (type >= 249 && type <= 255);
const binary = 63;

/** MySQL's text of a value, in the one form that all sources share. */
function textOf(
  { columnType = 0, characterSet }: FieldPacket,
  value: Buffer | null | undefined,
): string | null {
  if (!value) return null;
  if (columnType === types.bit) return BigInt(`0x${value.toString('hex')}`).toString();
  if (characterSet === binary && isTextOrBytes(columnType)) return value.toString('hex');
  const text = value.toString('utf8');
  switch (columnType) {
    case types.float:
    case types.double:
      return numberText(text);
    case types.date:
    case types.datetime:
    case types.timestamp: {
      // What MySQL calls a zero date says that there is none.
      if (text.startsWith('0000-00-00')) return null;
      const time = text.slice(0, 19).replace(' ', 'T');
      return columnType === types.timestamp ? `${time}Z` : time;
    }
    default:
      return text;
  }
}
