import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { hash } from '@node-rs/bcrypt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PatronInfo } from '../../src/poll/ports.ts';
import {
  makePoller,
  type Poller,
  type PollerBench,
  salt,
  saltBytes,
  startPollerBench,
} from '../support/poller.ts';
import { putPatrons, type TestPatron } from '../support/sierra.ts';

// A week of nightly polls into the table that is the warehouse too. Then what docs/operations.md says about a poll is
// done word for word, and the table is compared field by field with what a consumer had before.

let bench: PollerBench;
let poller: Poller;
beforeAll(async () => {
  bench = await startPollerBench();
});
afterAll(() => bench.stop());
beforeEach(async () => {
  poller = await makePoller(bench);
  await poller.database.query('ALTER TABLE patron_info ADD UNIQUE (patron_id)');
});
afterEach(async () => {
  await poller.close();
  bench.census.heal();
});

const hashOf = async (text: string) => (await hash(text, 4, saltBytes)).slice(salt.length);
const libraries = ['ml', 'hd', 'ss', null];
const day = (number: number) => `2026-01-${String(number).padStart(2, '0')}`;

/** Patrons of the library, and what the table must have of each, told by what happened to them. */
class Week {
  readonly patrons = new Map<number, TestPatron>();
  readonly expected = new Map<number, Omit<PatronInfo, 'patron_id' | 'address_hash'>>();
  readonly addresses = new Map<number, string>();

  create(id: number, on: number): void {
    const library = libraries[id % libraries.length] ?? null;
    const created = `${day(on)} 15:00:${String(id % 60).padStart(2, '0')}+00`;
    this.patrons.set(id, { id, created, library, type: id % 30, pcode3: id % 7 });
    this.expected.set(id, {
      ...this.#dwelling(id, id),
      creation_date_et: day(on),
      deletion_date_et: null,
      circ_active_date_et: '2026-01-04',
      ptype_code: id % 30,
      pcode3: id % 7,
      patron_home_library_code: library,
      initial_patron_home_library_code: library,
    });
  }

  /** Every tenth address is not found. */
  #dwelling(id: number, number: number) {
    this.addresses.set(id, `${number} MAIN ST`);
    const geoid = number % 10 === 0 ? null : `36061${String(number % 90).padStart(6, '0')}`;
    if (geoid) bench.census.know(`${number} MAIN ST`, '10001', geoid);
    return { postal_code: '10001', geoid };
  }

  move(id: number, on: number): void {
    const library = libraries[(id + on) % libraries.length] ?? null;
    const number = 1000 + id * 10 + on;
    const moved = {
      library,
      updated: `${day(on)} 16:00:00+00`,
      addresses: [{ street: `${number} MAIN ST` }],
    };
    this.patrons.set(id, { ...(this.patrons.get(id) as TestPatron), ...moved });
    const before = this.expected.get(id);
    if (before)
      this.expected.set(id, { ...before, ...this.#dwelling(id, number), patron_home_library_code: library });
  }

  /** @param dated the day that Sierra gives the deletion */
  remove(id: number, on: number, dated = on): void {
    const gone = { updated: `${day(on)} 17:00:00+00`, deleted: day(dated), isDropped: true };
    this.patrons.set(id, { ...(this.patrons.get(id) as TestPatron), ...gone });
    const before = this.expected.get(id);
    if (before) this.expected.set(id, { ...before, deletion_date_et: day(dated) });
  }

  async rows(): Promise<PatronInfo[]> {
    const rows = [...this.expected].map(async ([id, fields]) => ({
      patron_id: await hashOf(String(id)),
      address_hash: await hashOf(`${id}_${this.addresses.get(id)}_NEW YORK_NY_10001`),
      ...fields,
    }));
    return byId(await Promise.all(rows));
  }
}

const byId = (rows: PatronInfo[]) => rows.sort((a, b) => (a.patron_id < b.patron_id ? -1 : 1));

async function table(): Promise<PatronInfo[]> {
  const days = ['creation_date_et', 'deletion_date_et', 'circ_active_date_et'];
  const rows = await poller.database.query(
    `SELECT *, ${days.map((name) => `${name}::text`).join(', ')} FROM patron_info`,
  );
  return byId(rows as unknown as PatronInfo[]);
}

async function poll(on: number, args: readonly string[] = [], more: Record<string, string> = {}) {
  const { hostname, port, pathname } = new URL(poller.database.url);
  const { user, password } = poller.database;
  const sink = `postgres://${user}:${password}@${hostname}:${port}${pathname}?sslmode=disable`;
  const ran = await poller.poll(['--now', `${day(on)}T23:00:00Z`, ...args], { RECORDS_URL: sink, ...more });
  expect(ran.code, ran.stdout).toBe(0);
  return ran;
}

/** Five nights with new patrons, moves, and deletions, two of which are dated back. */
async function liveAWeek(): Promise<Week> {
  const week = new Week();
  for (let id = 1; id <= 120; id += 1) week.create(id, 5);
  await putPatrons(poller.database, [...week.patrons.values()]);
  await poll(5);
  for (let on = 6; on <= 10; on += 1) {
    for (let id = on * 100; id < on * 100 + 20; id += 1) week.create(id, on);
    for (let id = on; id <= 60; id += 5) week.move(id, on);
    for (let id = 60 + on; id <= 115; id += 6) if (!week.patrons.get(id)?.deleted) week.remove(id, on);
    if (on === 8) week.remove(61, on, 6);
    // Created and deleted between two polls; the deletion of its day is to come.
    if (on === 9) {
      week.create(950, on);
      week.remove(950, on);
    }
    await putPatrons(poller.database, [...week.patrons.values()]);
    await poll(on);
  }
  await poll(12);
  return week;
}

describe('after a week of polls', () => {
  it('the table is what happened, and no documented repair makes it worse', async () => {
    const week = await liveAWeek();
    // Nothing of the patron but the two days was ever sent, as Sierra had dropped the rest.
    const between = await hashOf('950');
    const others = (rows: PatronInfo[]) => rows.filter(({ patron_id }) => patron_id !== between);
    const before = await table();
    expect(others(before)).toEqual(others(await week.rows()));
    expect(before.find(({ patron_id }) => patron_id === between)).toMatchObject({
      creation_date_et: day(9),
      deletion_date_et: day(9),
      ptype_code: null,
    });
    const expectUnchanged = async (what: string) => expect(await table(), what).toEqual(before);

    bench.census.requests.length = 0;
    await poll(12, [], { BACKFILL: 'True', IGNORE_CACHE: 'True', STARTING_CREATION_DT: '2020-01-01' });
    await expectUnchanged('a back-fill');
    // An address that is known with its tract was not sent away again.
    expect(before.filter(({ geoid }) => geoid !== null).length).toBeGreaterThan(150);
    expect(bench.census.requests.flatMap(({ rows }) => rows).length).toBeLessThan(60);

    await poll(12, ['--since', '2026-01-01']);
    await expectUnchanged('--since');

    await poll(12, ['--since', '2026-01-08']);
    await expectUnchanged('a later --since');

    await bench.s3.client.send(new DeleteObjectCommand({ Bucket: 'states', Key: poller.stateKey }));
    const { stdout } = await poll(12);
    expect(stdout).toContain('There is no checkpoint');
    await expectUnchanged('a lost checkpoint');

    for (const mode of ['new', 'updated', 'deleted']) {
      await poll(12, ['--since', '2026-01-01', '--mode', mode]);
      await expectUnchanged(`--since of ${mode} alone`);
    }
  }, 180_000);
});
