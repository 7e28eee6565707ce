import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** Whether Debian's package redis-server is installed. */
export const hasRedis = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).error === undefined;

export interface TestRedis {
  readonly port: number;
  readonly password: string;
  readonly client: Redis;
  stop(): Promise<void>;
}

/** A real Redis that keeps what it is told, for those who know its password. */
export async function startRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'patronflow-redis-'));
  const password = 'queue-secret-4711';
  const free = createServer();
  await once(free.listen(0, '127.0.0.1'), 'listening');
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--requirepass',
    password,
  ];
  const server = spawn('redis-server', [...settings, '--maxmemory-policy', 'noeviction'], {
    stdio: 'ignore',
  });
  const client = new Redis({ port, password, lazyConnect: true, retryStrategy: () => 50 });
  client.on('error', () => {});
  while (client.status !== 'ready') {
    await client.connect().catch(() => {});
    await sleep(50);
  }
  return {
    port,
    password,
    client,
    async stop() {
      client.disconnect();
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
