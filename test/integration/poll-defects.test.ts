import { hash } from '@node-rs/bcrypt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { censusPage } from '../support/census-server.ts';
import {
  makePoller,
  type Poller,
  type PollerBench,
  salt,
  saltBytes,
  startPollerBench,
} from '../support/poller.ts';
import { putPatrons, type TestPatron } from '../support/sierra.ts';

// What patron-info-poller 2.0.0 was seen to do wrong, one by one.

let bench: PollerBench;
let poller: Poller;
beforeAll(async () => {
  bench = await startPollerBench();
  for (let id = 1; id <= 100; id += 1) bench.census.know(`${id} MAIN ST`, '10001', '36061000100');
});
afterAll(() => bench.stop());
beforeEach(async () => {
  poller = await makePoller(bench);
});
afterEach(async () => {
  await poller.close();
  bench.census.heal();
  bench.kinesis.heal();
  bench.s3.heal();
});

const now = ['--now', '2026-02-01T12:00:00Z'];
const hashOf = async (text: string) => (await hash(text, 4, saltBytes)).slice(salt.length);
const many = (count: number, patron: (index: number) => Partial<TestPatron> = () => ({})): TestPatron[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, ...patron(index) }));
const ids = () => poller.records().map(({ patron_id }) => patron_id);

describe('where the original stalled', () => {
  it('sends 25 patrons of one timestamp with two addresses each in batches of 10, once', async () => {
    await putPatrons(
      poller.database,
      many(25, () => ({ addresses: [{}, { order: 1 }] })),
    );
    const small = { ACTIVE_PATRON_BATCH_SIZE: '10' };
    expect((await poller.poll(now, small)).code).toBe(0);
    expect(new Set(ids()).size).toBe(25);
    expect((await poller.poll(now, small)).code).toBe(0);
    expect(ids()).toEqual([]);
  });

  it('sends 50 deletions of one day in batches of 10, once', async () => {
    await putPatrons(
      poller.database,
      many(50, () => ({ created: '2010-01-01', deleted: '2026-01-20' })),
    );
    const small = { DELETED_PATRON_BATCH_SIZE: '10' };
    expect((await poller.poll(now, small)).code).toBe(0);
    const sent = ids();
    expect(sent).toHaveLength(50);
    expect(new Set(sent).size).toBe(50);
    await poller.poll(now, small);
    expect(ids()).toEqual([]);
  });

  it('goes on after an updated batch made only of new patrons', async () => {
    const fresh = many(30, () => ({ created: '2026-01-05 12:00:00+00' }));
    const old = many(5, (index) => ({
      id: 50 + index,
      created: '2010-01-01',
      updated: '2026-01-06 12:00:00+00',
    }));
    await putPatrons(poller.database, [...fresh, ...old]);
    const small = { ACTIVE_PATRON_BATCH_SIZE: '10' };
    const { stdout } = await poller.poll(now, small);
    expect(stdout).toContain('updated: 35 read = 5 sent + 30 left out + 0 rejected');
    expect(ids()).toHaveLength(35);
    await poller.poll(now, small);
    expect(ids()).toEqual([]);
  });
});

describe('the geocoder', () => {
  const send = async (count: number) => {
    await putPatrons(poller.database, many(count));
    return poller.poll(now);
  };
  const soon = (times = 1) => ({ times });

  it.each([
    ['an empty 200', { status: 200, body: '' }],
    ['a page with 200', { status: 200, body: censusPage }],
    ['a page with 429', { status: 429, body: censusPage, retryAfter: '0' }],
    ['an error 502', { status: 502 }],
    ['missing rows', { missing: { each: 3 } }],
    ['missing last rows', { missing: { last: 4 } }],
    ['doubled rows', { spoil: 'doubled' }],
    ['contradicting rows', { spoil: 'contradicted' }],
    ['foreign ids', { spoil: 'foreign-ids' }],
    ['a truncated answer', { spoil: 'truncated' }],
    ['a reset', { reset: 'midway' }],
  ] as const)(
    'is asked again after %s, and no tract is lost',
    async (_, fault) => {
      bench.census.fail(fault, soon());
      const { code } = await send(20);
      expect(code).toBe(0);
      const records = poller.records();
      expect(records).toHaveLength(20);
      expect(records.map(({ geoid }) => geoid)).toEqual(new Array(20).fill('36061000100'));
    },
    60_000,
  );

  it('takes an address with a line break, and one with quotes', async () => {
    const addresses = ['7 MAIN\r\nST', `8 'MAIN" ST\\`, '9 MAIN\rST'];
    for (const number of [7, 8, 9]) bench.census.know(`${number} MAIN ST`, '10002', '36061000200');
    await putPatrons(
      poller.database,
      addresses.map((street, index) => ({ id: index + 1, addresses: [{ street, zip: '10002' }] })),
    );
    expect((await poller.poll(now)).code).toBe(0);
    expect(poller.records().map(({ geoid }) => geoid)).toEqual(new Array(3).fill('36061000200'));
  });

  it('asks for a known address without a tract again', async () => {
    const known = await hashOf('7_7 MAIN ST_NEW YORK_NY_10001');
    await poller.database.query(
      `INSERT INTO patron_info (patron_id, address_hash) VALUES ('${await hashOf('7')}', '${known}')`,
    );
    await putPatrons(poller.database, [{ id: 7, created: '2010-01-01', updated: '2026-01-05' }]);
    await poller.poll(now);
    expect(poller.records()[0]).toMatchObject({ geoid: '36061000100' });
  });
});

describe('values', () => {
  it('counts days in New York, in any zone of the server', async () => {
    await poller.database.query(
      `ALTER DATABASE ${new URL(poller.database.url).pathname.slice(1)} SET timezone = 'Asia/Tokyo'`,
    );
    await putPatrons(poller.database, [
      { id: 1, created: '2026-01-06 04:59:59+00', active: '2026-01-07 04:59:59+00' },
    ]);
    await poller.poll(now);
    expect(poller.records()[0]).toMatchObject({
      creation_date_et: '2026-01-05',
      circ_active_date_et: '2026-01-06',
    });
  });

  it('sends updated patrons without a creation date, and with dates that no calendar has', async () => {
    const updated = '2026-01-05 12:00:00+00';
    await putPatrons(poller.database, [
      { id: 1, created: null, updated },
      { id: 2, created: '1500-01-02', updated, active: 'infinity' },
      { id: 3, created: '12000-01-01', updated, active: '0044-03-15 BC' },
    ]);
    expect((await poller.poll(now)).code).toBe(0);
    expect(
      poller
        .records()
        .map(({ creation_date_et, circ_active_date_et }) => [creation_date_et, circ_active_date_et]),
    ).toEqual([
      [null, '2026-01-04'],
      ['1500-01-01', null],
      [null, null],
    ]);
  });

  it('makes one record of two rows of the warehouse, the newest', async () => {
    const known = await hashOf('7_7 MAIN ST_NEW YORK_NY_10001');
    const patron = await hashOf('7');
    await poller.database.query(`INSERT INTO patron_info (patron_id, address_hash, geoid, circ_active_date_et) VALUES
      ('${patron}', '${known}', '36061000001', '2025-01-01'), ('${patron}', '${known}', '36061000002', '2025-06-01')`);
    await putPatrons(poller.database, [{ id: 7, created: '2010-01-01', updated: '2026-01-05' }]);
    await poller.poll(now);
    expect(poller.records().map(({ geoid }) => geoid)).toEqual(['36061000002']);
  });

  it('leaves a patron that was touched and deleted to the deletion, which keeps what is known', async () => {
    const patron = await hashOf('7');
    await poller.database.query(
      `INSERT INTO patron_info (patron_id, address_hash, ptype_code) VALUES ('${patron}', 'hash', 33)`,
    );
    await putPatrons(poller.database, [
      { id: 7, created: '2010-01-01', updated: '2026-01-05', deleted: '2026-01-05', isDropped: true },
      { id: 8, created: '2026-01-04', deleted: '2026-01-05', isDropped: true },
    ]);
    const { stdout } = await poller.poll(now);
    expect(stdout).toContain('left out: 1 deleted since');
    const records = poller.records();
    expect(records).toHaveLength(2);
    expect(records[0]).toMatchObject({ patron_id: patron, ptype_code: 33, deletion_date_et: '2026-01-05' });
  });

  it('refuses a salt with spare bits before anything is read', async () => {
    const { code, stderr } = await poller.poll(now, { BCRYPT_SALT: '$2a$04$8AvAPrrUsmlBa50qgc683f' });
    expect(code).toBe(78);
    expect(stderr).toContain('obfuscation.salt');
    expect(stderr).not.toContain('8AvAPrrUsmlBa50qgc683f');
  });

  it('takes a password with every special character', async () => {
    const password = 'p@ss/w%rd:?#[]&=';
    const name = new URL(poller.database.url).pathname.slice(1);
    await poller.database.query(`CREATE ROLE reader_${name} LOGIN PASSWORD '${password}'`);
    await poller.database.query(`GRANT USAGE ON SCHEMA sierra_view TO reader_${name}`);
    await poller.database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA sierra_view TO reader_${name}`);
    await putPatrons(poller.database, [{ id: 1 }]);
    const { code } = await poller.poll(now, {
      SIERRA_DB_USER: `reader_${name}`,
      SIERRA_DB_PASSWORD: password,
    });
    expect(code).toBe(0);
    expect(ids()).toHaveLength(1);
  });
});

describe('Kinesis and the state', () => {
  it('sends refused records again, and keeps the records of a patron in one shard', async () => {
    await putPatrons(poller.database, many(60));
    bench.kinesis.fail({ each: 3, code: 'ProvisionedThroughputExceededException' }, { times: 4 });
    expect((await poller.poll(now)).code).toBe(0);
    expect(new Set(ids()).size).toBe(60);
    await putPatrons(
      poller.database,
      many(60, () => ({ updated: '2026-01-09' })),
    );
    expect((await poller.poll(now)).code).toBe(0);
    const shards = new Map<string, Set<number>>();
    for (const { partitionKey, shard } of bench.kinesis.records())
      shards.set(partitionKey, (shards.get(partitionKey) ?? new Set()).add(shard));
    expect([...shards.values()].every((each) => each.size === 1)).toBe(true);
    expect(new Set(bench.kinesis.records().map(({ shard }) => shard)).size).toBeGreaterThan(1);
  });

  it('sends nothing twice when the state could not be saved at first', async () => {
    await putPatrons(poller.database, many(30));
    bench.s3.fail('PutObject', { status: 503, code: 'SlowDown' }, { after: 2, times: 3 });
    expect((await poller.poll(now, { ACTIVE_PATRON_BATCH_SIZE: '10' })).code).toBe(0);
    expect(ids()).toHaveLength(30);
  }, 60_000);

  it('starts from the configured times when there is no state, and says so', async () => {
    await putPatrons(poller.database, [
      { id: 1, created: '2025-12-31' },
      { id: 2, created: '2026-01-02' },
    ]);
    const { code, stdout } = await poller.poll(now, {
      STARTING_CREATION_DT: '2026-01-01 00:00:00-05',
      STARTING_UPDATE_DT: '2026-01-01 00:00:00-05',
    });
    expect(code).toBe(0);
    expect(stdout).toContain('There is no checkpoint at');
    expect(ids()).toHaveLength(1);
  });

  it('refuses to run beside another run', async () => {
    await putPatrons(poller.database, many(3));
    bench.census.delayMs = 300;
    const held = poller.poll(now, { ACTIVE_PATRON_BATCH_SIZE: '1' });
    const results = await Promise.all([held, poller.poll(now)]);
    expect(results.map(({ code }) => code).sort()).toEqual([0, 75]);
    expect(results.find(({ code }) => code === 75)?.stdout).toContain('Another run holds the lease');
  });
});
