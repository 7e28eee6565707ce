import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AdaptiveLimit } from '../../core/adaptive-limit.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import { Backoff } from '../../core/retry.ts';
import { count, numeric, seconds, secret } from '../../core/settings.ts';
import type { Geocoder, GeocodingOutcome } from '../../poll/ports.ts';
import { geocoderAdapter } from '../../poll/ports.ts';
import { type Borough, geoidOf, type NewYorkAddress, newYorkAddress } from '../clients/new-york-address.ts';

export interface GeoclientOptions {
  /** Where version 2 is, up to and with `v2/`. */
  readonly url: string;
  readonly key?: string | undefined;
  /** Requests at a time at most; each asks for one address. */
  readonly maxRequests: number;
  readonly requestsPerMinute: number;
  readonly timeoutMs: number;
  /** Wait after a first failure; doubled with every further one, with half as much again at random. */
  readonly firstWaitMs: number;
}

/** Tries of an address: with two seconds at first, over half a minute. */
const tries = 5;

/** Addresses that the service may fail on although it answers for others; with more than one in a hundred, it is not they. */
const fewRefused = 10;

/** City Hall, whose address is no secret. */
const publicAddress: NewYorkAddress = { houseNumber: '1', street: 'CENTRE STREET', place: { borough: '1' } };

const outside: GeocodingOutcome = {
  status: 'no_match',
  geoid: null,
  detail: 'not an address in New York City',
};
const unanswered: GeocodingOutcome = { status: 'error', geoid: null };

/** What GeoClient says of an address; all of it text. */
type Answer = Readonly<Record<string, string | undefined>>;

interface Failure {
  readonly kind: 'failure';
  readonly what: string;
  readonly waitMs: number;
  /** No second try mends it. */
  readonly isRefusal: boolean;
}

type Reply = { readonly kind: 'answer'; readonly answer: Answer } | Failure;

export const geoclientGeocoder = geocoderAdapter({
  system: 'geoclient',
  options: z.strictObject({
    via: z
      .literal('geoclient')
      .describe(
        "New York City's GeoClient, for addresses in the city. Addresses leave, unless it runs on this machine.",
      ),
    url: z.url().default('https://api.nyc.gov/geoclient/v2/').describe('Where version 2 of it is.'),
    key: secret.optional().describe('The subscription key of the API portal.'),
    requests: count(1, 32).default(4).describe('Requests at a time at most.'),
    requests_per_minute: count(1, 100_000)
      .default(2000)
      .describe('Requests a minute at most; the portal has allowed 2,500.'),
    timeout_seconds: seconds(30, 600).describe('How long a request may take.'),
    first_wait_seconds: numeric(z.number().positive().max(600))
      .default(2)
      .describe('Wait after a first failure; doubled with each further one.'),
  }),
  sendsTo: ({ url }) => url ?? '',
  create: (_given, { url, key, ...limits }) =>
    createGeoclientGeocoder({
      url,
      key,
      maxRequests: limits.requests,
      requestsPerMinute: limits.requests_per_minute,
      timeoutMs: limits.timeout_seconds * 1000,
      firstWaitMs: limits.first_wait_seconds * 1000,
    }),
});

/** New York City's GeoClient, version 2: Geosupport behind a web service. Addresses leave the building. */
export function createGeoclientGeocoder(options: GeoclientOptions): Geocoder {
  const base = options.url.endsWith('/') ? options.url : `${options.url}/`;
  const name = `geoclient (${base})`;
  const limit = new AdaptiveLimit({ first: options.maxRequests, max: options.maxRequests });
  const pace = createPace(60_000 / options.requestsPerMinute);

  const ask = async (address: NewYorkAddress, signal: AbortSignal): Promise<Reply> => {
    const backoff = new Backoff({ attempts: tries, firstDelayMs: options.firstWaitMs });
    for (;;) {
      const reply = await limit.run(
        async () => {
          await pace(signal);
          return request(base, options, address, signal);
        },
        ({ kind }) => kind === 'answer',
      );
      if (reply.kind === 'answer' || reply.isRefusal) return reply;
      if (!(await backoff.again({ signal, atLeastMs: reply.waitMs }))) return reply;
    }
  };

  /** Takes a suggestion when it is the only one. */
  const find = async (address: NewYorkAddress, signal: AbortSignal): Promise<GeocodingOutcome | Failure> => {
    const reply = await ask(address, signal);
    if (reply.kind === 'failure') return reply;
    const street = onlySuggestion(reply.answer);
    if (street === null) return outcomeOf(reply.answer);
    const second = await ask({ ...address, street }, signal);
    if (second.kind === 'failure') return second;
    const outcome = outcomeOf(second.answer);
    return { ...outcome, detail: `${outcome.detail}, by the only name like it` };
  };

  return {
    name: 'geoclient',

    async check(signal) {
      const reply = await ask(publicAddress, signal);
      if (reply.kind === 'failure') throw unavailable(name, reply);
      return `answers for a public address (${outcomeOf(reply.answer).status})`;
    },

    async geocode(addresses, signal) {
      const outcomes: GeocodingOutcome[] = addresses.map(() => outside);
      const asked = addresses.flatMap((address, index) => {
        const read = newYorkAddress(address);
        return read ? [{ index, read }] : [];
      });
      let outage: PatronflowError | null = null;
      let refused = 0;
      const work = async (): Promise<void> => {
        for (let next = asked.pop(); next; next = asked.pop()) {
          outcomes[next.index] = unanswered;
          if (outage) continue;
          const found = await find(next.read, signal);
          if ('status' in found) {
            outcomes[next.index] = found;
            continue;
          }
          refused += 1;
          const isServing = (await ask(publicAddress, signal)).kind === 'answer';
          if (!isServing || refused > Math.max(fewRefused, addresses.length / 100))
            outage ??= unavailable(name, found);
        }
      };
      await Promise.all(Array.from({ length: options.maxRequests }, work));
      return { outcomes, outage };
    },

    async close() {},
  };
}

/** Lets calls begin no closer together than so many milliseconds. */
function createPace(intervalMs: number): (signal: AbortSignal) => Promise<void> {
  let next = 0;
  return async (signal) => {
    const now = Date.now();
    const wait = next - now;
    next = Math.max(next, now) + intervalMs;
    if (wait > 0) await sleep(wait, undefined, { signal });
  };
}

async function request(
  base: string,
  { key, timeoutMs }: GeoclientOptions,
  { houseNumber, street, place }: NewYorkAddress,
  signal: AbortSignal,
): Promise<Reply> {
  const url = new URL('address', base);
  url.searchParams.set('houseNumber', houseNumber);
  url.searchParams.set('street', street);
  if ('zip' in place) url.searchParams.set('zip', place.zip);
  else url.searchParams.set('borough', boroughWords[place.borough]);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', ...(key ? { 'Ocp-Apim-Subscription-Key': key } : {}) },
      // An address goes where it was told to go, and nowhere else.
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    const text = await response.text();
    if (response.status !== 200) return failed(response);
    const answer = readAnswer(text);
    return answer
      ? { kind: 'answer', answer }
      : { kind: 'failure', what: 'an answer that cannot be read', waitMs: 0, isRefusal: false };
  } catch (thrown) {
    signal.throwIfAborted();
    // The cause names no address; fetch's own message may quote the URL.
    const code = systemCode(thrown instanceof Error ? thrown.cause : thrown);
    const what = timeout.aborted ? 'no answer in time' : code || 'the connection broke';
    return { kind: 'failure', what, waitMs: 0, isRefusal: false };
  }
}

const boroughWords: Readonly<Record<Borough, string>> = {
  '1': 'Manhattan',
  '2': 'Bronx',
  '3': 'Brooklyn',
  '4': 'Queens',
  '5': 'Staten Island',
};

function failed(response: Response): Failure {
  const seconds = Number(response.headers.get('retry-after'));
  const waitMs = Number.isFinite(seconds) ? Math.min(seconds, 300) * 1000 : 0;
  const isRefusal = response.status < 500 && ![408, 425, 429].includes(response.status);
  return { kind: 'failure', what: `HTTP ${response.status}`, waitMs, isRefusal };
}

function readAnswer(text: string): Answer | null {
  try {
    const { address } = JSON.parse(text);
    if (typeof address !== 'object' || address === null) return null;
    const texts = Object.entries(address).filter(([, value]) => typeof value === 'string');
    return Object.fromEntries(texts) as Answer;
  } catch {
    return null;
  }
}

function outcomeOf(answer: Answer): GeocodingOutcome {
  const code = codeOf(answer);
  if (code !== '00' && code !== '01')
    return { status: 'no_match', geoid: null, detail: `return code ${code || 'blank'}` };
  // Marble Hill is the Bronx to the post office, and Manhattan to the tax lots and the census.
  const codes = [answer.bblBoroughCode, answer.boroughCode1In];
  const borough = codes.find((each): each is Borough => /^[1-5]$/.test(each ?? ''));
  // `censusTrack2020` is how older releases spell it.
  const geoid = geoidOf(borough ?? null, answer.censusTract2020 ?? answer.censusTrack2020 ?? '');
  return geoid === null
    ? { status: 'no_match', geoid, detail: 'no tract of 2020' }
    : { status: 'match', geoid, detail: code === '00' ? 'match' : 'match with a warning' };
}

function codeOf({ geosupportReturnCode, returnCode1e }: Answer): string {
  return (geosupportReturnCode ?? returnCode1e ?? '').trim();
}

/** The name that Geosupport has in place of one that it does not know, when there is only one. */
function onlySuggestion(answer: Answer): string | null {
  const isOne = codeOf(answer) === 'EE' && Number(answer.numberOfStreetCodesAndNamesInList) === 1;
  return (isOne && answer.streetName1?.trim()) || null;
}

function unavailable(
  name: string,
  { what, isRefusal }: Extract<Reply, { kind: 'failure' }>,
): PatronflowError {
  return isRefusal
    ? new PatronflowError('GEOCODER_REFUSED', `The geocoder ${name} refuses what it is asked (${what}).`, {
        hint: 'Check its address and key.',
      })
    : new PatronflowError('GEOCODER_UNAVAILABLE', `The geocoder ${name} does not answer (${what}).`, {
        hint: 'Run again later: nothing of the batch was sent. `geocoding.on_outage: send` would send it without tracts.',
      });
}
