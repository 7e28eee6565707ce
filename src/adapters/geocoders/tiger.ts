import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { PatronflowError } from '../../core/errors.ts';
import { flag, path } from '../../core/settings.ts';
import { sampleIndex } from '../../geo/check-index.ts';
import { type Finding, type LookUpStatus, lookUp } from '../../geo/look-up.ts';
import { addressLine, type ReadAddress, readAddress } from '../../geo/read-address.ts';
import { openTractIndex } from '../../geo/read-index.ts';
import type { IndexDescription, TractIndex } from '../../geo/tract-index.ts';
import type { Geocoder, GeocodingAddress, GeocodingOutcome, GeocodingStatus } from '../../poll/ports.ts';
import { geocoderAdapter } from '../../poll/ports.ts';
import { decadeOf } from '../clients/census-vintage.ts';

export interface TigerGeocoderOptions {
  /** An index that `patronflow geo build` made. */
  readonly path: string;
  /** Whether what is less than certain is answered. */
  readonly matchStreet?: boolean;
  /** Whether a street may be looked for in another ZIP of the county. */
  readonly otherZip?: boolean;
}

/** Addresses between two looks at the signal: some tens of milliseconds. */
const addressesAtATime = 500;

export const tigerGeocoder = geocoderAdapter({
  system: 'tiger',
  options: z.strictObject({
    via: z
      .literal('tiger')
      .describe(
        "An index of the Census Bureau's street ranges on this machine. Sends no address to another machine.",
      ),
    index_file: path.describe('The file that `patronflow geo build` made.'),
    match_street: flag
      .default(true)
      .describe('With `false` only the status `match` gives a tract, not the less certain `match_street`.'),
    other_zip: flag
      .default(true)
      .describe(
        "`false`: never treat a ZIP code as wrong, even where only the city's own ZIP has the street.",
      ),
  }),
  sendsTo: () => null,
  create: (_given, { index_file, match_street, other_zip }) =>
    createTigerGeocoder({ path: index_file, matchStreet: match_street, otherZip: other_zip }),
});

/** Looks addresses up in an index of tracts, in this process: no address leaves it. */
export function createTigerGeocoder({ path, ...options }: TigerGeocoderOptions): Geocoder {
  let opening: Promise<TractIndex> | null = null;
  let name = 'tiger';
  const index = async () => {
    opening ??= openTractIndex(path);
    const opened = await opening;
    name = `tiger ${vintageOf(opened.about)}`;
    return opened;
  };
  return {
    /** With the years of what is answered from, once that is known. */
    get name() {
      return name;
    },

    async census() {
      return censusOf((await index()).about);
    },

    async check() {
      const opened = await index();
      const { about } = opened;
      assertFinds(opened, path);
      const counties = about.counties.length === 1 ? '1 county' : `${about.counties.length} counties`;
      return `${path}: ${about.ranges} ranges in ${counties}, TIGER/Line ${vintageOf(about)}`;
    },

    async geocode(addresses, signal) {
      const opened = await index();
      const outcomes: GeocodingOutcome[] = [];
      for (const [position, address] of addresses.entries()) {
        if (position % addressesAtATime === 0) {
          await nextTurn();
          signal.throwIfAborted();
        }
        outcomes.push(outcomeOf(lookUp(opened, read(address), options)));
      }
      return { outcomes, outage: null };
    },

    async close() {
      opening = null;
    },
  };
}

/** The census of an index; null where it has tracts of the files' own year, and they do not say it. */
function censusOf({ tiger, tracts }: IndexDescription): string | null {
  if (tracts !== 'current') return tracts;
  const censuses = new Set(tiger.map((year) => (/^\d{4}$/.test(year) ? decadeOf(Number(year)) : null)));
  const [census = null] = censuses;
  return censuses.size === 1 ? census : null;
}

function vintageOf({ tiger, tracts }: IndexDescription): string {
  return `${tiger.filter(Boolean).join(', ') || 'of an unknown year'}, tracts of ${tracts}`;
}

/** Healthy indexes find nearly all of their own ranges; the rest are ranges that overlap in the files. */
const leastFound = 0.5;

/** @throws PatronflowError INDEX_UNREADABLE for an index that does not find what is in it */
function assertFinds(index: TractIndex, path: string): void {
  const { asked, found } = sampleIndex(index);
  if (asked > 0 && found >= asked * leastFound) return;
  const what = asked === 0 ? 'has no range with a tract' : `finds ${found} of ${asked} of its own ranges`;
  throw new PatronflowError('INDEX_UNREADABLE', `${path} ${what}.`, {
    hint: 'Build it again with this version, from ADDRFEAT and FACES of the same year: patronflow geo build',
  });
}

function read({ street, city, region, postalCode }: GeocodingAddress): ReadAddress {
  return readAddress(addressLine(street, city, `${region} ${postalCode}`), postalCode);
}

const statuses: Readonly<Record<LookUpStatus, GeocodingStatus>> = {
  match: 'match',
  match_street: 'match',
  ambiguous: 'tie',
  out_of_range: 'no_match',
  no_street: 'no_match',
  not_addressable: 'no_match',
};

function outcomeOf({ status, reason, geoid, isOffset }: Finding): GeocodingOutcome {
  const words = status === 'match' ? status : `${status} (${reason})`;
  const detail = `${words}${isOffset ? ', beyond a corridor' : ''}`.replaceAll('_', ' ');
  return { status: statuses[status], geoid, detail };
}
