import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../support/command.ts';
import { makeLibrary } from '../support/library.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { deliveredUsers, textAt } from '../support/users.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function library(changeUrl: (url: URL) => void = () => {}) {
  const database = await server.freshDatabase();
  await database.query('CREATE TABLE staff (login text, name text, barcode bigint, email text, until date)');
  await database.query(
    "INSERT INTO staff SELECT 'P' || n, 'Name' || n, 20000000000000 + n, 'p' || n || '@example.edu', date '2031-06-30' FROM generate_series(1, 5000) AS n",
  );
  await database.query('CREATE TABLE student AS SELECT * FROM staff LIMIT 3');
  onTestFinished(() => database.close());
  const made = await makeLibrary();
  const address = new URL(database.url);
  Object.assign(address, { username: database.user, password: database.password });
  changeUrl(address);
  const groups = ['staff', 'student'].map(
    (name) => `  - { name: ${name}, table: ${name.toUpperCase()}, person: LOGIN, template: person.xml }`,
  );
  await writeFile(
    join(made.directory, 'patronflow.yaml'),
    [
      'job: load',
      'required: [primary_id]',
      'source:',
      '  url: ${URL}',
      '  connect_timeout_seconds: 2',
      'groups:',
      ...groups,
      'deliver: { to: "file:./out" }',
      'guard: { min_people: 0 }',
      '',
    ].join('\n'),
  );
  await writeFile(
    join(made.directory, 'person.xml'),
    '<user><primary_id>{{LOGIN}}</primary_id><last_name>{{NAME}}</last_name><expiry_date>{{date UNTIL}}</expiry_date><user_identifiers><user_identifier><id_type>01</id_type><value>{{BARCODE}}</value></user_identifier></user_identifiers></user>',
  );
  const load = (...options: string[]) =>
    run(['load', ...options], { workingDirectory: made.directory, environment: { URL: address.href } });
  return { ...made, database, load };
}

describe('load from PostgreSQL', () => {
  it('reads tables with names in any case, and numbers and dates as text', async () => {
    const { directory, load } = await library();
    const { code, stdout } = await load('--accept-drop');
    expect(stdout).toContain('student: 3 read = 0 written + 3 duplicate + 0 rejected');
    expect(code).toBe(0);
    const users = await deliveredUsers(join(directory, 'out'), 'staff');
    expect(users).toHaveLength(5000);
    expect(
      ['primary_id', 'expiry_date', 'user_identifiers/user_identifier/value'].map((path) =>
        textAt(users[4999] as never, path),
      ),
    ).toEqual(['P5000', '2031-06-30', '20000000005000']);
  });

  it('refuses a wrong password without showing it', async () => {
    const { load, directory } = await library((url) => {
      url.password = 'wr0ng-p@ss/word%';
    });
    const { code, stdout, stderr } = await load();
    expect(code).toBe(78);
    expect(stdout).toContain('refuses the user or the password');
    for (const secret of ['wr0ng', 'wr0ng-p%40ss']) expect(stdout + stderr).not.toContain(secret);
    expect(existsSync(join(directory, 'out'))).toBe(false);
  });

  it('names a server that does not answer', async () => {
    const { load } = await library((url) => {
      url.port = '1';
    });
    const { code, stdout } = await load();
    expect(code).toBe(69);
    expect(stdout).toContain('cannot be reached (ECONNREFUSED)');
  });

  it('delivers nothing when the connection is lost in the middle', async () => {
    const { load, database, directory } = await library();
    // The second group's query waits for a lock until its connection is cut.
    await database.query('BEGIN');
    await database.query('LOCK TABLE student IN ACCESS EXCLUSIVE MODE');
    const running = load();
    // Its own connection: inside a transaction the list of activities stands still.
    const watcher = await server.freshDatabase();
    onTestFinished(() => watcher.close());
    const name = new URL(database.url).pathname.slice(1);
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'patronflow' AND datname = '${name}' AND wait_event_type = 'Lock'`;
    for (let tries = 0; (await watcher.query(cut)).length === 0 && tries < 200; tries += 1) await sleep(25);
    const { code, stdout } = await running;
    expect(code).toBe(75);
    expect(stdout).toContain('was lost');
    expect(existsSync(join(directory, 'out')) ? readdirSync(join(directory, 'out')) : []).toEqual([]);
  });
});
