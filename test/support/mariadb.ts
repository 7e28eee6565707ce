import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { certificateFiles } from './certificate.ts';

/** Whether Debian's package mariadb-server is installed. */
export const hasMariadb = ['mariadbd', 'mariadb-install-db'].every(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined,
);

export interface TestMariadb {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** As the server's administrator, in the database `warehouse`. */
  query(sql: string): Promise<readonly RowDataPacket[]>;
  stop(): Promise<void>;
}

const account = { user: 'reader', password: 'warehouse-secret-4711' };

/** A real MariaDB that offers TLS under the certificate of the fixtures, with a reader who may read `warehouse`. */
export async function startMariadb(): Promise<TestMariadb> {
  const folder = await mkdtemp(join(tmpdir(), 'patronflow-mariadb-'));
  const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await copyFile(certificateFiles.certificate, certificate);
  await copyFile(certificateFiles.key, key);
  // Where the tests run as root, the server runs as another user.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) for (const path of [folder, certificate, key]) await chown(path, 65534, 65534);
  await chmod(key, 0o600);
  const asUser = isRoot ? ['--user=65534'] : [];
  const data = [`--datadir=${join(folder, 'data')}`, `--tmpdir=${folder}`];
  const install = [
    '--no-defaults',
    ...asUser,
    ...data,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ];
  const { status, stderr } = spawnSync('mariadb-install-db', install, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mariadb-install-db ended with ${status}: ${stderr}`);
  const port = await freePort();
  const args = ['--no-defaults', ...asUser, ...data, `--port=${port}`, '--bind-address=127.0.0.1'];
  const tls = [`--ssl-cert=${certificate}`, `--ssl-key=${key}`];
  const socket = `--socket=${join(folder, 'socket')}`;
  const server = spawn('mariadbd', [...args, ...tls, socket], { stdio: 'ignore' });
  const administrator = await connected(server, port);
  await administrator.query('CREATE DATABASE warehouse CHARACTER SET utf8mb4');
  await administrator.query('USE warehouse');
  await administrator.query(`CREATE USER ${account.user} IDENTIFIED BY '${account.password}'`);
  await administrator.query(`GRANT ALL ON warehouse.* TO ${account.user}`);
  return {
    port,
    ...account,
    query: async (sql) => (await administrator.query<RowDataPacket[]>(sql))[0],
    async stop() {
      await administrator.end();
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** The first connection that the server takes. */
async function connected(server: ChildProcess, port: number): Promise<mysql.Connection> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`mariadbd ended with ${server.exitCode}`);
    const connection = await mysql
      .createConnection({ host: '127.0.0.1', port, user: 'root' })
      .catch(() => null);
    if (connection) return connection;
    await sleep(100);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
