import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type CensusOptions, createCensusGeocoder } from '../../src/adapters/geocoders/census.ts';
import { createGeoclientGeocoder, type GeoclientOptions } from '../../src/adapters/geocoders/geoclient.ts';
import { createGeosupportGeocoder, type GeosupportOptions } from '../../src/adapters/geocoders/geosupport.ts';
import { createTigerGeocoder } from '../../src/adapters/geocoders/tiger.ts';
import { InventedCounty } from '../../src/demo/invented-county.ts';
import type { Geocoder, GeocodingAddress } from '../../src/poll/ports.ts';
import type { AdapterBench } from './adapter-bench.ts';
import { startCensusServer } from './census-server.ts';
import { startGeoclientServer } from './geoclient-server.ts';
import { censusKey, type Place, places, teach } from './geocoders-census-bench.ts';
import { buildGeosupport } from './geosupport-library.ts';
import { indexIn } from './tiger-folder.ts';
import { silent } from './told.ts';

/** A service, or a file, that knows some addresses. */
export interface GeocoderBench extends AdapterBench<Geocoder> {
  /** Addresses that match, in at least three tracts; one that begins with a zero, where there are such. */
  readonly known: readonly Place[];
  /** Addresses that are nowhere. */
  readonly unknown: readonly GeocodingAddress[];
  /** The service between the adapter and its answers; null for what reads a file. */
  readonly service: {
    /** Breaks the next answer off in the middle. */
    breakOff(): void;
    /** Answers no more requests, and says so. */
    shutDown(): void;
    /** Takes requests and answers none. */
    fallSilent(): void;
    /** Forgets all that. */
    heal(): void;
    untilAsked(): Promise<unknown>;
  } | null;
}

const matches = (all: readonly Place[]) => all.filter(({ outcome }) => outcome.status === 'match');
const address = (street: string, postalCode: string) => ({
  ...{ street, postalCode },
  ...{ city: 'NEW YORK', region: 'NY' },
});

export async function censusBench(): Promise<GeocoderBench> {
  const server = await startCensusServer();
  const all = places(20);
  teach(server, all);
  const open = (options: Partial<CensusOptions> = {}) =>
    createCensusGeocoder(
      {
        url: `${server.endpoint}/geocoder/geographies/addressbatch`,
        ...{ benchmark: 'Public_AR_Current', vintage: 'Current_Current', key: censusKey },
        ...{ rowsPerRequest: 1000, maxRequests: 8, timeoutMs: 10_000, firstWaitMs: 1 },
        ...options,
      },
      silent,
    );
  return {
    open: () => open(),
    broken: async () => [
      { what: 'a benchmark that is none', adapter: open({ benchmark: '' }), code: 'GEOCODER_REFUSED' },
      {
        what: 'another page of the service',
        adapter: open({ url: `${server.endpoint}/geocoder/locations` }),
        code: 'GEOCODER_REFUSED',
      },
    ],
    at: (port) =>
      open({ url: `http://127.0.0.1:${port}/geocoder/geographies/addressbatch`, timeoutMs: 60_000 }),
    // It keeps nothing of what it is asked; but it may not be asked about a person without need.
    traces: async () =>
      server.requests.flatMap(({ rows }) => rows).filter(({ street }) => street !== '4600 SILVER HILL RD'),
    secrets: [censusKey],
    known: matches(all),
    unknown: all.flatMap(({ address, outcome }) => (outcome.status === 'no_match' ? [address] : [])),
    service: {
      breakOff: () => server.fail({ reset: 'midway' }, { times: 1 }),
      shutDown: () => server.fail({ status: 503 }),
      fallSilent: () => server.fail({ hang: true }),
      heal: server.heal,
      untilAsked: () => vi.waitUntil(() => server.requests.length > 0, 10_000),
    },
    stop: server.stop,
  };
}

/** The invented county as a state that comes first, so that its tracts begin with a zero. */
const tractsFromZero = { county: '01999', firstZip: 10_001, blocks: 6, tractBlocks: 2 };

export async function tigerBench(): Promise<GeocoderBench> {
  const directory = await mkdtemp(join(tmpdir(), 'patronflow-tracts-'));
  const county = new InventedCounty(tractsFromZero);
  const path = await indexIn(directory, county);
  const open = (file = path) => createTigerGeocoder({ path: file });
  return {
    open: () => open(),
    broken: async () => [
      { what: 'a file that is not there', adapter: open(join(directory, 'none')), code: 'INDEX_UNREADABLE' },
      { what: 'a file that is a folder', adapter: open(directory), code: 'INDEX_UNREADABLE' },
    ],
    at: null,
    traces: async () => (await readdir(directory)).sort(),
    secrets: [],
    known: [...county.addresses()].map(({ number, street, zip, geoid }) => ({
      address: address(`${number} ${street}`, zip),
      outcome: { status: 'match', geoid },
    })),
    unknown: [address('1 Nowhere Ln', '10001'), address('99999 W 1st St', '10001')],
    service: null,
    stop: () => rm(directory, { recursive: true }),
  };
}

/** What is at Geosupport's stand-in and at GeoClient's, by number, street and ZIP. */
const newYork = [
  ['37-06', '80TH ST', '11372', '36081028500'],
  ['1', 'BAY ST', '10301', '36085000700'],
  ['1', 'MARBLE HILL AVE', '10463', '36061030900'],
] as const;
const inNewYork = {
  known: newYork.map(([number, street, zip, geoid]) => ({
    address: address(`${number} ${street}`, zip),
    outcome: { status: 'match', geoid } as const,
  })),
  unknown: [address('99 BAY ST', '10301'), address('1 NOWHERE ST', '10001')],
};

export async function geosupportBench(): Promise<GeocoderBench> {
  const geofiles = await mkdtemp(join(tmpdir(), 'patronflow-geosupport-'));
  const library = buildGeosupport(geofiles);
  const open = (options: Partial<GeosupportOptions> = {}) =>
    createGeosupportGeocoder({ library, geofiles, ...options });
  return {
    open: () => open(),
    broken: async () => [
      {
        what: 'a library that is not there',
        adapter: open({ library: 'none.so' }),
        code: 'GEOCODER_REFUSED',
      },
      { what: 'a folder that is not there', adapter: open({ geofiles: '/none' }), code: 'GEOCODER_REFUSED' },
    ],
    at: null,
    traces: async () => (await readdir(geofiles)).sort(),
    secrets: [],
    ...inNewYork,
    service: null,
    stop: () => rm(geofiles, { recursive: true }),
  };
}

export async function geoclientBench(): Promise<GeocoderBench> {
  const server = await startGeoclientServer();
  const key = 'geoclient-secret-key';
  for (const [number, street, zip, geoid] of newYork) {
    const tract = ` ${geoid.slice(6)}`;
    server.know(`${number} ${street} ${zip}`, {
      geosupportReturnCode: '00',
      bblBoroughCode: { '36061': '1', '36081': '4', '36085': '5' }[geoid.slice(0, 5)] ?? '',
      censusTract2020: tract,
    });
  }
  const open = (options: Partial<GeoclientOptions> = {}) =>
    createGeoclientGeocoder(
      {
        ...{ url: server.endpoint, key, maxRequests: 8, requestsPerMinute: 100_000 },
        ...{ timeoutMs: 10_000, firstWaitMs: 1 },
        ...options,
      },
      silent,
    );
  return {
    open: () => open(),
    broken: async () => [
      { what: 'no key', adapter: open({ key: '' }), code: 'GEOCODER_REFUSED' },
      { what: 'another page', adapter: open({ url: `${server.endpoint}other/` }), code: 'GEOCODER_REFUSED' },
    ],
    at: (port) => open({ url: `http://127.0.0.1:${port}/geoclient/v2/`, timeoutMs: 30_000 }),
    // It keeps nothing of what it is asked; but it may not be asked about a person without need.
    traces: async () => server.requests.filter(({ street }) => street !== '5 AVENUE'),
    secrets: [key],
    ...inNewYork,
    service: {
      breakOff: () => server.fail({ reset: true }, { times: 1 }),
      shutDown: () => server.fail({ status: 503 }),
      fallSilent: () => server.fail({ hang: true }),
      heal: server.heal,
      untilAsked: () => vi.waitUntil(() => server.requests.length > 0, 10_000),
    },
    stop: server.stop,
  };
}
