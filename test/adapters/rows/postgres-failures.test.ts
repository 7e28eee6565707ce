import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { certificateFiles } from '../../support/certificate.ts';
import { never } from '../../support/never.ts';
import { cutConnections } from '../../support/postgres.ts';
import { numbers, usePostgres } from '../../support/postgres-rows.ts';
import { everyRow } from '../../support/rows.ts';

const bench = usePostgres({ isOwn: true });

describe('when PostgreSQL says no', () => {
  const staff = { group: 'staff', table: 'no_such_table' };

  it('tells a wrong password', async () => {
    const error = await bench.failure(bench.open({ password: 'guessed-secret' }).check(never));

    expect(error).toMatchObject({ code: 'SOURCE_LOGIN', kind: 'config' });
    expect(error.message).not.toContain('guessed-secret');
  });

  it('takes a percent sign in the password of a URL for itself where it encodes nothing', async () => {
    const url = bench.database.url.replace('//', `//${bench.database.user}:50%secret@`);

    const error = await bench.failure(bench.open({ url, user: undefined, password: undefined }).check(never));

    expect(error).toMatchObject({ code: 'SOURCE_LOGIN' });
    expect(error.message).not.toContain('secret');
  });

  it('tells a database that is not there', async () => {
    const url = bench.database.url.replace(/[^/]+$/, 'no_such_database');

    expect(await bench.failure(bench.open({ url }).check(never))).toMatchObject({ code: 'SOURCE_MISSING' });
  });

  it('tells a table that is not there, and for which group', async () => {
    const columns = await bench.failure(bench.source.columns(staff, never));
    const rows = await bench.failure(everyRow(bench.open(), staff));

    expect(columns).toMatchObject({
      code: 'SOURCE_QUERY',
      message: expect.stringContaining('for group staff'),
    });
    expect(rows).toMatchObject({ code: 'SOURCE_QUERY', message: expect.stringContaining('for group staff') });
  });

  it('judges each group by itself: one that fails does not spoil the next', async () => {
    await bench.database.query('CREATE TABLE students AS SELECT 1 AS id');
    const students = { group: 'students', table: 'students' };

    await bench.failure(bench.source.columns(staff, never));
    expect(await bench.source.columns(students, never)).toEqual(['id']);
    await bench.failure(everyRow(bench.source, staff));
    expect(await everyRow(bench.source, students)).toEqual([['1']]);
  });

  it('does not repeat a value that the database complains about', async () => {
    const error = await bench.failure(
      everyRow(bench.source, { group: 'staff', query: "SELECT CAST('Ada Lovelace' AS int) AS id" }),
    );

    expect(error).toMatchObject({ code: 'SOURCE_QUERY' });
    expect(`${error.message} ${error.hint}`).not.toContain('Ada');
  });

  it('speaks without encryption to this machine, unless it was told to verify', async () => {
    const { url } = bench.database;
    expect(await bench.open({ tls: undefined }).check(never)).toContain('Successfully connected');
    expect(await bench.open({ url: `${url}?sslmode=`, tls: undefined }).check(never)).toContain(
      'Successfully',
    );
    for (const told of [
      { tls: 'verify-full' as const },
      { url: `${url}?sslmode=verify-full`, tls: undefined },
    ]) {
      expect(await bench.failure(bench.open(told).check(never))).toMatchObject({
        code: 'SOURCE_UNREACHABLE',
        message: expect.stringContaining('does not offer TLS'),
      });
    }
  });

  it('takes the mode from the URL before that of the configuration', async () => {
    const { url } = bench.database;
    await bench.postgres.offerTls();
    expect(await bench.open({ url: `${url}?sslmode=require`, tls: 'verify-full' }).check(never)).toContain(
      'Successfully',
    );
    expect(await bench.failure(bench.open({ url, tls: 'verify-full' }).check(never))).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    });
    const error = await bench.failure(bench.open({ url: `${url}?sslmode=maybe` }).check(never));
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('sslmode'),
    });
  });

  it('names a certificate file that cannot be read', async () => {
    const error = await bench.failure(
      bench.open({ tls: 'verify-full', caFile: '/no/such/ca.pem' }).check(never),
    );

    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(error.message).toContain('/no/such/ca.pem');
  });

  it('says that no server listens', async () => {
    const error = await bench.failure(bench.open({ url: 'postgres://127.0.0.1:1/warehouse' }).check(never));

    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', kind: 'fatal' });
  });

  it('does not wait longer than told for a server that is silent', async () => {
    const silent = createServer(() => {});
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;

    const error = await bench.failure(
      bench.open({ url: `postgres://127.0.0.1:${port}/warehouse`, connectTimeoutMs: 200 }).check(never),
    );

    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    silent.close();
  });
});

describe('PostgreSQL over TLS', () => {
  it('is trusted under the certificate that is configured, and under no other', async () => {
    await bench.postgres.offerTls();
    const url = bench.database.url.replace('127.0.0.1', 'localhost');
    const trusting = bench.open({ url, tls: 'verify-full', caFile: certificateFiles.certificate });
    const careful = bench.open({ url, tls: 'verify-full' });
    const careless = bench.open({ url, tls: 'no-verify' });
    await expect(trusting.check(never)).resolves.toMatch(/^Success/);

    expect(await bench.failure(careful.check(never))).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('No trusted TLS'),
    });
    await expect(careless.check(never)).resolves.toMatch(/^Success/);
    const encrypted = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    expect(await everyRow(trusting, { group: 'staff', query: encrypted })).toEqual([['true']]);
    for (const opened of [trusting, careless]) await opened.close();
  });
});

describe('when a query is interrupted', () => {
  const running = async () => {
    const [count] = await bench.database.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'patronflow' AND state = 'active'",
    );
    return count?.n;
  };

  it('says that the connection was lost between two groups', async () => {
    await bench.source.columns({ group: 'staff', query: numbers }, never);
    await cutConnections(bench.database);

    expect(await bench.failure(everyRow(bench.source, { group: 'staff', query: numbers }))).toMatchObject({
      code: 'SOURCE_LOST',
    });
    expect(
      await bench.failure(bench.source.columns({ group: 'staff', query: numbers }, never)),
    ).toMatchObject({
      code: 'SOURCE_LOST',
    });
  });

  it('says that a query took too long', async () => {
    const hasty = bench.open({ callTimeoutMs: 100 });
    const query = 'SELECT pg_sleep(5)::text AS waited';

    expect(await bench.failure(everyRow(hasty, { group: 'staff', query }))).toMatchObject({
      code: 'SOURCE_LOST',
      message: expect.stringContaining('too long'),
    });
    await hasty.close();
  });

  it('stops a query that has not given a row yet, on the server too', async () => {
    const stopping = new AbortController();
    const query = 'SELECT pg_sleep(60)::text AS waited';
    const reading = everyRow(bench.source, { group: 'staff', query }, stopping.signal);
    while ((await running()) !== 1) await new Promise((resolve) => setTimeout(resolve, 20));
    const start = Date.now();

    stopping.abort();

    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    // Before the ten seconds that a query may take.
    expect(Date.now() - start).toBeLessThan(8000);
    expect(await running()).toBe(0);
  });
});
