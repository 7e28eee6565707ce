import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PostgresOptions } from '../../src/adapters/clients/postgres.ts';
import { createPostgresWarehouse } from '../../src/adapters/warehouse-postgres.ts';
import type { PatronInfo, Warehouse } from '../../src/core/ports.ts';
import { failureOf } from '../support/failure.ts';
import { never } from '../support/object-benches.ts';
import { patronInfo } from '../support/patron-records.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { makeSierra } from '../support/sierra.ts';
import { cutConnections } from '../support/sierra-source.ts';

let postgres: TestPostgres;
let database: TestDatabase;
let warehouse: Warehouse;

const open = (options: Partial<PostgresOptions> & { table?: string } = {}) => {
  const { url, user, password } = database;
  const times = { connectTimeoutMs: 2_000, callTimeoutMs: 10_000 };
  return createPostgresWarehouse({
    ...{ url, user, password, tls: 'disable', table: 'patron_info' },
    ...times,
    ...options,
  });
};
const put = async (infos: readonly Partial<PatronInfo>[]) => {
  const rows = infos.map((info) =>
    Object.values({ ...patronInfo(), ...info })
      .map((value) => (value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`))
      .join(', '),
  );
  await database.query(`INSERT INTO patron_info VALUES ${rows.map((row) => `(${row})`).join(', ')}`);
};
const failure = (work: Promise<unknown>) => failureOf(work, [database.password]);

beforeAll(async () => {
  postgres = await startPostgres();
});
beforeEach(async () => {
  database = await postgres.freshDatabase();
  await makeSierra(database);
  warehouse = open();
});
afterEach(async () => {
  await warehouse.close();
  await database.close();
});
afterAll(() => postgres.stop());

describe('what the warehouse knows', () => {
  it('is found by address and by patron, and nothing else is', async () => {
    await put([
      patronInfo(1, { address_hash: 'hash-1' }),
      patronInfo(2, { address_hash: 'hash-2', geoid: null, initial_patron_home_library_code: null }),
      patronInfo(3, { address_hash: null }),
    ]);

    expect([...(await warehouse.byAddressHash(['hash-2', 'hash-1', 'hash-9'], never))].sort()).toEqual([
      ['hash-1', { patronId: 'patron-1', geoid: '36061000100', initialHomeLibrary: 'ml' }],
      ['hash-2', { patronId: 'patron-2', geoid: null, initialHomeLibrary: null }],
    ]);
    expect(await warehouse.initialHomeLibraries(['patron-1', 'patron-2', 'patron-9'], never)).toEqual(
      new Map([['patron-1', 'ml']]),
    );
    expect(await warehouse.byPatronId(['patron-3', 'patron-9'], never)).toEqual(
      new Map([['patron-3', patronInfo(3, { address_hash: null })]]),
    );
  });

  it('is nothing when nothing is asked', async () => {
    expect(await warehouse.byAddressHash([], never)).toEqual(new Map());
    expect(await warehouse.byPatronId([], never)).toEqual(new Map());
  });

  it('is found for more keys than one query takes, each asked once', async () => {
    const numbers = Array.from({ length: 2_501 }, (_, index) => index + 1);
    await put(numbers.map((number) => patronInfo(number, { address_hash: `hash-${number}` })));
    const hashes = numbers.map((number) => `hash-${number}`);

    // More than the protocol has parameters for one query.
    const unknown = Array.from({ length: 70_000 }, (_, index) => `unknown-${index}`);

    const found = await warehouse.byAddressHash([...hashes, ...unknown], never);

    expect([...found.keys()].sort()).toEqual([...hashes].sort());
    expect((await warehouse.byPatronId([...numbers.map((n) => `patron-${n}`), 'x'], never)).size).toBe(2_501);
  });

  it('may have any character in a key, which stays a value', async () => {
    const hash = `'; DROP TABLE patron_info; --\\ "$1" %`;
    await put([patronInfo(1, { address_hash: hash })]);

    expect([...(await warehouse.byAddressHash([hash], never)).keys()]).toEqual([hash]);
    expect(await warehouse.byPatronId([hash], never)).toEqual(new Map());
    expect(await database.query('SELECT count(*)::int AS rows FROM patron_info')).toEqual([{ rows: 1 }]);
  });

  it('keeps leading zeros', async () => {
    await put([patronInfo(1, { geoid: '01001020100', postal_code: '01001' })]);

    expect((await warehouse.byPatronId(['patron-1'], never)).get('patron-1')).toMatchObject({
      geoid: '01001020100',
      postal_code: '01001',
    });
  });
});

describe('several rows for a key', () => {
  const rows = {
    old: { circ_active_date_et: '2024-01-01', geoid: '36061000001', initial_patron_home_library_code: 'a' },
    new: { circ_active_date_et: '2025-01-01', geoid: '36061000002', initial_patron_home_library_code: 'b' },
    untracted: { circ_active_date_et: '2026-01-01', geoid: null, initial_patron_home_library_code: null },
    never: { circ_active_date_et: null, geoid: '36061000004', initial_patron_home_library_code: 'd' },
  } satisfies Record<string, Partial<PatronInfo>>;
  const orders = [
    ['old', 'new', 'untracted', 'never'],
    ['never', 'untracted', 'new', 'old'],
    ['untracted', 'old', 'never', 'new'],
  ] as const;

  it.each(orders)('give the newest with a tract, or the newest: %s first, %s, %s, %s', async (...order) => {
    await put(order.map((name) => patronInfo(1, { ...rows[name], address_hash: 'hash' })));

    expect((await warehouse.byAddressHash(['hash'], never)).get('hash')).toMatchObject({
      geoid: '36061000002',
      initialHomeLibrary: 'b',
    });
    expect((await warehouse.byPatronId(['patron-1'], never)).get('patron-1')?.geoid).toBeNull();
    // The newest that knows one.
    expect((await warehouse.initialHomeLibraries(['patron-1'], never)).get('patron-1')).toBe('b');
  });

  it('give the later one created of those that were active on one day', async () => {
    await put([
      patronInfo(1, { creation_date_et: '2020-01-02', postal_code: '2' }),
      patronInfo(1, { creation_date_et: '2020-01-03', postal_code: '3' }),
      patronInfo(1, { creation_date_et: null, postal_code: '1' }),
    ]);

    expect((await warehouse.byPatronId(['patron-1'], never)).get('patron-1')?.postal_code).toBe('3');
  });

  it('give the same one every time where nothing tells which is newer', async () => {
    const [a, b] = [patronInfo(1, { postal_code: '1' }), patronInfo(1, { postal_code: '2' })];
    const answers = [];
    for (const order of [
      [a, b],
      [b, a],
    ]) {
      await database.query('DELETE FROM patron_info');
      await put(order);
      answers.push(await warehouse.byPatronId(['patron-1'], never));
    }

    expect(answers[0]).toEqual(answers[1]);
  });
});

describe('the table', () => {
  it.each(['date', 'varchar(10)', 'text', 'timestamp', 'timestamptz'])(
    'may keep days as %s',
    async (type) => {
      const days = ['creation_date_et', 'deletion_date_et', 'circ_active_date_et'];
      await database.query(
        `ALTER TABLE patron_info ${days.map((day) => `ALTER ${day} TYPE ${type}`).join(', ')}`,
      );
      await database.query("SET timezone = 'UTC'");
      const [{ name } = { name: '' }] = await database.query('SELECT current_database() AS name');
      await database.query(`ALTER DATABASE ${name} SET datestyle = 'German'`);
      await put([patronInfo(1, { deletion_date_et: '2026-02-03' })]);

      expect((await warehouse.byPatronId(['patron-1'], never)).get('patron-1')).toEqual(
        patronInfo(1, { deletion_date_et: '2026-02-03' }),
      );
    },
  );

  it('may keep codes as other numbers or as text', async () => {
    for (const type of ['smallint', 'bigint', 'numeric(9, 0)', 'varchar(9)']) {
      await database.query(
        `DELETE FROM patron_info; ALTER TABLE patron_info ALTER ptype_code TYPE ${type}, ALTER pcode3 TYPE ${type}`,
      );
      await put([patronInfo(1, { ptype_code: 0, pcode3: null })]);

      const found = (await warehouse.byPatronId(['patron-1'], never)).get('patron-1');
      expect(found).toMatchObject({ ptype_code: 0, pcode3: null });
    }
  });

  it('may lie in a schema', async () => {
    await database.query('CREATE SCHEMA lake; ALTER TABLE patron_info SET SCHEMA lake');
    const inSchema = open({ table: 'lake.patron_info' });

    await expect(inSchema.check(never)).resolves.toBe('lake.patron_info has the columns of a record');
    await inSchema.close();
  });

  it('is asked in words that Redshift knows, and no value stands in them', async () => {
    const asked = async () => {
      const [row] = await database.query(
        "SELECT query FROM pg_stat_activity WHERE application_name = 'patronflow' AND datname = current_database()",
      );
      return String(row?.query).replace(/\s+/g, ' ');
    };
    const day = (name: string) => `CAST(${name} AS VARCHAR)`;
    const columns = `patron_id, address_hash, postal_code, geoid, ${day('creation_date_et')}, ${day('deletion_date_et')}, ${day('circ_active_date_et')}, ptype_code, pcode3, patron_home_library_code, initial_patron_home_library_code`;

    await warehouse.byAddressHash(['a', 'b'], never);
    expect(await asked()).toBe(`SELECT ${columns} FROM patron_info WHERE address_hash IN ($1, $2)`);
    await warehouse.initialHomeLibraries(['a'], never);
    expect(await asked()).toBe(`SELECT ${columns} FROM patron_info WHERE patron_id IN ($1)`);
    await warehouse.check(never);
    expect(await asked()).toBe(`SELECT ${columns} FROM patron_info WHERE patron_id = $1`);
  });
});

describe('when the warehouse says no', () => {
  it('names the table or the column that is missing', async () => {
    const none = open({ table: 'no_such_table' });
    expect((await failure(none.check(never))).message).toContain('no_such_table');
    await none.close();
    await database.query('ALTER TABLE patron_info DROP COLUMN pcode3');

    const error = await failure(warehouse.check(never));

    expect(error).toMatchObject({ code: 'SOURCE_QUERY', kind: 'config' });
    expect(error.message).toContain('pcode3');
  });

  it('tells a wrong password', async () => {
    const refused = open({ password: 'a-secret' });
    expect(await failure(refused.check(never))).toMatchObject({ code: 'SOURCE_LOGIN' });
    await refused.close();
  });

  it('goes on after a connection that was lost', async () => {
    await put([patronInfo(1)]);
    await warehouse.check(never);
    await cutConnections(database);

    expect(await failure(warehouse.byPatronId(['patron-1'], never))).toMatchObject({ code: 'SOURCE_LOST' });

    expect((await warehouse.byPatronId(['patron-1'], never)).size).toBe(1);
  });

  it('stops between two queries, and closes twice, and before anything was opened', async () => {
    const keys = Array.from({ length: 5_000 }, (_, index) => `key-${index}`);
    await expect(warehouse.byPatronId(keys, AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
    await warehouse.close();
    await warehouse.byPatronId(['patron-1'], never);
    await warehouse.close();
    await warehouse.close();
  });
});
