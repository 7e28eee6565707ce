import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotOneQuery, QueryTimeout, RefusedCall } from '../../../src/staging/database.ts';
import { type FilledDatabase, filledDatabase, type Row } from './databases.ts';

const oddValues = [
  'plain',
  'a "quoted" one, and a comma',
  '"',
  '""',
  "it's; -- ",
  'two\nlines',
  'two\r\nlines',
  'a\rreturn',
  '\n',
  ' blanks around ',
  '\\n \\" \\',
  'nul\u0000inside',
  'Zoë Łukasz 李 😀',
  '\u202eodd\u200b',
  'NULL',
  '00042',
  'x'.repeat(65_536),
];

describe('rows in a database', () => {
  let filled: FilledDatabase;
  beforeAll(async () => {
    filled = await filledDatabase({
      odd: [['ID', 'VALUE'], ...oddValues.map((value, at): Row => [String(at), value])],
      gaps: [
        ['ID', 'VALUE'],
        ['1', ''],
        ['2', null],
        ['3', ' '],
      ],
      nothing: [['ID']],
      order: [
        ['ID', 'a "b"', "it's", 'select'],
        ['1', 'x', 'y', 'z'],
      ],
      pg_class: [['ID'], ['1']],
      sqlite_master: [['ID'], ['1']],
    });
  });
  afterAll(() => filled.database.close());

  it('come out as they went in, odd signs and all', async () => {
    expect(await filled.ask('SELECT VALUE FROM odd ORDER BY ID::INTEGER')).toEqual(
      oddValues.map((value) => [value]),
    );
  });

  it('have no values where these are empty, and blanks are values', async () => {
    expect(await filled.ask('SELECT ID, VALUE IS NULL FROM gaps ORDER BY ID')).toEqual([
      ['1', 'true'],
      ['2', 'true'],
      ['3', 'false'],
    ]);
    expect(await filled.ask("SELECT VALUE FROM gaps WHERE ID = '1'")).toEqual([['']]);
  });

  it('may be none', async () => {
    expect(await filled.ask('SELECT * FROM nothing')).toEqual([]);
  });

  it('stand in tables and columns that are called like words of SQL, or like tables of DuckDB', async () => {
    expect(await filled.ask('SELECT "a ""b""", "it\'s", "select" FROM "order"')).toEqual([['x', 'y', 'z']]);
    expect(await filled.database.columnsOf('FROM "order"')).toEqual(['ID', 'a "b"', "it's", 'select']);
    expect(await filled.ask('SELECT * FROM pg_class')).toEqual([['1']]);
    expect(await filled.ask('SELECT * FROM sqlite_master')).toEqual([['1']]);
  });

  it('come in the order that a query asks for, and can be asked for twice', async () => {
    const query = 'SELECT ID FROM gaps ORDER BY ID DESC -- the last first\n;\n';
    expect(await filled.ask(query)).toEqual([['3'], ['2'], ['1']]);
    expect(await filled.ask(query)).toEqual([['3'], ['2'], ['1']]);
  });
});

describe('a query', () => {
  let filled: FilledDatabase;
  beforeAll(async () => {
    filled = await filledDatabase({
      people: [
        ['ID', 'NAME'],
        ['1', 'Ada Lovelace'],
      ],
    });
    writeFileSync(join(filled.directory, 'beside.csv'), 'ID\n1\n');
  });
  afterAll(() => filled.database.close());

  it.each([
    '',
    ' -- nothing\n;',
    '/* nothing */',
    'SELECT 1; SELECT 2',
    'SELECT 1; -- and a comment',
    'SELECT $1',
    'SELECT ?',
    "SET memory_limit = '1GB'",
    'RESET memory_limit',
    'PRAGMA show_tables',
    'SHOW TABLES',
    'DESCRIBE people',
    'EXPLAIN SELECT 1',
    'CREATE TABLE other AS SELECT 1',
    'CREATE MACRO one() AS 1',
    'DELETE FROM people',
    'INSERT INTO people VALUES (1, 2) RETURNING *',
    'DROP TABLE people',
    'INSTALL httpfs',
    'LOAD httpfs',
    "ATTACH 'other.db'",
    "ATTACH ':memory:' AS other",
    'CALL duckdb_tables()',
    'PREPARE one AS SELECT 1',
    'BEGIN',
    'CHECKPOINT',
    'VACUUM',
    'USE main',
  ])('is not %s', async (query) => {
    await expect(filled.database.columnsOf(query)).rejects.toBeInstanceOf(NotOneQuery);
  });

  it.each([
    "SELECT 1) TO 'out.csv' (FORMAT csv); --",
    "SELECT 1\n) TO 'out.csv' --",
    'WITH gone AS (DELETE FROM people RETURNING *) SELECT * FROM gone',
    'SELECT 1 /*',
    "SELECT 'a",
    'SELECT $a$',
  ])('does not end its brackets, nor change a table: %s', async (query) => {
    await expect(filled.database.columnsOf(query)).rejects.toThrow(/^(Failed to \w+ \w+: )?Parser Error/);
    await expect(filled.ask(query)).rejects.toThrow(/Parser Error/);
    expect(await filled.ask('SELECT count(*) FROM people')).toEqual([['1']]);
    expect(existsSync('out.csv')).toBe(false);
  });

  it.each([
    "SELECT * FROM read_csv('beside.csv')",
    "SELECT * FROM read_csv(['beside.csv'])",
    "SELECT * FROM 'beside.csv'",
    "FROM 'spill/../beside.csv'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM parquet_scan('/etc/passwd')",
    "SELECT * FROM read_csv('https://example.edu/people.csv')",
    "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
    "SELECT * FROM query_table('/etc/passwd')",
    "SELECT * FROM sqlite_scan('people.db', 'people')",
    "SELECT getenv('HOME')",
  ])('reaches nothing but the tables: %s', async (query) => {
    const inFolder = query.replace('beside.csv', join(filled.directory, 'beside.csv'));
    await expect(filled.ask(inFolder)).rejects.toThrow(/^(Permission|Catalog) Error/);
  });

  it.each([
    [
      "SELECT * FROM enable_logging(storage = 'file', storage_config = {'path': 'out.log'})",
      'enable_logging',
    ],
    ['FROM "Enable_Logging"()', 'enable_logging'],
    ['SELECT * FROM system.main.enable_logging()', 'enable_logging'],
    ['FROM /* */ disable_logging -- x\n ()', 'disable_logging'],
    ["FROM enable_profiling(format = 'json')", 'enable_profiling'],
    ['FROM truncate_duckdb_logs()', 'truncate_duckdb_logs'],
    ['FROM enable_peg_parser()', 'enable_peg_parser'],
    ['FROM checkpoint()', 'checkpoint'],
    ['FROM duckdb_settings()', 'duckdb_settings'],
    ['FROM duckdb_temporary_files()', 'duckdb_temporary_files'],
    ["FROM glob('*')", 'glob'],
    ["FROM query('SELECT ID FROM people')", 'query'],
    ["FROM query('FROM enable_logging()')", 'query'],
    ["FROM json_execute_serialized_sql(json_serialize_sql('FROM people'))", 'json_execute_serialized_sql'],
    ['SELECT * FROM people WHERE ID IN (FROM checkpoint())', 'checkpoint'],
    ['WITH a AS (FROM (SELECT * FROM people, LATERAL (FROM checkpoint()))) FROM a', 'checkpoint'],
    ['FROM people UNION ALL FROM checkpoint()', 'checkpoint'],
    ["SELECT * FROM query('DELETE FROM people')", 'query'],
    ["FROM read_text('/etc/passwd')", 'read_text'],
    ["SELECT write_log('x') FROM people", 'write_log'],
    ['SELECT ID FROM people ORDER BY ID.write_log()', 'write_log'],
    ['SELECT list_transform([1], x -> sleep_ms(x))', 'sleep_ms'],
    ['SELECT ID FROM people QUALIFY row_number() OVER (ORDER BY pg_sleep(1)) = 1', 'pg_sleep'],
  ])('calls nothing that changes the program, or tells of it: %s', async (query, name) => {
    const error = await filled.database.columnsOf(query).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RefusedCall);
    expect(error.message).toBe(name);
    expect(existsSync('out.log')).toBe(false);
    expect(await filled.ask('SELECT count(*) FROM people')).toEqual([['1']]);
  });

  it.each([
    'SELECT * FROM range(3)',
    'FROM generate_series(1, 2) t(n), people',
    "SELECT unnest(string_split(NAME, ' ')) FROM people",
    "FROM people, unnest(string_split(NAME, ' ')) t(part)",
    `SELECT key FROM json_each('{"a": 1}')`,
    "SELECT 'FROM checkpoint()' AS checkpoint FROM people",
    "SELECT strptime('31-MAY-27', '%d-%b-%y')::DATE + 180, try_cast(ID AS INTEGER), regexp_replace(NAME, ' .*', '') FROM people",
    "SELECT string_agg(NAME, ';' ORDER BY ID) FROM people GROUP BY ALL",
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) FROM n',
    'SELECT * EXCLUDE (ID) REPLACE (upper(NAME) AS NAME) FROM people',
    'FROM people a ASOF JOIN people b ON a.ID >= b.ID',
    'VALUES (1)',
    'SELECT *, row_number() OVER w FROM people WINDOW w AS (PARTITION BY NAME ORDER BY ID) QUALIFY row_number() OVER w = 1',
  ])('may be %s', async (query) => {
    await filled.database.columnsOf(query);
    await filled.ask(query);
  });

  it('may ask for tables by name, and for what is not set', async () => {
    expect(await filled.ask("SELECT ID, getvariable('other') FROM query_table('people')")).toEqual([
      ['1', ''],
    ]);
  });
});

describe('a query that takes too much', () => {
  const endless = 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b';

  it('is interrupted after its time', async () => {
    const { database, ask } = await filledDatabase({ people: [['ID']] });
    await expect(ask(endless, { timeoutMs: 100 })).rejects.toBeInstanceOf(QueryTimeout);
    expect(await ask('SELECT 1')).toEqual([['1']]);
    database.close();
  });

  it('is interrupted by a stop', async () => {
    const { database, ask } = await filledDatabase({ people: [['ID']] });
    const stopping = new AbortController();
    const asked = ask(endless, { signal: stopping.signal });
    asked.catch(() => {});
    await sleep(50);
    stopping.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await expect(ask('SELECT 1', { signal: stopping.signal })).rejects.toMatchObject({ name: 'AbortError' });
    database.close();
  });

  it('uses the disk where its memory ends, and leaves nothing there', async () => {
    const { database, directory, ask } = await filledDatabase({ people: [['ID']] }, 100);
    const rows = "SELECT md5(i::VARCHAR) || repeat('x', 600) AS x FROM range(250000) t(i)";
    const ranked = `SELECT x[1:4], row_number() OVER (ORDER BY x) AS rank FROM (${rows})`;
    let spilled = 0;
    const looking = setInterval(() => {
      spilled = Math.max(spilled, readdirSync(directory, { recursive: true }).length);
    }, 5);
    expect(await ask(`SELECT * FROM (${ranked}) WHERE rank = 250000`)).toEqual([['ffff', '250000']]);
    clearInterval(looking);
    expect(spilled).toBeGreaterThan(3);
    database.close();
    expect(readdirSync(directory).sort()).toEqual(['rows.csv', 'table-0.csv']);
  });

  it('uses the disk for the best of several rows of a join', async () => {
    const { database, ask } = await filledDatabase({ people: [['ID']] }, 64);
    const wide = Array.from({ length: 12 }, (_, at) => `md5((i + ${at})::VARCHAR) AS c${at}`).join(', ');
    const rows = `SELECT (i // 2)::VARCHAR AS id, i AS rank, ${wide} FROM range(200000) t(i)`;
    const cards = "SELECT i::VARCHAR AS id, 'B' || i AS card FROM range(100000) t(i)";
    const best = 'QUALIFY row_number() OVER (PARTITION BY a.id ORDER BY rank DESC) = 1';
    const query = `SELECT a.*, card FROM (${rows}) a LEFT JOIN (${cards}) c USING (id) ${best}`;
    const all = Array.from({ length: 12 }, (_, at) => `c${at}`).join(' || ');
    expect(await ask(`SELECT count(*), min(rank), count(card), max(length(${all})) FROM (${query})`)).toEqual(
      [['100000', '1', '100000', '384']],
    );
    database.close();
  });

  it('ends where neither memory nor disk can help', async () => {
    const { database, ask } = await filledDatabase({ people: [['ID']] }, 64);
    await expect(ask("SELECT length(string_agg(repeat('x', 1000), '')) FROM range(200000)")).rejects.toThrow(
      /^Out of Memory Error/,
    );
    expect(await ask('SELECT 1')).toEqual([['1']]);
    database.close();
  });
});
