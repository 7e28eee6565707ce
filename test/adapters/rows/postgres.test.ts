import { describe, expect, it } from 'vitest';
import { never } from '../../support/never.ts';
import { numbers, usePostgres } from '../../support/postgres-rows.ts';
import { everyRow } from '../../support/rows.ts';

const bench = usePostgres();

describe('reading PostgreSQL', () => {
  it('says which version answers', async () => {
    await expect(bench.source.check(never)).resolves.toMatch(/PostgreSQL version: 1\d/);
  });

  it('makes one text of each kind of value', async () => {
    const query = `SELECT
      42::int AS whole, 12345678901234567890::numeric AS identifier, 0.10::numeric(5,2) AS amount,
      1e21::float8 AS large, 1.5e-7::float8 AS small, 0.5::real AS half, true AS yes, false AS no,
      DATE '2026-02-03' AS day, TIMESTAMP '2026-02-03 04:05:06.789' AS clock,
      TIMESTAMPTZ '2026-02-03 04:05:06.789-05' AS instant, NULL::text AS nothing, ''::text AS blank,
      'Ünïcödé 李'::varchar AS name, 'ab'::bytea AS bytes, 'A'::char(3) AS padded`;

    const [row] = await everyRow(bench.source, { group: 'staff', query });

    expect(row).toEqual([
      '42',
      '12345678901234567890',
      '0.10',
      '1000000000000000000000',
      '0.00000015',
      '0.5',
      'true',
      'false',
      '2026-02-03',
      '2026-02-03T04:05:06',
      '2026-02-03T09:05:06Z',
      null,
      '',
      'Ünïcödé 李',
      '6162',
      'A  ',
    ]);
  });

  it('gives the same text under any settings of the database', async () => {
    const [{ name } = { name: '' }] = await bench.database.query('SELECT current_database() AS name');
    for (const setting of ["datestyle = 'German'", "timezone = 'Asia/Tokyo'", 'extra_float_digits = -5']) {
      await bench.database.query(`ALTER DATABASE ${name} SET ${setting}`);
    }
    const query =
      "SELECT DATE '2026-02-03', TIMESTAMPTZ '2026-02-03 04:05:06Z', 0.1::float8 + 0.2::float8 AS sum";

    expect(await everyRow(bench.source, { group: 'staff', query })).toEqual([
      ['2026-02-03', '2026-02-03T04:05:06Z', '0.30000000000000004'],
    ]);
  });

  it('finds the columns of a query that ends in a semicolon or in a comment', async () => {
    const columns = (query: string) => bench.source.columns({ group: 'staff', query }, never);

    expect(await columns('SELECT 1 AS a, 2 AS b;\n')).toEqual(['a', 'b']);
    expect(await columns('SELECT 1 AS a, 2 AS b -- the last one')).toEqual(['a', 'b']);
    expect(await columns('WITH x AS (SELECT 1 AS a) SELECT * FROM x ORDER BY a')).toEqual(['a']);
  });

  it('runs a query of the library as it stands', async () => {
    expect(await everyRow(bench.source, { group: 'staff', query: 'SELECT 1 AS a; ' })).toEqual([['1']]);
    expect(await everyRow(bench.source, { group: 'staff', query: 'SELECT 2 AS a -- two' })).toEqual([['2']]);
  });

  it('shows all groups of a run the same moment', async () => {
    await bench.database.query("CREATE TABLE staff AS SELECT 'before' AS state");
    const read = () => everyRow(bench.source, { group: 'staff', table: 'staff' });
    expect(await read()).toEqual([['before']]);

    await bench.database.query("UPDATE staff SET state = 'after'");

    expect(await read()).toEqual([['before']]);
  });

  it('cannot change anything', async () => {
    await bench.database.query('CREATE TABLE staff AS SELECT 1 AS a');
    const query = 'INSERT INTO staff VALUES (2) RETURNING a';

    await bench.failure(everyRow(bench.source, { group: 'staff', query }));

    expect(await bench.database.query('SELECT a FROM staff')).toEqual([{ a: 1 }]);
  });

  it('reads another query after one that its reader left in the middle', async () => {
    for await (const _batch of bench.source.rows({ group: 'staff', query: numbers }, never)) break;

    expect(await everyRow(bench.source, { group: 'staff', query: 'SELECT 1 AS a' })).toEqual([['1']]);
  });
});
