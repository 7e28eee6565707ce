import { z } from 'zod';
import { count, flag, numeric, path, seconds } from './schema-parts.ts';

const forms = z
  .array(z.enum(['as_written', 'cleaned']))
  .min(1)
  .default(['as_written', 'cleaned'])
  .describe('The forms of an address that it is asked with, one after the other.');

const censusGeocoder = z.strictObject({
  via: z
    .literal('census')
    .describe('The batch geocoder of the US Census Bureau. Addresses leave the building.'),
  url: z
    .url()
    .default('https://geocoding.geo.census.gov/geocoder/geographies/addressbatch')
    .describe('Its address.'),
  benchmark: z.string().default('Public_AR_Current').describe('Which address ranges are looked up.'),
  vintage: z.string().default('Current_Current').describe('Which geography is answered with.'),
  key: z.string().optional().describe('A key, if you have one.'),
  rows_per_request: count(1, 10_000)
    .default(1000)
    .describe('Addresses of one request. It answers soonest for 1,000.'),
  requests: count(1, 16).default(8).describe('Requests at a time at most; beyond 16 it refuses.'),
  timeout_seconds: seconds(300, 3600).describe('How long a full request may take.'),
  first_wait_seconds: numeric(z.number().positive().max(600))
    .default(2)
    .describe('Wait after a first failure; doubled with each further one.'),
  forms,
});

const tigerGeocoder = z.strictObject({
  via: z
    .literal('tiger')
    .describe("An index of the Census Bureau's street ranges on this machine. No address leaves it."),
  index_file: path.describe('The file that `patronflow geo build` made.'),
});

const geosupportGeocoder = z.strictObject({
  via: z
    .literal('geosupport')
    .describe("New York City's Geosupport on this machine, for addresses in the city. No address leaves it."),
  geofiles: z
    .string()
    .describe("The folder of Geosupport's data, as in its GEOFILES; with `none` the geocoder is left out."),
  library: z.string().default('libgeo.so').describe('Its library, where LD_LIBRARY_PATH has it, or a path.'),
});

const geoclientGeocoder = z.strictObject({
  via: z
    .literal('geoclient')
    .describe(
      "New York City's GeoClient, for addresses in the city. Addresses leave, unless it runs on this machine.",
    ),
  url: z.url().default('https://api.nyc.gov/geoclient/v2/').describe('Where version 2 of it is.'),
  key: z.string().optional().describe('The subscription key of the API portal.'),
  requests: count(1, 32).default(4).describe('Requests at a time at most.'),
  requests_per_minute: count(1, 100_000)
    .default(2000)
    .describe('Requests a minute at most; the portal has allowed 2,500.'),
  timeout_seconds: seconds(30, 600).describe('How long a request may take.'),
  first_wait_seconds: numeric(z.number().positive().max(600))
    .default(2)
    .describe('Wait after a first failure; doubled with each further one.'),
});

export const geocoding = z
  .strictObject({
    geocoders: z
      .array(
        z.discriminatedUnion('via', [tigerGeocoder, censusGeocoder, geosupportGeocoder, geoclientGeocoder]),
      )
      .describe('Geocoders in order; each is asked only for what those before found nothing for.'),
    addresses_may_leave: flag
      .default(true)
      .describe('With `false` a geocoder that sends addresses to another machine is an error.'),
    on_outage: z
      .enum(['stop', 'send'])
      .default('stop')
      .describe(
        'When a geocoder is down: `stop` the run before the batch is sent, or `send` it without these tracts; the next update of a patron tries again.',
      ),
  })
  .describe('How addresses come by their census tract.');

type GeocoderKind = z.output<typeof geocoding>['geocoders'][number]['via'];

/** Where each kind of geocoder looks addresses up: what is not here would leave unnoticed, so all of them must be. */
const placeOf: Readonly<Record<GeocoderKind, 'here' | 'at its url'>> = {
  tiger: 'here',
  census: 'at its url',
  geosupport: 'here',
  geoclient: 'at its url',
};

/** Whether a geocoder sends addresses to another machine. */
export function sendsAddresses({ via, url }: { via: GeocoderKind; url: string | undefined }): boolean {
  return placeOf[via] !== 'here' && !isThisMachine(url ?? '');
}

function isThisMachine(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
