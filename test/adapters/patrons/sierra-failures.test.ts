import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { certificateFiles } from '../../support/certificate.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';
import { everything } from '../../support/patron-pages.ts';
import { useSierra } from '../../support/sierra-source.ts';

const bench = useSierra({ isOwn: true });
const read = () => bench.source.active('new', everything, never);
const failure = (work: Promise<unknown>) => failureOf(work, [bench.database.password, bench.database.user]);

describe('a look at Sierra', () => {
  it('says which version answers', async () => {
    await expect(bench.source.check(never)).resolves.toMatch(/Sierra on PostgreSQL version: 1\d/);
  });

  it.each([
    ['record_metadata', '', '42P01'],
    ['record_metadata', 'deletion_date_gmt', '42703'],
    ['record_metadata', 'record_last_updated_gmt', '42703'],
    ['patron_view', '', '42P01'],
    ['patron_view', 'activity_gmt', '42703'],
    ['patron_record_address', '', '42P01'],
    ['patron_record_address', 'postal_code', '42703'],
  ])('names what is missing: %s %s', async (table, column, code) => {
    await bench.database.query(
      column === ''
        ? `DROP TABLE sierra_view.${table}`
        : `ALTER TABLE sierra_view.${table} DROP COLUMN ${column}`,
    );

    const error = await failure(bench.source.check(never));

    expect(error).toMatchObject({ code: 'SOURCE_QUERY', kind: 'config' });
    expect(error.message).toContain(code);
    expect(error.message).toContain(column || table);
  });

  it('tells that the user may not read a view', async () => {
    const user = `reader_${bench.database.url.split('_').at(-1)}`;
    await bench.database.query(`CREATE ROLE ${user} LOGIN PASSWORD 'pw'; GRANT USAGE ON SCHEMA sierra_view TO ${user};
      GRANT SELECT ON sierra_view.record_metadata, sierra_view.patron_view TO ${user}`);

    const error = await failure(bench.open({ user, password: 'pw' }).check(never));

    expect(error).toMatchObject({ code: 'SOURCE_QUERY' });
    expect(error.message).toContain('patron_record_address');
  });
});

describe('when Sierra says no', () => {
  it('changes nothing, even where reading would', async () => {
    await bench.database.query(`
      CREATE TABLE trace (id int);
      CREATE FUNCTION leave_trace() RETURNS smallint LANGUAGE sql VOLATILE
        AS 'INSERT INTO public.trace VALUES (1) RETURNING 1::smallint';
      ALTER TABLE sierra_view.patron_view RENAME TO patron_table;
      CREATE VIEW sierra_view.patron_view AS
        SELECT id, leave_trace() AS ptype_code, pcode3, home_library_code, activity_gmt
        FROM sierra_view.patron_table`);
    await bench.database.query(`
      INSERT INTO sierra_view.record_metadata VALUES (1, 'p', '2026-01-05', '2026-01-05', NULL);
      INSERT INTO sierra_view.patron_table VALUES (1, 1, 1, 'ml', NULL)`);

    expect(await failure(read())).toMatchObject({ code: 'SOURCE_QUERY' });
    expect(await bench.database.query('SELECT id FROM trace')).toEqual([]);
  });

  it('tells a wrong password, and a database that is not there yet and is later', async () => {
    const refused = await failure(bench.open({ password: 'a-secret' }).check(never));
    expect(refused).toMatchObject({ code: 'SOURCE_LOGIN', kind: 'config' });
    const name = `${bench.database.url.split('/').at(-1)}_later`;
    const late = bench.open({ url: bench.database.url.replace(/[^/]+$/, name) });
    expect(await failure(late.clock(never))).toMatchObject({ code: 'SOURCE_MISSING' });

    await bench.database.query(`CREATE DATABASE ${name}`);

    expect(await late.clock(never)).toBeInstanceOf(Date);
  });

  it('does not wait longer than told for a server that is silent', async () => {
    const silent = createServer(() => {});
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const url = `postgres://127.0.0.1:${port}/iii`;

    const error = await failure(bench.open({ url, connectTimeoutMs: 100 }).check(never));

    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', kind: 'fatal' });
    silent.close();
  });

  it('says that no server listens', async () => {
    const error = await failure(bench.open({ url: 'postgres://127.0.0.1:1/iii' }).check(never));

    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(error.message).toContain('ECONNREFUSED');
  });
});

describe('Sierra over TLS', () => {
  it('is trusted under the certificate that is configured, and under no other', async () => {
    await bench.postgres.offerTls();
    const url = bench.database.url.replace('127.0.0.1', 'localhost');
    const tls = 'verify-full';
    const trusting = bench.open({ url, tls, caFile: certificateFiles.certificate });
    const careless = bench.open({ url, tls: 'no-verify' });
    const plain = bench.open({ url, tls: 'disable' });
    const encrypted = async () =>
      (
        await bench.database.query(
          `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
          WHERE application_name = 'patronflow' AND datname = current_database() ORDER BY backend_start`,
        )
      ).map(({ ssl }) => ssl);

    for (const source of [trusting, careless, plain]) await source.clock(never);

    expect(await encrypted()).toEqual([true, true, false]);
    const untrusted = await failure(bench.open({ url, tls }).clock(never));
    expect(untrusted).toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(untrusted.message).toContain('No trusted TLS');
  });
});
