import { vi } from 'vitest';
import { createMysqlRows } from '../../src/adapters/rows/mysql.ts';
import { startMariadb } from './mariadb.ts';
import { startMysql } from './mysql-server.ts';
import { columns, people, type RowsBench } from './rows-benches.ts';

const account = { user: 'reader', password: 'warehouse-secret-4711', database: 'warehouse' };

/** A server that speaks the protocol, with tables of its own; test/support/mariadb.ts starts a real one at night. */
export async function mysqlBench(): Promise<RowsBench> {
  const mysql = await startMysql(account, {
    staff: { columns, rows: people },
    empty_group: { columns, rows: [] },
  });
  const { user, password } = account;
  const open = (options: { url?: string; password?: string } = {}) =>
    createMysqlRows({
      ...{ url: `mysql://127.0.0.1:${mysql.port}/warehouse`, user, password, tls: 'verify-full' },
      ...{ connectTimeoutMs: 10_000, callTimeoutMs: 60_000 },
      ...options,
    });
  return {
    batchSize: 1_000,
    open: () => open(),
    broken: async () => [
      { what: 'a wrong password', adapter: open({ password: 'guessed-secret' }), code: 'SOURCE_LOGIN' },
      {
        what: 'a database that is not there',
        adapter: open({ url: `mysql://127.0.0.1:${mysql.port}/no_such_database` }),
        code: 'SOURCE_MISSING',
      },
    ],
    at: (port) => open({ url: `mysql://127.0.0.1:${port}/warehouse` }),
    cut: async () => mysql.cut(),
    slow: {
      relation: { group: 'staff', query: 'SELECT SLEEP(50) AS waited' },
      untilAsked: () => vi.waitUntil(() => mysql.sleeping === 1, 10_000),
    },
    traces: async () =>
      mysql.statements.filter((sql) => !/^(SELECT|SET|START TRANSACTION|KILL QUERY)/.test(sql)),
    secrets: [password, 'guessed-secret'],
    stop: () => mysql.stop(),
  };
}

/** The same on a real server. */
export async function mariadbBench(): Promise<RowsBench> {
  const mariadb = await startMariadb();
  await mariadb.query('CREATE TABLE staff (id int, name varchar(40), barcode varchar(20))');
  await mariadb.query('CREATE TABLE empty_group LIKE staff');
  const values = people.map(
    (row) => `(${row.map((value) => (value === null ? 'NULL' : `'${value}'`)).join(', ')})`,
  );
  await mariadb.query(`INSERT INTO staff VALUES ${values.join(', ')}`);
  const { user, password } = mariadb;
  const open = (options: { url?: string; password?: string } = {}) =>
    createMysqlRows({
      ...{ url: `mysql://127.0.0.1:${mariadb.port}/warehouse`, user, password, tls: 'no-verify' },
      ...{ connectTimeoutMs: 10_000, callTimeoutMs: 60_000 },
      ...options,
    });
  const asleep = "SELECT 1 FROM information_schema.processlist WHERE state = 'User sleep'";
  return {
    batchSize: 1_000,
    open: () => open(),
    broken: async () => [
      { what: 'a wrong password', adapter: open({ password: 'guessed-secret' }), code: 'SOURCE_LOGIN' },
      {
        what: 'a database that is not there',
        adapter: open({ url: `mysql://127.0.0.1:${mariadb.port}/no_such_database` }),
        code: 'SOURCE_LOGIN',
      },
    ],
    at: (port) => open({ url: `mysql://127.0.0.1:${port}/warehouse` }),
    // The system's buffers hold all of the table before the connection is cut; test/adapters has a larger one.
    cut: null,
    slow: {
      relation: { group: 'staff', query: 'SELECT SLEEP(50) AS waited' },
      untilAsked: () => vi.waitUntil(async () => (await mariadb.query(asleep)).length === 1, 10_000),
    },
    traces: () => mariadb.query('CHECKSUM TABLE staff, empty_group'),
    secrets: [password, 'guessed-secret'],
    stop: () => mariadb.stop(),
  };
}
