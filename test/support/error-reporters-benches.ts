import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createSentryReporter } from '../../src/adapters/error-reporters/sentry.ts';
import type { ErrorReporter } from '../../src/core/ports.ts';

/** A service that hears of failures. An error reporter has nothing to look at and nothing to close. */
export interface ErrorReporterBench {
  open(): ErrorReporter;
  /** An error reporter at another port of this machine. */
  at(port: number): ErrorReporter;
  /** What it heard of, in order. */
  heard(): readonly { readonly code: string; readonly message: string }[];
  /** Whether it refuses all that it is told. */
  refuse(isRefusing: boolean): void;
  stop(): Promise<void>;
}

export async function sentryBench(): Promise<ErrorReporterBench> {
  const heard: { code: string; message: string }[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    const [, , event = '{}'] = (await text(request)).split('\n');
    const { tags, message } = JSON.parse(event) as { tags: { code: string }; message: string };
    heard.push({ code: tags.code, message });
    response.writeHead(status).end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const at = (port: number) =>
    createSentryReporter({ dsn: `http://public@127.0.0.1:${port}/1`, release: 'patronflow@0' });
  return {
    open: () => at((server.address() as AddressInfo).port),
    at,
    heard: () => heard,
    refuse: (isRefusing) => {
      status = isRefusing ? 500 : 200;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
