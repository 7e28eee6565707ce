import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePoller, type Poller, type PollerBench, startPollerBench } from '../support/poller.ts';
import { putPatrons, type TestPatron } from '../support/sierra.ts';

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
afterEach(() => poller.close());

const start = {
  STARTING_CREATION_DT: '2026-01-01',
  STARTING_UPDATE_DT: '2026-01-01',
  STARTING_DELETION_DT: '2026-01-01',
};

async function run(night: number, command: readonly string[] = [], more: Record<string, string> = {}) {
  const { hostname, port, pathname } = new URL(poller.database.url);
  const { user, password } = poller.database;
  const sink = `postgres://${user}:${password}@${hostname}:${port}${pathname}?sslmode=disable`;
  const now = `2026-01-${String(night).padStart(2, '0')}T23:00:00Z`;
  return poller.poll([...command, '--now', now], { RECORDS_URL: sink, ...start, ...more });
}

/** Patrons of three days, the last of which was at 03:00 UTC, the evening before in New York; some are deleted. */
const patrons: readonly TestPatron[] = [
  ...Array.from({ length: 30 }, (_, id) => ({ id: id + 1, created: '2026-01-05 15:00:00+00' })),
  ...Array.from({ length: 20 }, (_, id) => ({ id: id + 101, created: '2026-01-07 03:00:00+00' })),
  ...Array.from({ length: 10 }, (_, id) => ({
    id: id + 201,
    created: '2026-01-08 15:00:00+00',
    updated: '2026-01-08 16:00:00+00',
    deleted: '2026-01-08',
    isDropped: true,
  })),
  // Days are compared up to that of the last patron who was sent.
  { id: 301, created: '2026-01-11 15:00:00+00' },
  { id: 302, created: '2026-01-11 15:00:00+00', deleted: '2026-01-11', isDropped: true },
];

async function pollAWeek(): Promise<void> {
  await putPatrons(poller.database, [...patrons]);
  for (const night of [6, 9, 12]) expect((await run(night)).code).toBe(0);
}

describe('poll reconcile', () => {
  it('says that both are equal, by day of creation and of deletion, and changes nothing', async () => {
    await pollAWeek();
    const state = await poller.state();

    const { code, stdout } = await run(12, ['reconcile']);

    expect(stdout).toContain('Equal: Sierra and the warehouse have the same number of patrons on every day.');
    expect(stdout).toMatch(/created from .*: 60 in Sierra, 60 in the warehouse; 0 days of 3 unequal/);
    expect(stdout).toMatch(/deleted from .*: 10 in Sierra, 10 in the warehouse; 0 days of 1 unequal/);
    expect(code).toBe(0);
    expect(await poller.state()).toEqual(state);
  });

  it('names each day that differs, and the documented repair makes them equal', async () => {
    await pollAWeek();
    await poller.database.query(
      "DELETE FROM patron_info WHERE ctid IN (SELECT ctid FROM patron_info WHERE creation_date_et::text = '2026-01-06' LIMIT 3)",
    );
    await poller.database.query(
      'UPDATE patron_info SET deletion_date_et = NULL WHERE ctid IN (SELECT ctid FROM patron_info WHERE deletion_date_et IS NOT NULL LIMIT 1)',
    );

    const page = join(poller.directory, 'page.html');
    const { code, stdout } = await run(12, ['reconcile', '--report', page]);

    expect(code).toBe(1);
    expect(stdout).toContain('UNEQUAL: Sierra and the warehouse differ.');
    expect(stdout).toContain('2026-01-06: 20 in Sierra, 17 in the warehouse');
    expect(stdout).toContain('2026-01-08: 10 in Sierra, 9 in the warehouse');
    expect(stdout).toContain('run: patronflow poll --since 2026-01-06');
    expect(await readFile(page, 'utf8')).toContain('2026-01-06');
    const { compared } = JSON.parse((await run(12, ['reconcile', '--json'])).stdout);
    expect(compared[0].unequal).toEqual([{ day: '2026-01-06', source: 20, warehouse: 17 }]);

    expect((await run(12, ['--since', '2026-01-06'])).code).toBe(0);
    expect((await run(12, ['reconcile'])).code).toBe(0);
  });

  it('repairs what differs where it is asked to, and compares once more', async () => {
    await pollAWeek();
    await poller.database.query("DELETE FROM patron_info WHERE creation_date_et::text >= '2026-01-06'");

    const { code, stdout } = await run(12, ['reconcile', '--repair']);

    expect(stdout).toMatch(/UNEQUAL: [\s\S]*Sent: \d+ records[\s\S]*Equal: /);
    expect(code).toBe(0);
    expect((await run(12, ['reconcile', '--repair'])).stdout).not.toContain('Sent:');
  });

  it('leaves out the days that the poll has not gone past, and those before --since', async () => {
    await pollAWeek();
    await putPatrons(poller.database, [...patrons, { id: 900, created: '2026-01-12 22:59:00+00' }]);
    expect((await run(12, ['reconcile'])).code).toBe(0);
    const { stdout } = await run(12, ['reconcile', '--since', '2026-01-06']);
    expect(stdout).toMatch(
      /created from 2026-01-06 on, before 2026-01-11: 30 in Sierra, 30 in the warehouse/,
    );
  });

  it('finds patron by patron what is missing, stale or too many, and sends again what is asked for', async () => {
    await pollAWeek();
    const { stdout: equal, stderr, code } = await run(12, ['reconcile', '--hashes']);
    expect(equal).toContain('Equal: the warehouse has the record of every patron as Sierra has it.');
    expect(stderr).toMatch(/^62 patrons are compared by two hashes each: about .* on this machine\./m);
    expect(code).toBe(0);

    // No number of a day tells any of these.
    await poller.database.query(`
      CREATE TABLE before AS SELECT * FROM patron_info;
      UPDATE patron_info SET ptype_code = 99 WHERE ctid IN (SELECT ctid FROM patron_info WHERE ptype_code = 10 LIMIT 2);
      UPDATE patron_info SET patron_id = 'a stranger' WHERE ctid IN (SELECT ctid FROM patron_info WHERE ptype_code = 10 LIMIT 1);
      UPDATE patron_info SET address_hash = 'of an old address', postal_code = '99999'
        WHERE ctid IN (SELECT ctid FROM patron_info WHERE ptype_code = 10 AND patron_id <> 'a stranger' LIMIT 1)`);
    expect((await run(12, ['reconcile'])).code).toBe(0);
    const found = await run(12, ['reconcile', '--hashes', '--json']);
    expect(found.code).toBe(1);
    expect(JSON.parse(found.stdout).records).toMatchObject({
      ...{ missing: 1, stale: 3, tooMany: 1, sentAgain: 0, waiting: 0, tooLongToHash: 0 },
      differing: { ptype_code: 2, address_hash: 1, postal_code: 1 },
    });

    const repaired = await run(12, ['reconcile', '--hashes', '--repair']);
    expect(repaired.stdout).toContain('4 were sent again.');
    await poller.database.query("DELETE FROM patron_info WHERE patron_id = 'a stranger'");
    expect((await run(12, ['reconcile', '--hashes'])).code).toBe(0);
    const [row] = await poller.database.query(
      'SELECT count(*)::int AS count FROM (SELECT * FROM before EXCEPT SELECT * FROM patron_info) AS other',
    );
    expect(row?.count).toBe(0);
  });

  it('refuses another key than that of the polls before it compares patron by patron', async () => {
    await pollAWeek();
    const other = { BCRYPT_SALT: '$2a$04$9AvAPrrUsmlBa50qgc683e' };
    const { code, stdout } = await run(12, ['reconcile', '--hashes', '--repair'], other);
    expect(code).toBe(78);
    expect(stdout).toContain('KEY_CHANGED');
    const [row] = await poller.database.query('SELECT count(*)::int AS count FROM patron_info');
    expect(row?.count).toBe(62);
  });

  it('leaves to the next poll, patron by patron, what has changed since the last one', async () => {
    await pollAWeek();
    await putPatrons(poller.database, [
      ...patrons.slice(1),
      { id: 1, created: '2026-01-05 15:00:00+00', updated: '2026-01-12 23:30:00+00', type: 7 },
      { id: 900, created: '2026-01-12 22:59:00+00' },
    ]);
    const { code, stdout } = await run(14, ['reconcile', '--hashes', '--json']);
    expect(JSON.parse(stdout).records).toMatchObject({ missing: 0, stale: 0, waiting: 2, tooMany: 0 });
    expect(code).toBe(0);
    const since = await run(14, ['reconcile', '--hashes', '--since', '2026-01-07', '--json']);
    expect(JSON.parse(since.stdout).records).toMatchObject({
      compared: 12,
      missing: 0,
      stale: 0,
      tooMany: null,
    });
  });

  it('names Sierra or the warehouse where one does not answer', async () => {
    await pollAWeek();
    await poller.database.query('ALTER TABLE patron_info RENAME TO elsewhere');
    const { code, stdout } = await run(12, ['reconcile']);
    expect(code).not.toBe(0);
    expect(stdout).toContain('FAILED.');
    await poller.database.query('ALTER TABLE elsewhere RENAME TO patron_info');
  });
});
