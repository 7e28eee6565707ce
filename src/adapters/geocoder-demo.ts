import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { PatronflowError, systemCode } from '../core/errors.ts';
import type { Geocoder, GeocodingOutcome } from '../core/ports.ts';

export interface DemoGeocoderOptions {
  /** CSV with a header: `street`, `postal_code`, `geoid`; a street is a name without a house number. */
  readonly path: string;
}

/**
 * Knows the invented streets of a file, and nothing else. For demonstrations: it takes every house number, and a
 * street is where it is as a whole.
 */
export function createDemoGeocoder({ path }: DemoGeocoderOptions): Geocoder {
  let reading: Promise<ReadonlyMap<string, string>> | null = null;
  const streets = () => {
    reading ??= readStreets(path);
    return reading;
  };
  return {
    name: 'demo',
    check: async () => `knows ${(await streets()).size} invented streets`,
    async geocode(addresses) {
      const known = await streets();
      const outcomes = addresses.map(({ street, postalCode }): GeocodingOutcome => {
        const name = /^\d[\d-]* (.+?)(?: (?:apt|#) ?.*)?$/i.exec(street)?.[1] ?? '';
        const geoid = known.get(keyOf(name, postalCode)) ?? null;
        return { status: geoid === null ? 'no_match' : 'match', geoid };
      });
      return { outcomes, outage: null };
    },
    async close() {},
  };
}

async function readStreets(path: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new PatronflowError('CONFIG_UNREADABLE', `${path} cannot be read (${systemCode(cause)}).`, {
      hint: 'The demo writes this file; a job of your own wants another geocoder.',
      cause,
    });
  });
  const rows = parse(text, { columns: true }) as { street: string; postal_code: string; geoid: string }[];
  return new Map(rows.map(({ street, postal_code, geoid }) => [keyOf(street, postal_code), geoid]));
}

function keyOf(street: string, postalCode: string): string {
  return `${street.toUpperCase()}|${postalCode.slice(0, 5)}`;
}
