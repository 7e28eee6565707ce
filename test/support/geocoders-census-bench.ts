import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type CensusOptions, createCensusGeocoder } from '../../src/adapters/geocoders/census.ts';
import type { PatronflowError } from '../../src/core/errors.ts';
import type { Geocoder, GeocoderSettings, GeocodingAddress, GeocodingOutcome } from '../../src/poll/ports.ts';
import { type CensusServer, startCensusServer } from './census-server.ts';
import { silent } from './told.ts';

/** A Census Bureau for the test file, which knows the addresses of `places`. */
export interface CensusBench {
  server: CensusServer;
  open(options?: Partial<CensusOptions>, log?: GeocoderSettings['log']): Geocoder;
  /** The ids of the rows of each request, in order. */
  asked(): number[][];
}

export const censusKey = 'census-key-4711';

export function useCensus(): CensusBench {
  const bench = {
    open: (options: Partial<CensusOptions> = {}, log = silent) =>
      createCensusGeocoder(
        {
          url: `${bench.server.endpoint}/geocoder/geographies/addressbatch`,
          ...{ benchmark: 'Public_AR_Current', vintage: 'Current_Current', key: censusKey },
          ...{ rowsPerRequest: 1000, maxRequests: 8, timeoutMs: 10_000, firstWaitMs: 1 },
          ...options,
        },
        log,
      ),
    asked: () => bench.server.requests.map(({ rows }) => rows.map(({ id }) => Number(id))),
  } as CensusBench;
  beforeAll(async () => {
    bench.server = await startCensusServer();
    teach(bench.server, places(2_000));
  });
  afterEach(() => bench.server.heal());
  afterAll(() => bench.server.stop());
  return bench;
}

export interface Place {
  readonly address: GeocodingAddress;
  readonly outcome: GeocodingOutcome;
}

/** Addresses and what is true of them: of five each one tie and one that is nowhere, tracts with leading zeros. */
export function places(count: number): Place[] {
  return Array.from({ length: count }, (_, index) => {
    const address = { street: `${index} MAIN ST`, city: 'NEW YORK', region: 'NY', postalCode: '10001' };
    const geoid = `0100${String(index).padStart(7, '0')}`;
    const status = (['match', 'match', 'match', 'no_match', 'tie'] as const)[index % 5] ?? 'match';
    return { address, outcome: { status, geoid: status === 'match' ? geoid : null } };
  });
}

/** Lets the service know what is true of places. */
export function teach(server: CensusServer, all: readonly Place[]): void {
  for (const [index, { address, outcome }] of all.entries()) {
    if (outcome.geoid)
      server.know(address.street, address.postalCode, `${outcome.geoid}${1000 + (index % 9)}`);
    if (outcome.status === 'tie') server.tie(address.street, address.postalCode);
  }
}

export const addressesOf = (all: readonly Place[]) => all.map(({ address }) => address);
export const outcomesOf = (all: readonly Place[]) => all.map(({ outcome }) => outcome);
export const unanswered: GeocodingOutcome = { status: 'error', geoid: null };

/** Looks that an outage is ours and tells neither the key nor an address. */
export function expectOutage(error: PatronflowError | null, code: string): void {
  expect(error).toMatchObject({ name: 'PatronflowError', code });
  expect(error?.hint).not.toBe('');
  const said = `${error?.message} ${error?.hint} ${error?.stack} ${error?.cause}`;
  expect(said).not.toContain(censusKey);
  expect(said).not.toContain('MAIN ST');
}
