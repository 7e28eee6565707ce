import dns from 'node:dns';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MysqlOptions } from '../../../src/adapters/clients/mysql.ts';
import { createMysqlRows, mysqlRows } from '../../../src/adapters/rows/mysql.ts';
import type { RowSource } from '../../../src/load/ports.ts';
import { certificateFiles } from '../../support/certificate.ts';
import { failureOf } from '../../support/failure.ts';
import { hasMariadb, startMariadb, type TestMariadb } from '../../support/mariadb.ts';
import { startMysql } from '../../support/mysql-server.ts';
import { never } from '../../support/never.ts';
import { isNightly } from '../../support/nightly.ts';
import { everyRow } from '../../support/rows.ts';

type Found = (error: null, addresses: { address: string; family: number }[]) => void;

const account = { user: 'reader', password: 'warehouse-secret-4711', database: 'warehouse' };
const times = { connectTimeoutMs: 2_000, callTimeoutMs: 10_000 };

describe('the settings of a MySQL source', () => {
  it('ask for a host name where the certificate is checked', () => {
    const problems = (url: string, tls: 'verify-full' | 'no-verify' = 'verify-full') =>
      mysqlRows.problems?.({ url }, { tls });

    expect(problems('mysql://10.1.2.3/warehouse')).toMatchObject([{ key: 'url' }]);
    expect(problems('mysql://[2001:db8::1]/warehouse')).toMatchObject([{ key: 'url' }]);
    expect(problems('mysql://10.1.2.3/warehouse', 'no-verify')).toEqual([]);
    expect(problems('mysql://127.0.0.1/warehouse')).toEqual([]);
    expect(problems('mysql://warehouse.example.edu/warehouse')).toEqual([]);
  });
});

describe('a MySQL source at a server without TLS', () => {
  it('speaks to this machine in clear, and cancels over a second connection what takes too long', async () => {
    const mysql = await startMysql(account, {});
    const url = `mysql://reader:warehouse-secret-4711@127.0.0.1:${mysql.port}/warehouse`;
    const source = createMysqlRows({ url, tls: 'verify-full', ...times, callTimeoutMs: 200 });

    const error = await failureOf(everyRow(source, { group: 'staff', query: 'SELECT SLEEP(50)' }), [
      account.password,
    ]);

    expect(error).toMatchObject({ code: 'SOURCE_LOST', message: expect.stringContaining('too long') });
    expect(error.message).toContain('for group staff');
    expect(mysql.statements.at(-1)).toBe('KILL QUERY 2');
    expect(mysql.sleeping).toBe(0);
    expect(await source.check(never)).toBe('Successfully connected to MySQL version: 8.0.36');
    await source.close();
    await mysql.stop();
  });
});

describe.runIf(isNightly && hasMariadb)('a MySQL source at a real MariaDB', () => {
  let mariadb: TestMariadb;
  const opened: RowSource[] = [];
  const open = (options: Partial<MysqlOptions> = {}) => {
    const { port, user, password } = mariadb;
    const url = `mysql://localhost:${port}/warehouse`;
    const caFile = certificateFiles.certificate;
    const source = createMysqlRows({ url, user, password, tls: 'verify-full', caFile, ...times, ...options });
    opened.push(source);
    return source;
  };
  const read = (query: string) => everyRow(open(), { group: 'staff', query });
  const ours = "FROM information_schema.processlist WHERE user = 'reader'";

  beforeAll(async () => {
    mariadb = await startMariadb();
    await mariadb.query(
      `CREATE TABLE many AS SELECT seq AS id, REPEAT('x', 1000) AS text FROM seq_1_to_100000`,
    );
  });
  afterEach(async () => {
    for (const source of opened.splice(0)) await source.close();
  });
  afterAll(() => mariadb.stop());

  it('makes one text of each kind of value under any settings of the server', async () => {
    await mariadb.query("SET GLOBAL time_zone = '-05:00'");
    await mariadb.query(
      `CREATE TABLE kinds (whole int, identifier bigint unsigned, amount decimal(5,2), large double, small double,
        half float, yes boolean, day date, clock datetime(3), instant timestamp, nothing text, blank varchar(9),
        name varchar(20), bytes varbinary(9), padded char(3), flags bit(9), kind enum('a', 'b'), zero date, year year)`,
    );
    await mariadb.query("SET sql_mode = '', time_zone = '-05:00'");
    await mariadb.query(
      `INSERT INTO kinds VALUES (42, 12345678901234567890, 0.10, 1e21, 1.5e-7, 0.5, true, '2026-02-03',
        '2026-02-03 04:05:06.789', '2026-02-03 04:05:06', NULL, '', 'Ünïcödé 李', x'6162', 'A', b'100000001', 'b',
        '0000-00-00', 2026)`,
    );

    const [row] = await read('SELECT * FROM kinds');

    expect(row).toEqual([
      ...['42', '12345678901234567890', '0.10', '1000000000000000000000', '0.00000015', '0.5', '1'],
      ...['2026-02-03', '2026-02-03T04:05:06', '2026-02-03T09:05:06Z', null, '', 'Ünïcödé 李', '6162', 'A'],
      ...['257', 'b', null, '2026'],
    ]);
    expect(
      await read(`SELECT JSON_OBJECT('a', 'é') AS json, TIME '04:05:06' AS time, 0.1e0 + 0.2e0 AS sum`),
    ).toEqual([['{"a": "é"}', '04:05:06', '0.30000000000000004']]);
  });

  it('finds the columns of a query that ends in a semicolon or in a comment', async () => {
    const columns = (query: string) => open().columns({ group: 'staff', query }, never);

    expect(await columns('SELECT 1 AS a, 2 AS b;\n')).toEqual(['a', 'b']);
    expect(await columns('SELECT 1 AS a, 2 AS b -- the last one')).toEqual(['a', 'b']);
    expect(await columns('WITH x AS (SELECT 1 AS a) SELECT * FROM x ORDER BY a')).toEqual(['a']);
    expect(await columns('SELECT * FROM many')).toEqual(['id', 'text']);
  });

  it('shows all groups of a run the same moment, and cannot change anything', async () => {
    await mariadb.query("CREATE TABLE state AS SELECT 'before' AS state");
    const source = open();
    const query = 'SELECT state FROM state';
    expect(await everyRow(source, { group: 'staff', query })).toEqual([['before']]);
    await mariadb.query("UPDATE state SET state = 'after'");

    expect(await everyRow(source, { group: 'students', query })).toEqual([['before']]);
    const change = "INSERT INTO state VALUES ('ours') RETURNING state";
    expect(await failureOf(everyRow(source, { group: 'staff', query: change }))).toMatchObject({
      code: 'SOURCE_QUERY',
    });
    expect(await mariadb.query(query)).toEqual([{ state: 'after' }]);
  });

  it('trusts the certificate that is configured, and the name that it is for', async () => {
    const encrypted = "SHOW SESSION STATUS LIKE 'Ssl_version'";
    expect(await read(encrypted)).toEqual([['Ssl_version', expect.stringMatching(/^TLSv1\.[23]$/)]]);
    const untrusted = await failureOf(open({ caFile: undefined }).check(never));
    expect(untrusted).toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(untrusted.message).toContain('No trusted TLS');
    const careless = open({ caFile: undefined, tls: 'no-verify' });
    expect(await everyRow(careless, { group: 'staff', query: encrypted })).toEqual([
      ['Ssl_version', expect.stringMatching(/^TLSv1\.[23]$/)],
    ]);
    expect(await open({ tls: 'disable' }).check(never)).toMatch(
      /^Successfully connected to MariaDB version: \d/,
    );
  });

  it('takes the certificate of another name for that of another server', async () => {
    vi.spyOn(dns, 'lookup').mockImplementation(((_name: string, _options: object, done: Found) =>
      done(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof dns.lookup);
    const url = `mysql://warehouse.example.edu:${mariadb.port}/warehouse`;

    const error = await failureOf(open({ url }).check(never));
    expect(error).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('No trusted TLS'),
    });
    expect(await open({ url, tls: 'no-verify' }).check(never)).toMatch(/^Successfully/);
    vi.restoreAllMocks();
  });

  it('holds back the server while its reader is busy', async () => {
    const before = process.memoryUsage().rss;
    let rows = 0;
    for await (const batch of open().rows({ group: 'staff', table: 'many' }, never)) {
      if (rows === 0) await new Promise((resolve) => setTimeout(resolve, 1_000));
      rows += batch.rows.length;
      if (rows === 1_000) {
        expect(await mariadb.query(`SELECT state ${ours} AND state LIKE 'Writing to net%'`)).toHaveLength(1);
      }
    }

    expect(rows).toBe(100_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * 2 ** 20);
  });

  it('stops a query on the server too, and is ready for the next', async () => {
    const source = open();
    const stopping = new AbortController();
    const reading = everyRow(source, { group: 'staff', query: 'SELECT SLEEP(60)' }, stopping.signal);
    const asleep = () => mariadb.query(`SELECT 1 ${ours} AND state = 'User sleep'`);
    await vi.waitUntil(async () => (await asleep()).length === 1, 10_000);
    const stoppedAt = performance.now();

    stopping.abort();

    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    // Not when the query has ended by itself.
    expect(performance.now() - stoppedAt).toBeLessThan(8000);
    expect(await asleep()).toEqual([]);
    for await (const _batch of source.rows({ group: 'staff', table: 'many' }, never)) break;
    expect(await everyRow(source, { group: 'staff', query: 'SELECT 1' })).toEqual([['1']]);
  });

  it('ends what takes too long, and tells a connection that was cut', async () => {
    const slow = open({ callTimeoutMs: 300 });
    expect(await failureOf(everyRow(slow, { group: 'staff', query: 'SELECT SLEEP(60)' }))).toMatchObject({
      code: 'SOURCE_LOST',
      message: expect.stringContaining('too long'),
    });
    expect(await mariadb.query(`SELECT 1 ${ours} AND state = 'User sleep'`)).toEqual([]);

    let batches = 0;
    const reading = (async () => {
      for await (const _batch of open().rows({ group: 'staff', table: 'many' }, never)) {
        batches += 1;
        if (batches === 2) await mariadb.query('KILL USER reader');
      }
    })();
    const error = await failureOf(reading);
    expect(error).toMatchObject({ code: 'SOURCE_LOST', message: expect.stringContaining('for group staff') });
    expect(batches).toBeLessThan(100);
  });

  it('does not repeat a value that the database complains about', async () => {
    const query = "SELECT EXTRACTVALUE('<a>Ada Lovelace</b>', CONCAT('//', 'Ada[')) AS id";
    const error = await failureOf(everyRow(open(), { group: 'staff', query }));

    expect(error).toMatchObject({ code: 'SOURCE_QUERY' });
    expect(`${error.message} ${error.hint}`).not.toContain('Ada');
  });
});
