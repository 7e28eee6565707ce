import { z } from 'zod';
import { AdaptiveLimit } from '../../core/adaptive-limit.ts';
import { count, numeric, seconds, secret } from '../../core/settings.ts';
import type { Geocoder, GeocoderSettings, GeocodingAddress, Turn } from '../../poll/ports.ts';
import { geocoderAdapter } from '../../poll/ports.ts';
import { AddressService } from '../clients/address-service.ts';
import type { CensusRow } from '../clients/census-batch.ts';
import { CensusLookup, unavailable } from '../clients/census-lookup.ts';
import { askCensus, type CensusQuestion, type CensusReply } from '../clients/census-request.ts';
import { censusOfVintage } from '../clients/census-vintage.ts';
import { publicAddressNotFound } from '../clients/geocoder-errors.ts';
import { GeocodingWatch } from '../clients/geocoding-watch.ts';
import { alone, turnOf } from '../clients/turn-of.ts';

export interface CensusOptions extends CensusQuestion {
  /** The batch endpoint. */
  readonly url: string;
  /** Requests at a time at most. */
  readonly maxRequests: number;
  /** Wait after a first failure; doubled with every further one, with half as much again at random. */
  readonly firstWaitMs: number;
}

/** Requests at a time at first. */
const firstRequests = 4;

/** The Census Bureau's own address. It shows whether the service works and says nothing about a patron. */
const publicAddress: GeocodingAddress = {
  street: '4600 SILVER HILL RD',
  city: 'WASHINGTON',
  region: 'DC',
  postalCode: '20233',
};

const publicPlace = Object.values(publicAddress).join(' ');

/** Its tract in the censuses of 2010 and 2020. Of another census only the county is known. */
const publicTract = '24033802405';
const publicCensuses: readonly (string | null)[] = ['2010', '2020'];

export const censusGeocoder = geocoderAdapter({
  system: 'census',
  options: z.strictObject({
    via: z
      .literal('census')
      .describe('The batch geocoder of the US Census Bureau. Sends addresses to another machine.'),
    url: z
      .url()
      .default('https://geocoding.geo.census.gov/geocoder/geographies/addressbatch')
      .describe('Its address.'),
    benchmark: z.string().default('Public_AR_Current').describe('Which address ranges are looked up.'),
    vintage: z.string().default('Current_Current').describe('Which geography is answered with.'),
    key: secret.optional().describe('A key, if you have one.'),
    rows_per_request: count(1, 10_000).default(1000).describe('Addresses per request. 1,000 is fastest.'),
    requests: count(1, 16)
      .default(8)
      .describe('Maximum concurrent requests. The service rejects more than 16.'),
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
  create: (settings, { url, benchmark, vintage, key, ...limits }) =>
    createCensusGeocoder(
      {
        url,
        benchmark,
        vintage,
        key,
        rowsPerRequest: limits.rows_per_request,
        maxRequests: limits.requests,
        timeoutMs: limits.timeout_seconds * 1000,
        firstWaitMs: limits.first_wait_seconds * 1000,
      },
      settings.log,
      turnOf(settings, 'census', { atOnce: limits.requests, perMinute: null }),
    ),
});

/**
 * The batch geocoder of the US Census Bureau. It answers with status 200 to nearly everything, so an answer counts
 * only row by row: what is missing is asked again, and what cannot be had is `error`, never `no_match`.
 */
export function createCensusGeocoder(
  options: CensusOptions,
  log: GeocoderSettings['log'],
  turn: Turn = alone,
): Geocoder {
  const service = new AddressService(options.url);
  const name = `census (${service.place})`;
  const limit = new AdaptiveLimit({ first: firstRequests, max: options.maxRequests });
  const watch = new GeocodingWatch(name, log);
  const census = () => censusOfVintage(options.vintage, new Date());
  let lastAnswer = Date.now();

  const ask = (rows: readonly CensusRow[], signal: AbortSignal): Promise<CensusReply> =>
    limit.run(
      async () => {
        const reply = await turn(() => askCensus(service, options, rows, signal), signal);
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
      const { geoid = null } = reply.outcomes.get(0) ?? {};
      const isRight = publicCensuses.includes(census())
        ? geoid === publicTract
        : geoid?.startsWith(publicTract.slice(0, 5));
      if (!isRight) {
        const hint =
          'Check its address, benchmark and vintage. A service of your own must know this address too.';
        const said = geoid ?? 'no match';
        throw publicAddressNotFound(name, { place: publicPlace, tract: publicTract, said, hint });
      }
      return `finds a public address, benchmark ${options.benchmark}, vintage ${options.vintage}`;
    },

    async census() {
      return census();
    },

    async geocode(addresses, signal) {
      const lookup = new CensusLookup(addresses, {
        ...{ name, ask, works, watch, signal, firstWaitMs: options.firstWaitMs },
        lastAnswerAt: () => lastAnswer,
      });
      return watch.during(addresses.length, () => lookup.run(options.rowsPerRequest));
    },

    async close() {
      service.close();
    },
  };
}
