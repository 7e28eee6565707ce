import { EventEmitter, once, setMaxListeners } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

export type Direction = 'toServer' | 'toClient';

/** Where in its life a fault strikes a connection, and how many of them. */
export interface Strike {
  /** Once a connection has carried so many further bytes in a direction. */
  readonly after: number;
  readonly direction: Direction;
  /** The first connections that come so far; all of them when not told. */
  readonly times?: number;
}

export interface Pace {
  /** How long a byte is under way. */
  readonly delayMs: number;
  readonly bytesPerSecond: number;
}

/** A stretch of network between a client and a server on this machine, which a test makes worse. */
export interface TcpProxy {
  readonly port: number;
  /** Bytes that got through, over all connections. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** Connections that are open. */
  readonly open: number;
  /** How fast the network is from now on, in both directions unless told. */
  slow(pace: Partial<Pace>, direction?: Direction): void;
  /** Resets connections, as a firewall does: those that are open, or each where a strike says so. */
  cut(strike?: Strike): void;
  /** Lets nothing through any more: connections stay open, new ones are taken, and no byte arrives. */
  swallow(strike?: Strike): void;
  /** Takes back all of it. What was swallowed arrives late, as it does when a network comes back. */
  heal(): void;
  stop(): Promise<void>;
}

interface Fault extends Strike {
  readonly kind: 'cut' | 'swallow';
  left: number;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes since the fault was set. */
  carried: Record<Direction, number>;
  isSwallowed: boolean;
}

const unlimited: Pace = { delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };

/** Pieces on their way in one direction of a connection; beyond them the sender waits, as for a full window. */
const maxUnderWay = 16;

/** A proxy for a server that listens on a port of this machine. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  const passed = { toServer: 0, toClient: 0 };
  const paces = { toServer: unlimited, toClient: unlimited };
  const network = new EventEmitter();
  setMaxListeners(0, network);
  let fault: Fault | null = null;
  let isSwallowing = false;

  /** How many bytes may pass before the fault strikes. */
  const allowance = ({ carried }: Link, direction: Direction): number =>
    fault?.direction === direction && fault.left > 0
      ? Math.max(0, fault.after - carried[direction])
      : Number.POSITIVE_INFINITY;

  const strike = (link: Link): void => {
    if (!fault) return;
    fault.left -= 1;
    if (fault.kind === 'cut') reset(link);
    else link.isSwallowed = true;
  };

  /** Passes on what it can of some bytes. @returns how many they were; 0 where the connection is gone */
  const pass = async (link: Link, direction: Direction, to: Socket, bytes: Buffer): Promise<number> => {
    if (allowance(link, direction) === 0) strike(link);
    while (isSwallowing || link.isSwallowed) await once(network, 'change');
    if (to.destroyed) return 0;
    const { bytesPerSecond } = paces[direction];
    const most = Math.min(allowance(link, direction), Math.max(1, bytesPerSecond / 20));
    const part = bytes.subarray(0, most);
    await sleep((part.length / bytesPerSecond) * 1000);
    link.carried[direction] += part.length;
    passed[direction] += part.length;
    if (!to.write(part)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    return part.length;
  };

  const forward = async (link: Link, direction: Direction): Promise<void> => {
    const [from, to] = direction === 'toServer' ? [link.client, link.server] : [link.server, link.client];
    for await (const { bytes, at } of arrivals(from)) {
      await sleep(Math.max(0, at + paces[direction].delayMs - performance.now()));
      for (let start = 0; start < bytes.length; ) {
        const count = await pass(link, direction, to, bytes.subarray(start));
        if (count === 0) return;
        start += count;
      }
    }
    while (isSwallowing || link.isSwallowed) await once(network, 'change');
    to.end();
  };

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const link = { client, server, carried: { toServer: 0, toClient: 0 }, isSwallowed: false };
    links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay();
      socket.on('error', () => reset(link));
      socket.on('close', () => {
        if (client.destroyed && server.destroyed) links.delete(link);
      });
    }
    for (const direction of ['toServer', 'toClient'] as const)
      forward(link, direction).catch(() => reset(link));
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');

  const plan = (kind: Fault['kind'], strikeAt: Strike): void => {
    fault = { ...strikeAt, kind, left: strikeAt.times ?? Number.POSITIVE_INFINITY };
    for (const link of links) link.carried = { toServer: 0, toClient: 0 };
  };
  const proxy: TcpProxy = {
    port: (listener.address() as AddressInfo).port,
    passed,
    get open() {
      return links.size;
    },
    slow: (pace, direction) => {
      if (direction !== 'toClient') paces.toServer = { ...paces.toServer, ...pace };
      if (direction !== 'toServer') paces.toClient = { ...paces.toClient, ...pace };
    },
    cut: (strikeAt) => {
      if (strikeAt) plan('cut', strikeAt);
      else for (const link of links) reset(link);
    },
    swallow: (strikeAt) => {
      if (strikeAt) plan('swallow', strikeAt);
      else isSwallowing = true;
    },
    heal: () => {
      fault = null;
      isSwallowing = false;
      Object.assign(paces, { toServer: unlimited, toClient: unlimited });
      for (const link of links) link.isSwallowed = false;
      network.emit('change');
    },
    stop: async () => {
      const closed = new Promise((resolve) => listener.close(resolve));
      proxy.cut();
      proxy.heal();
      await closed;
    },
  };
  return proxy;
}

/** The bytes of a socket, each piece with the time at which it came, read ahead of the caller. */
async function* arrivals(socket: Socket): AsyncGenerator<{ bytes: Buffer; at: number }> {
  const queue: { bytes: Buffer; at: number }[] = [];
  const news = new EventEmitter();
  let isOver = false;
  socket.on('data', (bytes) => {
    queue.push({ bytes, at: performance.now() });
    if (queue.length === maxUnderWay) socket.pause();
    news.emit('news');
  });
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      isOver = true;
      news.emit('news');
    });
  }
  for (;;) {
    const next = queue.shift();
    if (next) {
      yield next;
      socket.resume();
    } else if (isOver) return;
    else await once(news, 'news');
  }
}

function reset({ client, server }: Pick<Link, 'client' | 'server'>): void {
  for (const socket of [client, server]) socket.resetAndDestroy();
}
