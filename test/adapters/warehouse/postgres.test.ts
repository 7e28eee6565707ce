import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PostgresOptions } from '../../../src/adapters/clients/postgres.ts';
import { createPostgresWarehouse } from '../../../src/adapters/warehouse/postgres.ts';
import type { PatronInfo, Warehouse } from '../../../src/poll/ports.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';
import { patronInfo } from '../../support/patron-records.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../../support/postgres.ts';
import { makeSierra } from '../../support/sierra.ts';
import { putRows } from '../../support/warehouse-benches.ts';

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
const put = (infos: readonly PatronInfo[]) => putRows(database, infos);
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
    await warehouse.byPatronId(['a'], never);
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
});
