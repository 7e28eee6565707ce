import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotOneQuery, QueryTimeout } from '../../../src/staging/database.ts';
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
    "SELECT * FROM query('DELETE FROM people')",
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

  it('may ask for tables by name, and for what is not set', async () => {
    expect(await filled.ask("SELECT ID, getvariable('other') FROM query_table('people')")).toEqual([
      ['1', ''],
    ]);
    expect(await filled.ask("FROM query('SELECT ID FROM people;')")).toEqual([['1']]);
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

  it('ends where neither memory nor disk can help', async () => {
    const { database, ask } = await filledDatabase({ people: [['ID']] }, 64);
    await expect(ask("SELECT length(string_agg(repeat('x', 1000), '')) FROM range(200000)")).rejects.toThrow(
      /^Out of Memory Error/,
    );
    expect(await ask('SELECT 1')).toEqual([['1']]);
    database.close();
  });
});
