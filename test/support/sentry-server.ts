import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface SentryServer {
  readonly dsn: string;
  /** The part of the DSN that is secret. */
  readonly key: string;
  readonly envelopes: string[];
  stop(): Promise<void>;
}

/** A Sentry that keeps the envelopes it gets. */
export async function startSentryServer(): Promise<SentryServer> {
  const envelopes: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    envelopes.push(await text(incoming));
    outgoing.writeHead(200).end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const key = 'sentrykey4711';
  return {
    dsn: `http://${key}@127.0.0.1:${(server.address() as AddressInfo).port}/1`,
    key,
    envelopes,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
