import { chmod, chown, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';
import { certificateFiles } from './certificate.ts';

export interface TestDatabase {
  /** Without user and password, as a configuration has it. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

export interface TestPostgres {
  freshDatabase(): Promise<TestDatabase>;
  /** From now on the server offers TLS, under the certificate of the fixtures. */
  offerTls(): Promise<void>;
  stop(): Promise<void>;
}

/** A PostgreSQL of the test file's own, with a fresh database for each test that asks. */
export async function startPostgres(): Promise<TestPostgres> {
  const server = await startEmbeddedPostgres();
  const address = new URL(server.url);
  const user = decodeURIComponent(address.username);
  const password = decodeURIComponent(address.password);
  const folders: string[] = [];
  let count = 0;
  return {
    async freshDatabase() {
      count += 1;
      const name = `test_${count}`;
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
        // The server runs as nobody where the tests run as root, and takes no key that others can read.
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
      await server.stop();
      for (const folder of folders) await rm(folder, { recursive: true });
    },
  };
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
