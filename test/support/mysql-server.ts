import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import mysql from 'mysql2';
import type { Row } from '../../src/load/ports.ts';

export interface MysqlTable {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

export interface TestMysql {
  readonly port: number;
  /** Every statement that it was sent, in order. */
  readonly statements: string[];
  /** How many wait until they are killed. */
  readonly sleeping: number;
  /** Cuts every connection. */
  cut(): void;
  stop(): Promise<void>;
}

/** Of the driver's types, which know little of its server's side. */
interface Client {
  readonly stream: import('node:net').Socket;
  serverHandshake(hello: object): void;
  on(event: string, listener: (text: string) => void): void;
  writeOk(): void;
  writeError(error: { code: number; message: string }): void;
  writeColumns(columns: readonly object[]): void;
  writeTextRow(row: Row): void;
  writeEof(): void;
  sequenceId: number;
}

interface Login {
  readonly user: string;
  readonly database: string;
  readonly authPluginData1: Buffer;
  readonly authPluginData2: Buffer;
  readonly authToken: Buffer;
}

/** All that a server of MySQL 8 can do but TLS, compression, and answers without an end packet. */
const capabilityFlags = 0xffffff & ~0x800 & ~0x20;
const utf8 = 45;
const varString = 253;

/**
 * A server that speaks MySQL's protocol, by the driver's own half of it: no MySQL server comes from npm. It knows
 * tables by their names, `SLEEP()`, and how to kill what sleeps.
 */
export async function startMysql(
  account: { user: string; password: string; database: string },
  tables: Readonly<Record<string, MysqlTable>>,
): Promise<TestMysql> {
  const statements: string[] = [];
  const clients = new Map<number, Client>();
  const asleep = new Map<number, Client>();
  const stopped = new Set<number>();
  let count = 0;
  const server = mysql.createServer((connection) => {
    const client = connection as unknown as Client;
    count += 1;
    const id = count;
    clients.set(id, client);
    client.on('error', () => {});
    client.stream.on('close', () => {
      clients.delete(id);
      asleep.delete(id);
    });
    client.serverHandshake({
      ...{ protocolVersion: 10, serverVersion: '8.0.36', connectionId: id, statusFlags: 2 },
      ...{ characterSet: utf8, capabilityFlags },
      authCallback: (login: Login, decide: (error: null, refusal?: object) => void) => {
        decide(null, refusalOf(account, login));
        client.sequenceId = 0;
      },
    });
    client.on('stmt_prepare', (sql) => {
      statements.push(sql);
      ok(client);
    });
    client.on('query', (sql) => {
      statements.push(sql);
      answer(id, client, sql);
    });
  });

  const answer = (id: number, client: Client, sql: string): void => {
    const [, killed] = /^KILL QUERY (\d+)$/.exec(sql) ?? [];
    if (killed) {
      stopped.add(Number(killed));
      const sleeper = asleep.get(Number(killed));
      if (sleeper) fail(sleeper, interrupted);
      asleep.delete(Number(killed));
      return ok(client);
    }
    stopped.delete(id);
    if (/^START TRANSACTION/.test(sql)) return ok(client);
    if (/VERSION\(\)/.test(sql)) return void send(client, { columns: ['VERSION()'], rows: [['8.0.36']] });
    if (/SLEEP\(/.test(sql)) return void asleep.set(id, client);
    const [, name = ''] = /.* FROM (\w+)/s.exec(sql) ?? [];
    const table = tables[name];
    if (!table) return fail(client, { code: 1146, message: `Table 'warehouse.${name}' doesn't exist` });
    const rows = /LIMIT 0$/.test(sql) ? [] : table.rows;
    return void send(client, { ...table, rows }, () => stopped.has(id));
  };

  const { _server: listening } = server as unknown as { _server: import('node:net').Server };
  await once(listening.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    statements,
    get sleeping() {
      return asleep.size;
    },
    cut() {
      for (const client of clients.values()) client.stream.resetAndDestroy();
    },
    async stop() {
      for (const client of clients.values()) client.stream.destroy();
      await new Promise((resolve) => listening.close(resolve));
    },
  };
}

const interrupted = { code: 1317, message: 'Query execution was interrupted' };

// The packets of each command and of its answer are counted from 0, which is left to those who write a server.
function ok(client: Client): void {
  client.writeOk();
  client.sequenceId = 0;
}

function fail(client: Client, error: { code: number; message: string }): void {
  client.writeError(error);
  client.sequenceId = 0;
}

/** Sends no faster than its reader reads, and no more once it was killed. */
async function send(client: Client, { columns, rows }: MysqlTable, isKilled = () => false): Promise<void> {
  client.writeColumns(
    columns.map((name) => ({
      ...{ catalog: 'def', schema: '', table: '', orgTable: '', name, orgName: name },
      ...{ characterSet: utf8, columnLength: 1000, columnType: varString, flags: 0, decimals: 0 },
    })),
  );
  for (const [at, row] of rows.entries()) {
    client.writeTextRow(row);
    if (at % 500 > 0) continue;
    // The system's buffers take as much as the whole table: a reader that pauses would not be noticed.
    await new Promise((resolve) => setImmediate(resolve));
    if (client.stream.writableNeedDrain) await once(client.stream, 'drain').catch(() => {});
    if (client.stream.destroyed) return;
    if (isKilled()) return fail(client, interrupted);
  }
  client.writeEof();
  client.sequenceId = 0;
}

/** The scheme of `mysql_native_password`: the server knows a hash of the hash of the password. */
function refusalOf(account: { user: string; password: string; database: string }, login: Login) {
  const sha1 = (...parts: (Buffer | string)[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest();
  const stage = sha1(account.password);
  const mask = sha1(login.authPluginData1, login.authPluginData2.subarray(0, 12), sha1(stage));
  const expected = stage.map((byte, at) => byte ^ (mask[at] ?? 0));
  if (login.user !== account.user || Buffer.compare(expected, login.authToken) !== 0)
    return {
      code: 1045,
      message: `Access denied for user '${login.user}'@'localhost' (using password: YES)`,
    };
  if (login.database !== account.database)
    return { code: 1049, message: `Unknown database '${login.database}'` };
  return undefined;
}
