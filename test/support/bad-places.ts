import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A port of this machine at which no adapter finds its system. */
export interface BadPlace {
  readonly port: number;
  /** Resolves when a client has connected. */
  readonly reached: Promise<void>;
  stop(): Promise<void>;
}

async function placeThat(greets: (socket: Socket) => void): Promise<BadPlace> {
  const sockets = new Set<Socket>();
  let arrive = () => {};
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.resume();
    greets(socket);
    arrive();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    reached,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Takes connections and never says a word. */
export const silentPlace = () => placeThat(() => {});

/** What may stand at a port in place of the system, and answers at once. */
export const badPlaces: readonly (readonly [string, () => Promise<BadPlace>])[] = [
  [
    'no server listens',
    async () => {
      const place = await placeThat(() => {});
      await place.stop();
      return { ...place, stop: async () => {} };
    },
  ],
  ['it hangs up', () => placeThat((socket) => socket.end())],
  ['it resets every connection', () => placeThat((socket) => socket.resetAndDestroy())],
  ['it speaks another language', () => placeThat((socket) => socket.end('What do you want?\r\n\r\n'))],
];
