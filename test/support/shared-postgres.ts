import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where a test file hears the URL of the PostgreSQL that the files of a run share. */
    postgresPort?: number;
  }
}

/** Starts a PostgreSQL for all test files of a run when the first of them asks. Its databases are each a test's own. */
export async function offerPostgres(): Promise<{ port: number; stop(): Promise<void> }> {
  let starting: Promise<EmbeddedPostgres> | undefined;
  const server = createServer(async (socket) => {
    socket.on('error', () => {});
    starting ??= startEmbeddedPostgres(new AbortController().signal);
    await starting.then(
      ({ url }) => socket.end(url),
      // What failed is tried again by the next who asks; this one starts its own and hears why.
      () => {
        starting = undefined;
        socket.end();
      },
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.close();
      await (await starting)?.stop();
    },
  };
}

/** The URL of the server that all files share; '' where there is none. */
export async function sharedPostgres(port: number): Promise<string> {
  return text(connect({ host: '127.0.0.1', port, allowHalfOpen: false }));
}
