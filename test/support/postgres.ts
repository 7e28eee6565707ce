import { randomBytes } from 'node:crypto';
import { chmod, chown, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { startEmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';
import { certificateFiles } from './certificate.ts';
import { never } from './never.ts';
import { sharedPostgres } from './shared-postgres.ts';

export interface TestDatabase {
  /** Without user and password, as a configuration has it. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

export interface TestPostgres {
  readonly port: number;
  freshDatabase(): Promise<TestDatabase>;
  /** From now on the server offers TLS, under the certificate of the fixtures. */
  offerTls(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A fresh database for each test that asks, on the server that all files of a run share.
 * @param isOwn for a test that changes the server itself
 */
export async function startPostgres({ isOwn = false } = {}): Promise<TestPostgres> {
  // Outside of a test there is nothing to inject.
  const shared = isOwn ? undefined : inject('postgresPort');
  const url = shared === undefined ? '' : await sharedPostgres(shared);
  const server = url ? { url, stop: async () => {} } : await startEmbeddedPostgres(never);
  const address = new URL(server.url);
  const user = decodeURIComponent(address.username);
  const password = decodeURIComponent(address.password);
  const folders: string[] = [];
  const databases: string[] = [];
  return {
    port: Number(address.port),
    async freshDatabase() {
      const name = `test_${randomBytes(6).toString('hex')}`;
      databases.push(name);
      const owner = new pg.Client({ connectionString: server.url });
      await owner.connect();
      await owner.query(`CREATE DATABASE ${name}`);
      await owner.end();
      const client = new pg.Client({
        host: address.hostname,
        port: Number(address.port),
        database: name,
        user,
        password,
      });
      client.on('error', () => {});
      await client.connect();
      return {
        url: `postgres://${address.host}/${name}`,
        user,
        password,
        query: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
        close: () => client.end(),
      };
    },
    async offerTls() {
      const folder = await mkdtemp(join(tmpdir(), 'patronflow-tls-'));
      folders.push(folder);
      const owner = new pg.Client({ connectionString: server.url });
      await owner.connect();
      for (const [name, file] of Object.entries({
        cert: certificateFiles.certificate,
        key: certificateFiles.key,
      })) {
        const copy = join(folder, name);
        await copyFile(file, copy);
        await chmod(copy, 0o600);
        // Where the tests run as root, the server runs as another user, and it takes no key that others can read.
        if (process.getuid?.() === 0) {
          for (const path of [folder, copy]) await chown(path, 65534, 65534);
        }
        await owner.query(`ALTER SYSTEM SET ssl_${name}_file = '${copy}'`);
      }
      await owner.query('ALTER SYSTEM SET ssl = on');
      await owner.query('SELECT pg_reload_conf()');
      await owner.end();
      // The server reloads its settings in its own time.
      while (!(await offersTls(server.url))) await sleep(50);
    },
    async stop() {
      if (url) await dropDatabases(url, databases);
      await server.stop();
      for (const folder of folders) await rm(folder, { recursive: true });
    },
  };
}

async function dropDatabases(url: string, names: readonly string[]): Promise<void> {
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  for (const name of names) await owner.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await owner.end();
}

/** Every table with a digest of its rows: the same before and after what changes nothing. */
export async function contentsOf(database: TestDatabase): Promise<unknown> {
  const tables = await database.query(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname !~ '^(pg_|information_schema)' ORDER BY 1`,
  );
  const contents: unknown[] = [];
  for (const { name } of tables) {
    const digest = `SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM ${name} AS t`;
    contents.push([name, await database.query(digest)]);
  }
  return contents;
}

/** What the program has open in a database. */
const ours = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'patronflow'";

/** Ends the connections that the program has to a database, and waits until it has heard of it. */
export async function cutConnections(database: TestDatabase): Promise<void> {
  const cut = await database.query(`SELECT pid, pg_terminate_backend(pid) ${ours}`);
  const left = `SELECT 1 ${ours} AND pid IN (${cut.map(({ pid }) => pid).join(', ') || 0})`;
  while ((await database.query(left)).length > 0) await anew(database);
  // Its end is closed; this process reads so in its next turn.
  await sleep(30);
}

/** Waits a little before the same question: a transaction sees the same activity until it is told to look anew. */
async function anew(database: TestDatabase): Promise<void> {
  await sleep(10);
  await database.query('SELECT pg_stat_clear_snapshot()');
}

/** Locks a table while the work is done, so that the program waits for it; the work may wait until the program does. */
export async function whileLocked(
  database: TestDatabase,
  table: string,
  work: (untilWaiting: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const untilWaiting = async () => {
    const waiting = `SELECT 1 ${ours} AND wait_event_type = 'Lock'`;
    while ((await database.query(waiting)).length === 0) await anew(database);
  };
  await database.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  await work(untilWaiting).finally(() => database.query('ROLLBACK'));
}

/** Resolves when the server works on no query of ours. */
export async function untilIdle(database: TestDatabase): Promise<void> {
  while ((await database.query(`SELECT 1 ${ours} AND state = 'active'`)).length > 0) await anew(database);
}

async function offersTls(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, ssl: { rejectUnauthorized: false } });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
