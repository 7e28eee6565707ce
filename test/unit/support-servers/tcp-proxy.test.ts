import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

/** Sends back what it hears; a `?` asks it for a thousand bytes. */
let server: Server;
let proxy: TcpProxy;
let clients: Socket[];

beforeEach(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => socket.write(bytes.toString() === '?' ? Buffer.alloc(1000, 'x') : bytes));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  proxy = await startTcpProxy((server.address() as AddressInfo).port);
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await proxy.stop();
  await new Promise((resolve) => server.close(resolve));
});

interface Client {
  send(text: string): void;
  /** What came back so far. */
  heard(): string;
  /**
   * How the connection ended; null while it lasts. Node 20 takes a reset that comes together with the last bytes for
   * an end.
   */
  ended(): string | null;
}

async function open(): Promise<Client> {
  const socket = connect(proxy.port, '127.0.0.1');
  clients.push(socket);
  let heard = '';
  let ended: string | null = null;
  socket.on('data', (bytes) => {
    heard += bytes;
  });
  socket.on('end', () => {
    ended ??= 'end';
  });
  socket.on('error', (error) => {
    ended ??= 'code' in error ? String(error.code) : error.message;
  });
  await once(socket, 'connect');
  return { send: (text) => void socket.write(text), heard: () => heard, ended: () => ended };
}

const until = (work: () => void) => vi.waitFor(work, { timeout: 10_000, interval: 5 });
const hears = (client: Client, text: string) => until(() => expect(client.heard()).toBe(text));

test('passes bytes on in both directions, counts them, and ends when the client does', async () => {
  const client = await open();
  client.send('hello');
  await hears(client, 'hello');
  expect(proxy.passed).toEqual({ toServer: 5, toClient: 5 });
  expect(proxy.open).toBe(1);
  clients[0]?.end();
  await until(() => expect(client.ended()).toBe('end'));
  await until(() => expect(proxy.open).toBe(0));
});

test('delays every byte by as much, however many follow it', async () => {
  const client = await open();
  proxy.slow({ delayMs: 200 }, 'toServer');
  const start = performance.now();
  for (let count = 0; count < 100; count += 1) {
    client.send('a');
    await sleep(2);
  }
  // One delay after the other would be twice as long as this waits.
  await hears(client, 'a'.repeat(100));
  expect(performance.now() - start).toBeGreaterThan(390);
});

test('lets no more bytes through than fit', async () => {
  const client = await open();
  proxy.slow({ bytesPerSecond: 4000 }, 'toClient');
  const start = performance.now();
  client.send('?');
  await until(() => expect(client.heard()).toHaveLength(1000));
  expect(performance.now() - start).toBeGreaterThan(240);
});

test('cuts what is open, and takes new connections', async () => {
  const client = await open();
  client.send('x');
  await hears(client, 'x');
  proxy.cut();
  await until(() => expect(client.ended()).toBe('ECONNRESET'));
  const next = await open();
  next.send('y');
  await hears(next, 'y');
});

test('cuts connections once they have carried so many bytes, and the others are spared', async () => {
  const before = await open();
  before.send('0123456789');
  await hears(before, '0123456789');
  proxy.cut({ after: 4, direction: 'toServer', times: 2 });
  before.send('abcdefgh');
  await until(() => expect(before.ended()).not.toBeNull());
  const second = await open();
  second.send('abcd');
  await hears(second, 'abcd');
  second.send('e');
  await until(() => expect(second.ended()).not.toBeNull());
  const third = await open();
  third.send('abcdefgh');
  await hears(third, 'abcdefgh');
});

test('lets exactly so many bytes through before it cuts', async () => {
  proxy.cut({ after: 300, direction: 'toClient' });
  const client = await open();
  client.send('?');
  await until(() => expect(client.ended()).not.toBeNull());
  expect(proxy.passed.toClient).toBe(300);
});

test('swallows everything of old and new connections, which stay open, until it is healed', async () => {
  const client = await open();
  proxy.swallow();
  const second = await open();
  client.send('a');
  second.send('b');
  await sleep(100);
  expect([client.heard(), second.heard(), client.ended(), second.ended()]).toEqual(['', '', null, null]);
  expect(proxy.passed).toEqual({ toServer: 0, toClient: 0 });
  proxy.heal();
  await hears(client, 'a');
  await hears(second, 'b');
});

test('swallows one connection behind so many bytes, and no other', async () => {
  proxy.swallow({ after: 400, direction: 'toClient', times: 1 });
  const client = await open();
  client.send('?');
  await until(() => expect(client.heard()).toHaveLength(400));
  const second = await open();
  second.send('?');
  await until(() => expect(second.heard()).toHaveLength(1000));
  expect(client.heard()).toHaveLength(400);
  proxy.heal();
  await until(() => expect(client.heard()).toHaveLength(1000));
});

test('is as it was once it is healed', async () => {
  proxy.slow({ delayMs: 60_000, bytesPerSecond: 1 });
  proxy.cut({ after: 0, direction: 'toServer' });
  proxy.heal();
  const client = await open();
  client.send('x');
  await hears(client, 'x');
});

test('stops with connections open, and with bytes that never arrived', async () => {
  const client = await open();
  proxy.swallow();
  client.send('x');
  await proxy.stop();
  await until(() => expect(client.ended()).toBe('ECONNRESET'));
  expect(proxy.open).toBe(0);
});

test('resets a client whose server is not there', async () => {
  const deadEnd = await startTcpProxy(1);
  const socket = connect(deadEnd.port, '127.0.0.1');
  clients.push(socket);
  const [error] = await once(socket, 'error');
  expect(error.code).toBe('ECONNRESET');
  await deadEnd.stop();
});
