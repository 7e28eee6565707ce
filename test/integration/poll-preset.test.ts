import { hash } from '@node-rs/bcrypt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  makePoller,
  type Poller,
  type PollerBench,
  salt,
  saltBytes,
  startPollerBench,
} from '../support/poller.ts';
import { putPatrons } from '../support/sierra.ts';

let bench: PollerBench;
let poller: Poller;
beforeAll(async () => {
  bench = await startPollerBench();
  for (let id = 1; id <= 60; id += 1) bench.census.know(`${id} MAIN ST`, '10001', '36061000100');
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

describe('the preset patron-info-poller', () => {
  it('sends a new patron as the original does', async () => {
    await putPatrons(poller.database, [
      {
        id: 420907,
        created: '2026-01-06 03:00:00.123456+00',
        active: '2026-01-07 04:59:59+00',
        library: 'ml ',
        addresses: [
          { order: 1, street: 'OLD', zip: '99999' },
          { order: 0, type: 2, street: 'SECOND' },
          { order: 0, type: 1, street: ' 1 MAIN ST ', city: 'NEW YORK', region: 'NY', zip: '10001-1234' },
          { order: null, street: 'NONE' },
        ],
      },
    ]);
    bench.census.know('1 MAIN ST', '10001-1234', '36061000100');
    const { code } = await poller.poll(now);
    expect(code).toBe(0);
    expect(poller.records()).toEqual([
      {
        patron_id: await hashOf('420907'),
        address_hash: await hashOf('420907_1 MAIN ST_NEW YORK_NY_10001-1234'),
        postal_code: '10001',
        geoid: '36061000100',
        creation_date_et: '2026-01-05',
        deletion_date_et: null,
        circ_active_date_et: '2026-01-06',
        ptype_code: 10,
        pcode3: 2,
        patron_home_library_code: 'ml',
        initial_patron_home_library_code: 'ml',
      },
    ]);
    expect(await poller.state()).toMatchObject({
      creation_dt: '2026-01-05T22:00:00.123456-05:00',
      update_dt: '2026-01-05T22:00:00.123456-05:00',
      deletion_date: '2020-01-01',
    });
  });

  it('keeps what the warehouse knows of an updated patron, and geocodes what it does not', async () => {
    const known = await hashOf('7_7 MAIN ST_NEW YORK_NY_10001');
    const patronId = await hashOf('7');
    const moved = await hashOf('8');
    await poller.database.query(`INSERT INTO patron_info VALUES
      ('${patronId}', '${known}', '10001', '36061999900', '2020-01-01', NULL, '2025-01-01', 1, 1, 'xx', 'first'),
      ('${moved}', 'another address', '10001', '36061888800', '2020-01-01', NULL, '2025-01-01', 1, 1, 'xx', 'sixth')`);
    const patron = { created: '2019-01-01 12:00:00+00', updated: '2026-01-10 12:00:00+00' };
    await putPatrons(poller.database, [
      { id: 7, ...patron },
      { id: 8, ...patron },
      { id: 9, ...patron, library: 'none' },
    ]);
    const { code, stdout } = await poller.poll(now);
    expect(code).toBe(0);
    const records = poller.records();
    expect(records).toHaveLength(3);
    expect(records[0]).toMatchObject({
      patron_id: patronId,
      geoid: '36061999900',
      initial_patron_home_library_code: 'first',
      patron_home_library_code: 'ml',
      creation_date_et: '2019-01-01',
    });
    expect(records[1]).toMatchObject({
      patron_id: moved,
      geoid: '36061000100',
      initial_patron_home_library_code: 'sixth',
    });
    expect(records[2]).toMatchObject({
      patron_id: await hashOf('9'),
      geoid: '36061000100',
      patron_home_library_code: null,
      initial_patron_home_library_code: null,
    });
    expect(bench.census.requests.flatMap(({ rows }) => rows)).toHaveLength(2);
    expect(stdout).toContain('updated: no first home library is known for 1 of the patrons.');
  });

  it('sends a deleted patron with what the warehouse knows', async () => {
    const patronId = await hashOf('5');
    await poller.database.query(`INSERT INTO patron_info VALUES
      ('${patronId}', 'hash', '10001', '36061999900', '2020-01-01', NULL, '2025-01-01', 1, 3, 'xx', 'first')`);
    await putPatrons(poller.database, [
      { id: 5, created: '2019-01-01 12:00:00+00', deleted: '2026-01-20', isDropped: true },
      { id: 6, created: '2019-01-01 12:00:00+00', deleted: '2026-01-21', isDropped: true },
      { id: 4, created: '2019-01-01 12:00:00+00', deleted: '2026-02-01', isDropped: true },
    ]);
    expect((await poller.poll(now)).code).toBe(0);
    const empty = {
      address_hash: null,
      postal_code: null,
      geoid: null,
      creation_date_et: null,
      circ_active_date_et: null,
      ptype_code: null,
      pcode3: null,
      patron_home_library_code: null,
      initial_patron_home_library_code: null,
    };
    expect(poller.records()).toEqual([
      {
        patron_id: patronId,
        address_hash: 'hash',
        postal_code: '10001',
        geoid: '36061999900',
        creation_date_et: '2020-01-01',
        deletion_date_et: '2026-01-20',
        circ_active_date_et: '2025-01-01',
        ptype_code: 1,
        pcode3: 3,
        patron_home_library_code: 'xx',
        initial_patron_home_library_code: 'first',
      },
      {
        ...empty,
        patron_id: await hashOf('6'),
        creation_date_et: '2019-01-01',
        deletion_date_et: '2026-01-21',
      },
    ]);
    expect(await poller.state()).toMatchObject({ deletion_date: '2026-01-21' });
  });

  it('reads a state of the original, and writes one that the original can read', async () => {
    await poller.putState({
      creation_dt: '2026-01-05T07:00:00-05:00',
      update_dt: '2026-01-31T00:00:00.5-05:00',
      deletion_date: '2026-01-15',
    });
    await putPatrons(poller.database, [
      { id: 1, created: '2026-01-05 11:59:59+00' },
      { id: 2, created: '2026-01-05 12:00:00+00' },
      { id: 3, created: '2026-01-05 12:00:01+00' },
      { id: 4, created: '2019-01-01 00:00:00+00', deleted: '2026-01-14' },
      { id: 5, created: '2019-01-01 00:00:00+00', deleted: '2026-01-15' },
    ]);
    expect((await poller.poll(now)).code).toBe(0);
    expect(poller.records().map(({ patron_id }) => patron_id)).toEqual([
      await hashOf('2'),
      await hashOf('3'),
      await hashOf('5'),
    ]);
    const state = await poller.state();
    expect(state).toMatchObject({
      creation_dt: '2026-01-05T07:00:01-05:00',
      update_dt: '2026-01-31T00:00:00.500000-05:00',
      deletion_date: '2026-01-15',
    });
    // The original changes its own keys and keeps the others: an id beside another time says nothing any more.
    await poller.putState({ ...state, creation_dt: '2026-01-05T07:00:00-05:00' });
    expect((await poller.poll(now)).code).toBe(0);
    expect(poller.records()).toHaveLength(2);
  });

  it('obeys MAX_BATCHES, IGNORE_CACHE, IGNORE_KINESIS and BACKFILL, where they say exactly True', async () => {
    const patrons = Array.from({ length: 25 }, (_, index) => ({
      id: index + 1,
      created: `2026-01-05 12:00:${String(index).padStart(2, '0')}+00`,
    }));
    await putPatrons(poller.database, [...patrons, { id: 50, created: '2010-01-01', deleted: '2026-01-01' }]);
    const batches = { ACTIVE_PATRON_BATCH_SIZE: '10', MAX_BATCHES: '0', DELETED_PATRON_BATCH_SIZE: '10' };
    await poller.poll(now, { ...batches, BACKFILL: 'True' });
    expect(poller.records()).toHaveLength(10);
    const ignoring = { IGNORE_CACHE: 'True', STARTING_CREATION_DT: '2026-01-05T07:00:20-05', S3_BUCKET: '' };
    await poller.poll(now, { ...ignoring, BACKFILL: 'True' });
    expect(poller.records()).toHaveLength(5);
    expect(await poller.state()).toMatchObject({ creation_dt: '2026-01-05T07:00:09-05:00' });
    await poller.poll(now, { ...batches, MAX_BATCHES: '1', IGNORE_KINESIS: 'True', IGNORE_CACHE: 'true' });
    expect(poller.records()).toHaveLength(0);
    expect(await poller.state()).toMatchObject({ creation_dt: '2026-01-05T07:00:19-05:00' });
    await poller.poll(now);
    expect(poller.records()).toHaveLength(5);
  });

  it('takes the time of --now in its own zone, and none in the future', async () => {
    const local = await poller.poll(['--now', '2026-02-01T00:00', '--json']);
    expect(JSON.parse(local.stdout).modes[0].before).toBe('2026-02-01 05:00:00.000000');
    const future = await poller.poll(['--now', '2999-01-01T00:00:00Z']);
    expect(future.code).toBe(64);
    expect(future.stderr).toContain('--now is in the future.');
    expect((await poller.poll(['--now', 'yesterday'])).code).toBe(64);
  });

  it('does nothing that leaves a trace in a dry run', async () => {
    await putPatrons(poller.database, [{ id: 1 }]);
    const { code, stdout } = await poller.poll([...now, '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain('new: 1 read = 1 made');
    expect(stdout).toContain('Dry run: nothing was sent');
    expect(poller.records()).toEqual([]);
    expect(await poller.state()).toBeNull();
    expect(bench.s3.calls.filter(({ operation }) => operation === 'PutObject')).toEqual([]);
  });
});
