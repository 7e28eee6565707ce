import { z } from 'zod';
import { AdaptiveLimit } from '../../core/adaptive-limit.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { Backoff } from '../../core/retry.ts';
import { count, numeric, seconds, secret } from '../../core/settings.ts';
import type { Geocoder, GeocodingAddress, GeocodingOutcome } from '../../poll/ports.ts';
import { geocoderAdapter } from '../../poll/ports.ts';
import { batchFile, type CensusRow, readAnswer } from '../clients/census-batch.ts';

export interface CensusOptions {
  /** The batch endpoint. */
  readonly url: string;
  readonly benchmark: string;
  readonly vintage: string;
  readonly key?: string | undefined;
  /** The service takes 10,000; with 1,000 it answers soonest, and a failure costs less. */
  readonly rowsPerRequest: number;
  /** Requests at a time at most. */
  readonly maxRequests: number;
  /** For a full request; smaller ones get less, but never below a fifth. */
  readonly timeoutMs: number;
  /** Wait after a first failure; doubled with every further one, with half as much again at random. */
  readonly firstWaitMs: number;
}

/** Tries of a request before what is left of it is split or given up: over more than a minute. */
const tries = 6;

/** Pieces that a request is split into when something in it seems to break the service. */
const pieces = 4;

/** Addresses that may break the service one by one; with more of them, and more than one in a hundred, it is not they. */
const fewRefused = 10;

/** Requests at a time at first. */
const firstRequests = 4;

/** A service that has not answered any request for this long is down, even if it still takes requests. */
const patienceMs = 600_000;

/** The Census Bureau's own address. It shows whether the service works and says nothing about a patron. */
const publicAddress: GeocodingAddress = {
  street: '4600 SILVER HILL RD',
  city: 'WASHINGTON',
  region: 'DC',
  postalCode: '20233',
};

type Reply =
  | { readonly kind: 'answer'; readonly outcomes: ReadonlyMap<number, GeocodingOutcome> }
  | { readonly kind: 'failure'; readonly what: string; readonly waitMs: number; readonly isFinal: boolean };

export const censusGeocoder = geocoderAdapter({
  system: 'census',
  options: z.strictObject({
    via: z
      .literal('census')
      .describe('The batch geocoder of the US Census Bureau. Addresses leave the building.'),
    url: z
      .url()
      .default('https://geocoding.geo.census.gov/geocoder/geographies/addressbatch')
      .describe('Its address.'),
    benchmark: z.string().default('Public_AR_Current').describe('Which address ranges are looked up.'),
    vintage: z.string().default('Current_Current').describe('Which geography is answered with.'),
    key: secret.optional().describe('A key, if you have one.'),
    rows_per_request: count(1, 10_000)
      .default(1000)
      .describe('Addresses of one request. It answers soonest for 1,000.'),
    requests: count(1, 16).default(8).describe('Requests at a time at most; beyond 16 it refuses.'),
    timeout_seconds: seconds(300, 3600).describe('How long a full request may take.'),
    first_wait_seconds: numeric(z.number().positive().max(600))
      .default(2)
      .describe('Wait after a first failure; doubled with each further one.'),
    forms: z
      .array(z.enum(['as_written', 'cleaned']))
      .min(1)
      .default(['as_written', 'cleaned'])
      .describe('The forms of an address that it is asked with, one after the other.'),
  }),
  sendsTo: ({ url }) => url ?? '',
  create: (_given, { url, benchmark, vintage, key, ...limits }) =>
    createCensusGeocoder({
      url,
      benchmark,
      vintage,
      key,
      rowsPerRequest: limits.rows_per_request,
      maxRequests: limits.requests,
      timeoutMs: limits.timeout_seconds * 1000,
      firstWaitMs: limits.first_wait_seconds * 1000,
    }),
});

/**
 * The batch geocoder of the US Census Bureau. It answers with status 200 to nearly everything, so an answer counts
 * only row by row: what is missing is asked again, and what cannot be had is `error`, never `no_match`.
 */
export function createCensusGeocoder(options: CensusOptions): Geocoder {
  const { origin, pathname } = new URL(options.url);
  const name = `census (${origin}${pathname})`;
  const limit = new AdaptiveLimit({ first: firstRequests, max: options.maxRequests });
  let lastAnswer = Date.now();

  const ask = (rows: readonly CensusRow[], signal: AbortSignal): Promise<Reply> =>
    limit.run(
      async () => {
        const reply = await request(options, rows, signal);
        if (reply.kind === 'answer') lastAnswer = Date.now();
        return reply;
      },
      ({ kind }) => kind === 'answer',
    );

  const works = async (signal: AbortSignal): Promise<boolean> =>
    (await ask([{ id: 0, address: publicAddress }], signal)).kind === 'answer';

  return {
    name: `census ${options.benchmark}`,

    async check(signal) {
      const reply = await ask([{ id: 0, address: publicAddress }], signal);
      if (reply.kind === 'failure') throw unavailable(name, reply.what);
      const status = reply.outcomes.get(0)?.status;
      return `answers for a public address (${status}), benchmark ${options.benchmark}, vintage ${options.vintage}`;
    },

    async geocode(addresses, signal) {
      const outcomes = addresses.map((): GeocodingOutcome => ({ status: 'error', geoid: null }));
      let outage: PatronflowError | null = null;
      // Addresses that the service fails on although nothing else is asked with them.
      let isolated = 0;

      const resolve = async (rows: readonly CensusRow[], attempts: number): Promise<void> => {
        if (outage) return;
        const startedAt = Date.now();
        const backoff = new Backoff({ attempts, firstDelayMs: options.firstWaitMs, giveUpMs: patienceMs });
        let open = rows;
        let failure = 'rows of it stay without an answer';
        while (open.length > 0) {
          const reply = await ask(open, signal);
          if (reply.kind === 'answer') {
            for (const [id, outcome] of reply.outcomes) outcomes[id] = outcome;
            open = open.filter(({ id }) => !reply.outcomes.has(id));
            // Some of it came, so the rest is asked for at once, and gets all its tries.
            backoff.reset();
            continue;
          }
          failure = reply.what;
          if (reply.isFinal) break;
          if (!(await backoff.again({ signal, atLeastMs: reply.waitMs, lastGoodAt: lastAnswer }))) break;
        }
        if (open.length === 0) return;
        const isServing = lastAnswer > startedAt || (await works(signal));
        if (!isServing) outage ??= unavailable(name, failure);
        else if (open.length === 1) {
          isolated += 1;
          if (isolated > Math.max(fewRefused, addresses.length / 100))
            outage ??= unavailable(name, `it fails on ${isolated} of ${addresses.length} addresses`);
        } else {
          const size = Math.ceil(open.length / pieces);
          // One after the other: when it is not the rows, that shows after a few.
          for (const piece of chunksOf(open, size)) await resolve(piece, piece.length > 1 ? 1 : 2);
        }
      };

      const rows = addresses.map((address, id) => ({ id, address }));
      await Promise.all(chunksOf(rows, options.rowsPerRequest).map((chunk) => resolve(chunk, tries)));
      return { outcomes, outage };
    },

    async close() {},
  };
}

async function request(
  options: CensusOptions,
  rows: readonly CensusRow[],
  signal: AbortSignal,
): Promise<Reply> {
  const { url, benchmark, vintage, key, timeoutMs, rowsPerRequest } = options;
  const address = new URL(url);
  for (const [name, value] of Object.entries({ benchmark, vintage, key })) {
    if (value) address.searchParams.set(name, value);
  }
  const body = new FormData();
  // Without a file name the service takes it for no file.
  body.set('addressFile', new File([batchFile(rows)], 'input_addresses.csv', { type: 'text/csv' }));
  const timeout = AbortSignal.timeout(Math.max(timeoutMs / 5, (timeoutMs * rows.length) / rowsPerRequest));
  try {
    const response = await fetch(address, {
      method: 'POST',
      body,
      // Addresses go where they were told to go, and nowhere else.
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    const text = decode(Buffer.from(await response.arrayBuffer()));
    if (response.status !== 200) return failed(`HTTP ${response.status}`, response);
    if (text.trim() === '') return failed('an empty answer', response);
    if (text.trimStart().startsWith('<')) return failed('a page in place of data', response);
    const outcomes = readAnswer(text, rows);
    return outcomes.size > 0
      ? { kind: 'answer', outcomes }
      : failed('an answer that cannot be read', response);
  } catch (thrown) {
    signal.throwIfAborted();
    // The cause names no address; fetch's own message may quote the URL, which holds the key.
    const code = systemCode(thrown instanceof Error ? thrown.cause : thrown);
    return failed(timeout.aborted ? 'no answer in time' : code || 'the connection broke');
  }
}

/** Statuses that no second try mends, but for which a part of the rows may be to blame. */
const finalStatuses: readonly number[] = [301, 302, 303, 307, 308, 400, 401, 404, 405, 413, 414, 415, 422];

function failed(what: string, response?: Response): Reply {
  const seconds = Number(response?.headers.get('retry-after'));
  const waitMs = Number.isFinite(seconds) ? Math.min(seconds, 300) * 1000 : 0;
  const isFinal = response !== undefined && finalStatuses.includes(response.status);
  return { kind: 'failure', what, waitMs, isFinal };
}

/** The service answers in UTF-8 or, at times, in ISO 8859-1. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function unavailable(name: string, what: string): PatronflowError {
  const isRefusal = finalStatuses.some((status) => what === `HTTP ${status}`);
  if (isRefusal) {
    return new PatronflowError(
      'GEOCODER_REFUSED',
      `The geocoder ${name} refuses what it is asked (${what}).`,
      {
        hint: 'Check its address, benchmark, vintage and key; benchmark and vintage must belong together.',
      },
    );
  }
  return new PatronflowError('GEOCODER_UNAVAILABLE', `The geocoder ${name} does not answer (${what}).`, {
    hint: 'Run again later: nothing of the batch was sent. `geocoding.on_outage: send` would send it without tracts.',
  });
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
