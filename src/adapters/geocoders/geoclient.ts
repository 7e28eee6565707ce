import { z } from 'zod';
import { AdaptiveLimit } from '../../core/adaptive-limit.ts';
import type { PatronflowError } from '../../core/errors.ts';
import { createPace } from '../../core/pace.ts';
import { Backoff } from '../../core/retry.ts';
import { count, numeric, seconds, secret } from '../../core/settings.ts';
import type { Geocoder, GeocoderSettings, GeocodingOutcome, Turn } from '../../poll/ports.ts';
import { geocoderAdapter } from '../../poll/ports.ts';
import { AddressService, type ServiceFailure } from '../clients/address-service.ts';
import { type GeoclientReply, readGeoclientAnswer } from '../clients/geoclient-answer.ts';
import { geocoderDown, geocoderRefuses, publicAddressNotFound } from '../clients/geocoder-errors.ts';
import { askedAgainIn, GeocodingWatch } from '../clients/geocoding-watch.ts';
import { type Borough, type NewYorkAddress, newYorkAddress } from '../clients/new-york-address.ts';
import { cityCensus, publicAddress, publicPlace, publicTract } from '../clients/new-york-answer.ts';
import { alone, turnOf } from '../clients/turn-of.ts';

export interface GeoclientOptions {
  /** Where version 2 is, up to `v2`. */
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

const outside: GeocodingOutcome = {
  status: 'no_match',
  geoid: null,
  detail: 'not an address in New York City',
};
const unanswered: GeocodingOutcome = { status: 'error', geoid: null };

export const geoclientGeocoder = geocoderAdapter({
  system: 'geoclient',
  options: z.strictObject({
    via: z
      .literal('geoclient')
      .describe(
        "New York City's GeoClient, for addresses in the city. Sends addresses to another machine, unless it runs on this one.",
      ),
    url: z.url().default('https://api.nyc.gov/geoclient/v2/').describe('Where version 2 of it is.'),
    key: secret.optional().describe('The subscription key of the API portal.'),
    requests: count(1, 32).default(4).describe('Maximum concurrent requests.'),
    requests_per_minute: count(1, 100_000)
      .default(2000)
      .describe('Maximum requests per minute; the portal has allowed 2,500.'),
    timeout_seconds: seconds(30, 600).describe('How long a request may take.'),
    first_wait_seconds: numeric(z.number().positive().max(600))
      .default(2)
      .describe('Wait after a first failure; doubled with each further one.'),
  }),
  sendsTo: ({ url }) => url ?? '',
  create: (settings, { url, key, ...limits }) =>
    createGeoclientGeocoder(
      {
        url,
        key,
        maxRequests: limits.requests,
        requestsPerMinute: limits.requests_per_minute,
        timeoutMs: limits.timeout_seconds * 1000,
        firstWaitMs: limits.first_wait_seconds * 1000,
      },
      settings.log,
      turnOf(settings, 'geoclient', { atOnce: limits.requests, perMinute: limits.requests_per_minute }),
    ),
});

/** New York City's GeoClient, version 2: Geosupport behind a web service. Addresses leave the building. */
export function createGeoclientGeocoder(
  options: GeoclientOptions,
  log: GeocoderSettings['log'],
  turn: Turn = alone,
): Geocoder {
  const service = new AddressService(options.url);
  const name = `geoclient (${service.place})`;
  const limit = new AdaptiveLimit({ first: options.maxRequests, max: options.maxRequests });
  const pace = createPace(60_000 / options.requestsPerMinute);
  const watch = new GeocodingWatch(name, log);

  const ask = async (address: NewYorkAddress, signal: AbortSignal): Promise<GeoclientReply> => {
    const backoff = new Backoff({ attempts: tries, firstDelayMs: options.firstWaitMs });
    for (;;) {
      const reply = await limit.run(
        async () => {
          await pace(signal);
          return turn(() => request(service, options, address, signal), signal);
        },
        ({ kind }) => kind === 'answer',
      );
      if (reply.kind === 'answer' || isRefusal(reply)) return reply;
      const onRetry = (_: number, waitMs: number) => watch.failed(reply.what, askedAgainIn(waitMs));
      if (!(await backoff.again({ signal, atLeastMs: reply.waitMs, onRetry }))) return reply;
    }
  };

  /** Takes a suggestion when it is the only one. */
  const find = async (
    address: NewYorkAddress,
    signal: AbortSignal,
  ): Promise<GeocodingOutcome | ServiceFailure> => {
    const reply = await ask(address, signal);
    if (reply.kind === 'failure') return reply;
    const { outcome, suggestion } = reply.answer;
    if (suggestion === null) return outcome;
    const second = await ask({ ...address, street: suggestion }, signal);
    if (second.kind === 'failure') return second;
    const { detail } = second.answer.outcome;
    return { ...second.answer.outcome, detail: `${detail}, by the only name like it` };
  };

  return {
    name: 'geoclient',

    async check(signal) {
      const reply = await ask(publicAddress, signal);
      if (reply.kind === 'failure') throw unavailable(name, reply);
      const { geoid, detail = '' } = reply.answer.outcome;
      if (geoid !== publicTract) {
        const hint =
          'Check its address. A service of your own needs the data of a release with the tracts of 2020.';
        throw publicAddressNotFound(name, {
          place: publicPlace,
          tract: publicTract,
          said: geoid ?? detail,
          hint,
        });
      }
      return 'finds a public address';
    },

    async census() {
      return cityCensus;
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
          if ('status' in found && 'geoid' in found) {
            outcomes[next.index] = found;
            watch.answered(1);
            continue;
          }
          refused += 1;
          watch.failed(found.what, 'checking with a public address whether it works at all');
          const isServing = (await ask(publicAddress, signal)).kind === 'answer';
          if (!isServing || refused > Math.max(fewRefused, addresses.length / 100))
            outage ??= unavailable(name, found);
        }
      };
      await watch.during(asked.length, () => Promise.all(Array.from({ length: options.maxRequests }, work)));
      return { outcomes, outage };
    },

    async close() {
      service.close();
    },
  };
}

async function request(
  service: AddressService,
  { key, timeoutMs }: GeoclientOptions,
  { houseNumber, street, place }: NewYorkAddress,
  signal: AbortSignal,
): Promise<GeoclientReply> {
  const where = 'zip' in place ? { zip: place.zip } : { borough: boroughWords[place.borough] };
  const reply = await service.ask({
    method: 'GET',
    path: 'address',
    parameters: { houseNumber, street, ...where },
    headers: { accept: 'application/json', ...(key ? { 'Ocp-Apim-Subscription-Key': key } : {}) },
    timeoutMs,
    signal,
  });
  return reply.kind === 'failure' ? reply : readGeoclientAnswer(reply.bytes.toString());
}

const boroughWords: Readonly<Record<Borough, string>> = {
  '1': 'Manhattan',
  '2': 'Bronx',
  '3': 'Brooklyn',
  '4': 'Queens',
  '5': 'Staten Island',
};

/** Whether no second try mends it. */
function isRefusal({ status }: ServiceFailure): boolean {
  return status !== null && status < 500 && ![408, 425, 429].includes(status);
}

function unavailable(name: string, reply: ServiceFailure): PatronflowError {
  return isRefusal(reply)
    ? geocoderRefuses(name, reply.what, 'Check its address and key.')
    : geocoderDown(name, reply.what);
}
