import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScriptedFaults, type When } from './scripted-faults.ts';

/** What a request gets instead of an answer about its address. */
export type GeoclientFault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly body: string }
  | { readonly hang: true }
  | { readonly reset: true };

export interface GeoclientServer {
  /** Up to and with `v2/`. */
  readonly endpoint: string;
  /** The parameters of every request for an address, the key, and a login where there is one. */
  readonly requests: Readonly<Record<string, string>>[];
  /** The most requests that were under way at once. */
  readonly peak: number;
  delayMs: number;
  /** An address, `1 BAY ST` and ZIP or borough, and what is said of it. */
  know(line: string, answer: Readonly<Record<string, string>>): void;
  fail(fault: GeoclientFault, when?: When, concerns?: (street: string) => boolean): void;
  /** Forgets faults, latency and requests; the addresses stay. */
  heal(): void;
  stop(): Promise<void>;
}

/** New York City's GeoClient, version 2, for the addresses that a test lets it know. */
export async function startGeoclientServer(): Promise<GeoclientServer> {
  const known = new Map<string, Readonly<Record<string, string>>>([
    [
      '350 5 AVENUE Manhattan',
      { geosupportReturnCode: '00', boroughCode1In: '1', censusTract2020: '  76  ' },
    ],
  ]);
  const faults = new ScriptedFaults<GeoclientFault, string>();
  const requests: Record<string, string>[] = [];
  let underWay = 0;
  let peak = 0;
  let delayMs = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const query = Object.fromEntries(searchParams);
    const key = String(request.headers['ocp-apim-subscription-key'] ?? '');
    if (key === '') return void response.writeHead(401).end('{"message":"Access denied"}');
    const { authorization } = request.headers;
    requests.push({ ...query, key, ...(authorization && { authorization }) });
    const fault = faults.take(query.street ?? '');
    if (fault && 'hang' in fault) return;
    if (fault && 'reset' in fault) return void request.socket.resetAndDestroy();
    await sleep(delayMs);
    if (fault && 'body' in fault) return void response.end(fault.body);
    if (fault || pathname !== '/geoclient/v2/address')
      return void response.writeHead(fault?.status ?? 404, fault?.headers).end('{"message":"no"}');
    const line = [query.houseNumber, query.street, query.zip ?? query.borough].join(' ');
    const address = known.get(line) ?? { geosupportReturnCode: '42', message: `NOT FOUND: ${line}` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ address }));
  };

  const server = createServer((request, response) => {
    underWay += 1;
    peak = Math.max(peak, underWay);
    response.once('close', () => {
      underWay -= 1;
    });
    void answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}/geoclient/v2/`,
    requests,
    get peak() {
      return peak;
    },
    set delayMs(value: number) {
      delayMs = value;
    },
    know: (line, said) => void known.set(line, said),
    fail: (fault, when, concerns) => faults.add(fault, when, concerns),
    heal: () => {
      faults.clear();
      requests.length = 0;
      delayMs = 0;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
