import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { answerTo, matchOf, type SpoiltAnswer } from './census-answer.ts';
import { ScriptedFaults, type When } from './scripted-faults.ts';

export interface CensusRow {
  readonly id: string;
  readonly street: string;
  readonly city: string;
  readonly state: string;
  readonly zip: string;
}

export interface CensusRequest {
  readonly rows: readonly CensusRow[];
  /** Parameters of the address and fields of the form. */
  readonly query: Readonly<Record<string, string>>;
  /** The address file. */
  readonly raw: string;
}

/** What a request gets instead of the right answer. */
export type CensusFault =
  /** Another answer; a body that begins with `<` goes out as HTML, and without one it is an error page. */
  | { readonly status: number; readonly body?: string; readonly retryAfter?: string }
  | SpoiltAnswer
  /** No answer at all, until the client or `stop()` ends the connection. */
  | { readonly hang: true }
  /** The connection is reset in place of an answer, or half-way through it. */
  | { readonly reset: 'before' | 'midway' }
  /** Every request with such a row gets a 500. */
  | { readonly poison: (row: CensusRow) => boolean }
  /** A request above as many at once gets a 502, at once. */
  | { readonly maxConcurrent: number };

export interface CensusServer {
  /** The address up to and without `/geocoder`. */
  readonly endpoint: string;
  /** Every request that could be read, in order. */
  readonly requests: CensusRequest[];
  /** The most requests that were under way at once. */
  readonly peak: number;
  /** Latency of an answer with rows: of every one, or by its rows. Refusals come at once. */
  delayMs: number | ((rows: readonly CensusRow[]) => number);
  /** An address that matches: a block (15 digits) or a tract (11). */
  know(street: string, zip: string, geoid: string): void;
  /** An address with several equally good matches. */
  tie(street: string, zip: string): void;
  /** Forgets all addresses, also the public one that it knows from the start. */
  forget(): void;
  fail(fault: CensusFault, when?: When): void;
  /** Forgets faults, latency, requests and the peak; the addresses stay. */
  heal(): void;
  stop(): Promise<void>;
}

interface Arrived extends CensusRequest {
  readonly underWay: number;
}

/** What the service sends in place of data when it cannot cope, also with status 200. */
export const censusPage =
  '<!DOCTYPE html>\n<html><head><title>Census Geocoder</title></head><body><ul><li>Find Locations Using</li></ul></body></html>\n';

const maxRows = 10_000;

/** The Census Bureau's batch geocoder, for the addresses that a test lets it know. */
export async function startCensusServer(): Promise<CensusServer> {
  /** By street: the GEOID of each ZIP, or null for a tie. */
  const book = new Map<string, Map<string, string | null>>([
    ['4600 SILVER HILL RD', new Map([['20233', '240338024051020']])],
  ]);
  const faults = new ScriptedFaults<CensusFault, Arrived>();
  const requests: CensusRequest[] = [];
  let underWay = 0;
  let peak = 0;

  const remember = (street: string, zip: string, geoid: string | null): void => {
    const zips = book.get(normal(street)) ?? new Map<string, string | null>();
    book.set(normal(street), zips.set(zip, geoid));
  };

  /** One line's fields: twelve for a match, three for all else. The city does not decide, a wrong ZIP does. */
  const locate = (row: CensusRow): string[] => {
    const { id, street, city, state, zip } = row;
    const echo = [street, city, state, zip].join(', ').replaceAll('"', '');
    const known = [...(book.get(normal(street)) ?? [])].filter((entry) =>
      [entry[0], ''].includes(zip.trim()),
    );
    const [first] = known;
    if (first === undefined) return [id, echo, 'No_Match'];
    if (known.length > 1 || first[1] === null) return [id, echo, 'Tie'];
    return [
      id,
      echo,
      ...matchOf([normal(street), normal(city), normal(state), first[0]], zip !== '', first[1]),
    ];
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const gone = new Promise((resolve) => outgoing.once('close', resolve));
    const send = (status: number, body: string | Buffer, headers: Record<string, string> = {}): void => {
      const type = String(body).startsWith('<') ? 'text/html;charset=UTF-8' : 'text/plain';
      if (!outgoing.destroyed) outgoing.writeHead(status, { 'content-type': type, ...headers }).end(body);
    };
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://census');
    const content = await buffer(incoming);
    if (incoming.method !== 'POST' || pathname !== '/geocoder/geographies/addressbatch') {
      return send(404, censusPage);
    }
    const request = await readRequest(incoming, searchParams, content);
    if (typeof request === 'string') {
      const problem = JSON.stringify({ errors: [request], status: '400' });
      return send(400, problem, { 'content-type': 'application/json' });
    }
    requests.push(request);
    underWay += 1;
    peak = Math.max(peak, underWay);
    try {
      const fault = faults.take({ ...request, underWay });
      if (fault && 'status' in fault) {
        const { status, body = censusPage, retryAfter } = fault;
        return send(status, body, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
      }
      if (fault && 'poison' in fault) return send(500, censusPage);
      if (fault && 'maxConcurrent' in fault) return send(502, censusPage);
      if (fault && 'hang' in fault) return void (await gone);
      if (fault && 'reset' in fault && fault.reset === 'before')
        return void incoming.socket.resetAndDestroy();
      const { delayMs } = server;
      const latency = typeof delayMs === 'number' ? delayMs : delayMs(request.rows);
      if (latency > 0) await Promise.race([sleep(latency, undefined, { ref: false }), gone]);
      const isSpoilt = fault && ('spoil' in fault || 'missing' in fault);
      const answer = answerTo(request.rows.map(locate), isSpoilt ? fault : null);
      const headers = { 'content-disposition': 'attachment; filename=GeocodeResults.csv' };
      if (!fault || !('reset' in fault)) return send(200, answer, headers);
      outgoing.writeHead(200, { ...headers, 'content-length': answer.length });
      await new Promise((resolve) => outgoing.write(answer.subarray(0, answer.length / 2), resolve));
      incoming.socket.resetAndDestroy();
    } finally {
      underWay -= 1;
    }
  };

  const http = createServer((incoming, outgoing) => {
    // A client that breaks off is what some tests want.
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const server: CensusServer = {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    requests,
    get peak() {
      return peak;
    },
    delayMs: 0,
    know: (street, zip, geoid) => {
      if (!/^(\d{11}|\d{15})$/.test(geoid)) throw new Error(`Not a tract or a block: ${geoid}`);
      remember(street, zip, geoid);
    },
    tie: (street, zip) => remember(street, zip, null),
    forget: () => book.clear(),
    fail: (fault, when) =>
      faults.add(fault, when, ({ rows, underWay }) => {
        if ('poison' in fault) return rows.some(fault.poison);
        return !('maxConcurrent' in fault) || underWay > fault.maxConcurrent;
      }),
    heal: () => {
      faults.clear();
      requests.length = 0;
      peak = 0;
      server.delayMs = 0;
    },
    stop: async () => {
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
    },
  };
  return server;
}

/** The request, or what is wrong with it. One malformed row spoils a file, as it does there. */
async function readRequest(
  { headers }: IncomingMessage,
  parameters: URLSearchParams,
  content: Buffer,
): Promise<CensusRequest | string> {
  const type = { 'content-type': headers['content-type'] ?? '' };
  const form = await new Response(new Uint8Array(content), { headers: type }).formData().catch(() => null);
  const file = form?.get('addressFile');
  if (!form || !file || typeof file === 'string') return "Required part 'addressFile' is not present.";
  const fields = [...form].filter((field): field is [string, string] => typeof field[1] === 'string');
  const query = Object.fromEntries([...parameters, ...fields]);
  for (const name of ['benchmark', 'vintage']) {
    if (!query[name]) return `Required parameter '${name}' is not present.`;
  }
  const raw = await file.text();
  try {
    const columns = ['id', 'street', 'city', 'state', 'zip'];
    const rows = parse(raw, { columns, skip_empty_lines: true }) as CensusRow[];
    if (rows.length > maxRows) return `The address file exceeds the limit of ${maxRows} records.`;
    return { rows, query, raw };
  } catch {
    return 'The address file cannot be read.';
  }
}

function normal(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toUpperCase();
}
