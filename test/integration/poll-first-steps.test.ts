import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CensusServer, startCensusServer } from '../support/census-server.ts';
import { run, temporaryDirectory } from '../support/command.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { makeSierra, putPatrons } from '../support/sierra.ts';

// What `patronflow init poll` and docs/operations.md tell a library to do first, word for word, with a role that has
// the rights of docs/operations.md and no others.

const password = 'of-the-role';
const environment = {
  SIERRA_PASSWORD: password,
  WAREHOUSE_PASSWORD: password,
  PATRON_KEY: 'c2b7f0a914e86d35',
};
let postgres: TestPostgres;
let census: CensusServer;
let sierra: TestDatabase;
let warehouse: TestDatabase;
let folder: string;

beforeAll(async () => {
  [postgres, census] = await Promise.all([startPostgres({ isOwn: true }), startCensusServer()]);
  const first = await postgres.freshDatabase();
  await first.query(`CREATE ROLE poller LOGIN PASSWORD '${password}'`);
  await first.query('CREATE ROLE librarian');
  await first.close();
});
afterAll(() => Promise.all([postgres.stop(), census.stop()]));
beforeEach(async () => {
  sierra = await postgres.freshDatabase();
  await makeSierra(sierra);
  await sierra.query(`GRANT USAGE ON SCHEMA sierra_view TO poller; GRANT SELECT ON
    sierra_view.record_metadata, sierra_view.patron_view, sierra_view.patron_record_address TO poller`);
  await putPatrons(
    sierra,
    Array.from({ length: 5 }, (_, index) => ({
      id: index + 1,
      created: `2026-01-0${index + 1} 12:00:00+00`,
    })),
  );
  warehouse = await postgres.freshDatabase();
  // What PostgreSQL 15 has from the start.
  await warehouse.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  folder = join(await temporaryDirectory(), 'my-poll');
  expect((await run(['init', 'poll', folder])).code).toBe(0);
  const file = join(folder, 'patronflow.yaml');
  const starter = await readFile(file, 'utf8');
  const filledIn = starter
    .replace('postgres://sierra.library.example:1032/iii', sierra.url)
    .replaceAll('user: patronflow', 'user: poller')
    .replaceAll('postgres://warehouse.library.example:5432/library', warehouse.url)
    .replace(
      '- via: census',
      `- via: census\n      url: ${census.endpoint}/geocoder/geographies/addressbatch`,
    );
  await writeFile(file, filledIn);
});
afterEach(async () => {
  census.requests.length = 0;
  await Promise.all([sierra.close(), warehouse.close()]);
});

const patronflow = (...args: string[]) => run(args, { environment, workingDirectory: folder });
const mayCreate = () => warehouse.query('GRANT CREATE ON SCHEMA public TO poller');
const tables = () => warehouse.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");

describe('the first steps with an empty warehouse', () => {
  it('work one after the other', async () => {
    await mayCreate();
    const check = await patronflow('check');
    expect(check.code, check.stdout).toBe(0);
    expect(check.stdout.match(/patron_info is not there yet; the first run makes it/g)).toHaveLength(2);

    const dry = await patronflow('poll', '--dry-run', '--max-batches', '1');
    expect(dry.code, dry.stdout).toBe(0);
    expect(dry.stdout).toContain('new: 5 read = 5 made');
    expect(await tables()).toEqual([]);

    const first = await patronflow('poll');
    expect(first.code, first.stdout).toBe(0);
    expect(await warehouse.query('SELECT 1 FROM patron_info')).toHaveLength(5);

    expect((await patronflow('poll')).stdout).toContain('Sent: 0 records');
    const again = await patronflow('check');
    expect(again.code, again.stdout).toBe(0);
    expect(again.stdout).toContain('found, of the same salt or key');
  });

  it.each(['updated', 'deleted'])('may begin with --mode %s', async (mode) => {
    await mayCreate();
    const { code, stdout } = await patronflow('poll', '--mode', mode);
    expect(code, stdout).toBe(0);
  });

  it('say that the role may not make the table, before an address is looked up', async () => {
    for (const args of [['check'], ['poll', '--dry-run'], ['poll']]) {
      const { code, stdout } = await patronflow(...args);
      expect(code, stdout).toBe(78);
      expect(stdout).toContain('may not create it in schema public');
    }
    // `check` itself asks about an address that everybody knows.
    const asked = census.requests.flatMap(({ rows }) => rows).map(({ street }) => street);
    expect(asked.filter((street) => street.includes('MAIN'))).toEqual([]);
  });

  it("work with another role's table, on which the role has the documented rights", async () => {
    await warehouse.query(`CREATE TABLE patron_info (patron_id text PRIMARY KEY, address_hash text, postal_code text,
      geoid text, creation_date_et date, deletion_date_et date, circ_active_date_et date, ptype_code int, pcode3 int,
      patron_home_library_code text, initial_patron_home_library_code text);
      ALTER TABLE patron_info OWNER TO librarian;
      GRANT SELECT, INSERT, UPDATE ON patron_info TO poller`);
    for (const args of [['check'], ['poll', '--dry-run'], ['poll'], ['poll', '--since', '2026-01-01']]) {
      const { code, stdout } = await patronflow(...args);
      expect(code, stdout).toBe(0);
    }
    expect(await warehouse.query('SELECT 1 FROM patron_info')).toHaveLength(5);
  });

  it('do not take a missing table of another place for one that will be made', async () => {
    await mayCreate();
    const file = join(folder, 'patronflow.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('table: patron_info', 'table: other_table'));
    const { code, stdout } = await patronflow('check');
    expect(code).toBe(78);
    expect(stdout).toContain('"other_table" does not exist');
  });
});
