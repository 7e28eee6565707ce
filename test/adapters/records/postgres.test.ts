import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createPostgresRecords,
  type PostgresRecordsOptions,
} from '../../../src/adapters/records/postgres.ts';
import { patronInfoFields } from '../../../src/poll/encode-patron-info.ts';
import type { RecordSink } from '../../../src/poll/ports.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';
import { encoded, patronInfo, records } from '../../support/patron-records.ts';
import {
  cutConnections,
  startPostgres,
  type TestDatabase,
  type TestPostgres,
  whileLocked,
} from '../../support/postgres.ts';
import { writeTo } from '../../support/records-benches.ts';
import { makeSierra } from '../../support/sierra.ts';

// As often as in earnest, without the waits.
vi.mock(import('../../../src/core/retry.ts'), async (original) => {
  const real = await original();
  return { ...real, persistentRetry: { ...real.persistentRetry, firstDelayMs: 1 } };
});

let postgres: TestPostgres;
let database: TestDatabase;
let sink: RecordSink;
const opened: RecordSink[] = [];

const open = (options: Partial<PostgresRecordsOptions> = {}) => {
  const { url, user, password } = database;
  const made = createPostgresRecords({
    ...{
      url,
      user,
      password,
      tls: 'disable',
      table: 'patron_info',
      fields: patronInfoFields,
      createTable: true,
    },
    ...{ connectTimeoutMs: 2_000, callTimeoutMs: 10_000 },
    ...options,
  });
  opened.push(made);
  return made;
};
const failure = (work: Promise<unknown>) => failureOf(work, [database.password, 'patron-1', 'address-1']);
const rows = async (columns = 'patron_id') =>
  database.query(`SELECT ${columns} FROM patron_info ORDER BY length(patron_id), patron_id`);
const count = async () => (await rows()).length;

beforeAll(async () => {
  postgres = await startPostgres();
});
beforeEach(async () => {
  database = await postgres.freshDatabase();
  sink = open();
});
afterEach(async () => {
  for (const made of opened.splice(0)) await made.close();
  await database.close();
});
afterAll(() => postgres.stop());

describe('the table', () => {
  it('is made with its key, its index and days that are days, once', async () => {
    await expect(sink.check(never)).resolves.toBe('patron_info is not there yet; the first run makes it');
    await writeTo(sink, records(1));
    await writeTo(open(), records(1, 2));

    const indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'patron_info' ORDER BY 1 DESC";
    expect(await database.query(indexes)).toMatchObject([
      { indexdef: expect.stringMatching(/^CREATE UNIQUE INDEX .*\(patron_id\)$/) },
      { indexdef: expect.stringContaining('(address_hash)') },
    ]);
    expect(await rows('pg_typeof(creation_date_et)::text AS day, pg_typeof(pcode3)::text AS code')).toEqual([
      { day: 'date', code: 'integer' },
      { day: 'date', code: 'integer' },
    ]);
    await expect(sink.check(never)).resolves.toBe('patron_info has the columns of a record');
  });

  it('is not made unless that was asked for', async () => {
    const asking = open({ createTable: false });

    const error = await failure(asking.check(never));

    expect(error).toMatchObject({ code: 'RECORDS_REFUSED' });
    expect(error.message).toContain('"patron_info" does not exist');
    expect(await failure(writeTo(asking, records(1)))).toMatchObject({ code: 'RECORDS_REFUSED' });
  });

  it('may lie in a schema', async () => {
    await database.query('CREATE SCHEMA lake');
    const inSchema = open({ table: 'lake.patron_info' });
    await writeTo(inSchema, records(2));

    await expect(inSchema.check(never)).resolves.toContain('lake.patron_info');
    expect(await database.query('SELECT patron_id FROM lake.patron_info')).toHaveLength(2);
  });

  it.each(['varchar(10)', 'text', 'date', 'timestamp'])(
    'may be made by another program, with days as %s',
    async (type) => {
      await makeSierra(database);
      const days = ['creation_date_et', 'deletion_date_et', 'circ_active_date_et'];
      await database.query(
        `ALTER TABLE patron_info ${days.map((day) => `ALTER ${day} TYPE ${type}`).join(', ')},
        ADD UNIQUE (patron_id), ADD note text DEFAULT 'theirs'`,
      );
      const theirs = open({ createTable: false });
      await theirs.check(never);
      await writeTo(theirs, records(2, 1, { deletion_date_et: '2026-02-03' }));
      await database.query("UPDATE patron_info SET note = 'kept'");
      await writeTo(theirs, records(1, 1, { deletion_date_et: '2026-02-04' }));

      const found = await rows(
        'left(deletion_date_et::text, 10) AS day, creation_date_et IS NULL AS no_day, note',
      );
      expect(found).toEqual([
        { day: '2026-02-04', no_day: false, note: 'kept' },
        { day: '2026-02-03', no_day: false, note: 'kept' },
      ]);
    },
  );

  it.each([
    ['a key', 'ALTER TABLE patron_info DROP CONSTRAINT patron_info_pkey', '42P10'],
    ['a column', 'ALTER TABLE patron_info DROP COLUMN pcode3', 'pcode3'],
  ])('is refused without %s, before and when it is written', async (_what, change, told) => {
    await writeTo(sink, records(1));
    await database.query(change);

    for (const work of [() => sink.check(never), () => writeTo(open(), records(2))]) {
      const error = await failure(work());
      expect(error).toMatchObject({ code: 'RECORDS_REFUSED', kind: 'config' });
      expect(error.message).toContain(told);
      expect(error.hint).toContain('unique patron_id');
    }
    expect(await count()).toBe(1);
  });

  it('is refused to a user who may not write it', async () => {
    await writeTo(sink, records(1));
    const user = `reader_${database.url.split('_').at(-1)}`;
    await database.query(`CREATE ROLE ${user} LOGIN PASSWORD 'pw'; GRANT SELECT ON patron_info TO ${user}`);
    const reading = open({ user, password: 'pw', createTable: false });

    expect(await failure(reading.check(never))).toMatchObject({ code: 'RECORDS_REFUSED' });
    expect((await failure(writeTo(reading, records(1)))).message).toContain('permission denied');
    expect((await failure(writeTo(reading, records(1)))).hint).toContain('Grant the user');
  });

  it('is busy, and nothing is wrong with it, where the server has no connection left', async () => {
    await writeTo(sink, records(1));
    const user = `crowd_${database.url.split('_').at(-1)}`;
    await database.query(`CREATE ROLE ${user} LOGIN PASSWORD 'pw' CONNECTION LIMIT 0`);
    const error = await failure(open({ user, password: 'pw' }).check(never));
    expect(error).toMatchObject({ code: 'RECORDS_BUSY', kind: 'transient' });
    expect(error.message).toContain('has no free connection (53300)');
    expect(error.message).not.toContain('lost');
  });

  it.each([
    ['is too short for it', 'ALTER patron_home_library_code TYPE varchar(1)', '22001'],
    ['takes no null', 'ALTER deletion_date_et SET NOT NULL', '23502'],
  ])('is refused a value where a column %s, and has its eleven columns', async (_, change, state) => {
    await writeTo(sink, records(1));
    await database.query(`DELETE FROM patron_info; ALTER TABLE patron_info ${change}`);
    const error = await failure(sink.write(records(1, 2)));
    expect(error).toMatchObject({ code: 'RECORDS_REFUSED', kind: 'config' });
    expect(error.message).toContain(`(${state})`);
    expect(error.hint).toContain('does not accept the value');
    expect(error.hint).not.toContain('unique patron_id');
  });
});

describe('a table of which the schema has not all fields', () => {
  const fields = ['patron_id', 'address_hash', 'ptype_code'] as const;

  it('needs no other columns, and its other columns stay as they are', async () => {
    await writeTo(sink, records(1));
    const { patron_id, address_hash, ptype_code } = patronInfo(1, { address_hash: 'new', ptype_code: 9 });
    const some = open({ fields });
    await writeTo(some, [{ info: { patron_id, address_hash, ptype_code }, avro: Buffer.alloc(0) }]);
    expect(await rows('address_hash, ptype_code, geoid, pcode3')).toEqual([
      { address_hash: 'new', ptype_code: 9, geoid: '36061000100', pcode3: 2 },
    ]);
    await database.query('ALTER TABLE patron_info DROP COLUMN pcode3, DROP COLUMN geoid');
    await some.check(never);
    await writeTo(some, [{ info: { patron_id, address_hash, ptype_code: null }, avro: Buffer.alloc(0) }]);
    expect(await rows('ptype_code')).toEqual([{ ptype_code: null }]);
  });
});

describe('a role with the documented rights', () => {
  const roleWith = async (rights: string) => {
    const user = `role_${database.url.split('_').at(-1)}_${rights.length}`;
    await database.query(`CREATE ROLE ${user} LOGIN PASSWORD 'pw'; ${rights.replaceAll('ROLE', user)}`);
    return { user, password: 'pw' };
  };
  const grant = 'GRANT SELECT, INSERT, UPDATE ON patron_info TO ROLE';

  it("writes another role's table, with create_table too", async () => {
    await makeSierra(database);
    await database.query('ALTER TABLE patron_info ADD UNIQUE (patron_id)');
    const theirs = open(await roleWith(grant));
    expect(await theirs.check(never)).toBe('patron_info has the columns of a record');
    await writeTo(theirs, records(2));
    expect(await count()).toBe(2);
  });

  it('may make the table, or is told before anything is sent that it may not', async () => {
    await database.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    const refused = open(await roleWith(''));
    for (const work of [
      () => refused.check(never),
      () => refused.open(true, never),
      () => refused.open(false, never),
    ]) {
      const error = await failure(work());
      expect(error).toMatchObject({ code: 'RECORDS_REFUSED' });
      expect(error.message).toContain('may not create it in schema public');
      expect(error.hint).toContain('GRANT CREATE ON SCHEMA public');
    }
    const allowed = open(await roleWith('GRANT CREATE ON SCHEMA public TO ROLE'));
    await allowed.open(true, never);
    expect(await database.query("SELECT 1 FROM pg_tables WHERE tablename = 'patron_info'")).toEqual([]);
    await writeTo(allowed, records(1));
    expect(await count()).toBe(1);
  });
});

describe('a batch', () => {
  it('is written as a whole or not at all', async () => {
    await writeTo(sink, records(1));
    await database.query('ALTER TABLE patron_info ALTER patron_home_library_code TYPE varchar(5)');
    const batch = records(2_500, 2);
    const [bad = batch[0]] = records(1, 9_999, { patron_home_library_code: 'secret-library' });

    const error = await failure(
      writeTo(
        sink,
        [...batch, bad].flatMap((record) => record ?? []),
      ),
    );

    expect(error).toMatchObject({ code: 'RECORDS_REFUSED' });
    expect(error.hint).toContain('does not accept the value');
    expect(await count()).toBe(1);
    await writeTo(sink, batch);
    expect(await count()).toBe(2_501);
  });

  it('may have a patron twice: the last record counts', async () => {
    const [first, second] = [{ postal_code: '1' }, { postal_code: '2', geoid: null }].map((named) =>
      encoded(patronInfo(1, named)),
    );
    await writeTo(
      sink,
      [first, ...records(1, 2), second].flatMap((record) => record ?? []),
    );

    expect(await rows('postal_code, geoid')).toEqual([
      { postal_code: '2', geoid: null },
      { postal_code: '10001', geoid: '36061000100' },
    ]);
  });

  it('replaces every column of a patron who is known', async () => {
    await writeTo(sink, records(1));
    const all = patronInfo(1, {
      address_hash: 'other',
      postal_code: '99999',
      geoid: '01001020100',
      creation_date_et: '2001-01-01',
      deletion_date_et: '2001-01-02',
      circ_active_date_et: '2001-01-03',
      ptype_code: 7,
      pcode3: 8,
      patron_home_library_code: 'xx',
      initial_patron_home_library_code: 'yy',
    });
    await writeTo(sink, [encoded(all)]);

    const days = ['creation_date_et', 'deletion_date_et', 'circ_active_date_et'];
    expect(await rows(`*, ${days.map((day) => `${day}::text`).join(', ')}`)).toEqual([all]);
  });
});

describe('when PostgreSQL is interrupted', () => {
  it('writes the batch again after a connection that was lost between two', async () => {
    await writeTo(sink, records(1));
    await cutConnections(database);
    await sink.write(records(1, 2));

    expect(await count()).toBe(2);
  });

  it('writes the batch again after a connection that was lost in the middle', async () => {
    await writeTo(sink, records(1));
    let writing: Promise<void> | undefined;
    await whileLocked(database, 'patron_info', async (untilWaiting) => {
      writing = sink.write(records(2_500));
      await untilWaiting();
      await cutConnections(database);
    });
    await writing;

    expect(await count()).toBe(2_500);
  });

  it('gives up when the table stays locked, and can be asked again', async () => {
    const hasty = open({ callTimeoutMs: 30 });
    await writeTo(sink, records(1));
    await whileLocked(database, 'patron_info', async () => {
      const error = await failure(hasty.write(records(1, 2)));
      expect(error).toMatchObject({ code: 'RECORDS_BUSY', kind: 'transient' });
    });
    await hasty.write(records(1, 2));

    expect(await count()).toBe(2);
  });

  it('reports that no server listens, that the database is not there, and a wrong password', async () => {
    const unreachable = open({ url: 'postgres://127.0.0.1:1/warehouse' });
    expect(await failure(writeTo(unreachable, records(1)))).toMatchObject({ code: 'RECORDS_UNREACHABLE' });
    const lost = open({ url: database.url.replace(/[^/]+$/, 'no_such_database') });
    expect(await failure(lost.check(never))).toMatchObject({ code: 'RECORDS_REFUSED' });
    const refused = open({ password: 'a-secret' });
    expect(await failure(refused.check(never))).toMatchObject({ code: 'RECORDS_REFUSED' });
  });
});
