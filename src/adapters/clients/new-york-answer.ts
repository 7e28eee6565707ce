import type { GeocodingOutcome } from '../../poll/ports.ts';
import { type Borough, geoidOf, type NewYorkAddress } from './new-york-address.ts';

// What the city's geocoders answer: Geosupport itself, and GeoClient, which has it behind a web service.

/** The census whose tracts are taken. */
export const cityCensus = '2020';

/** The Empire State Building, whose address is no secret, and its tract. */
export const publicAddress: NewYorkAddress = {
  houseNumber: '350',
  street: '5 AVENUE',
  place: { borough: '1' },
};
export const publicTract = '36061007600';
export const publicPlace = '350 5 AVENUE, Manhattan';

/** What a return code of Geosupport says (Users' Programming Guide, appendix 4). */
export type ReturnCode =
  | { readonly kind: 'found'; readonly detail: string }
  /** Several names are like it; one of them may be tried. */
  | { readonly kind: 'alike'; readonly outcome: GeocodingOutcome }
  | { readonly kind: 'not_found'; readonly outcome: GeocodingOutcome }
  /** What is wrong with the library, such as files that are missing, is not an answer about the address. */
  | { readonly kind: 'broken'; readonly detail: string };

/** Codes above this one are not about the address. */
const lastAboutAddress = 75;

/** Reads a return code. One that is no such code may hold anything, also an address, and is never shown. */
export function readReturnCode(code: string): ReturnCode {
  const outcome: GeocodingOutcome = { status: 'no_match', geoid: null, detail: `return code ${code}` };
  if (code === 'EE') return { kind: 'alike', outcome };
  if (!/^\d\d$/.test(code)) return { kind: 'broken', detail: 'a return code that is none' };
  if (code === '00') return { kind: 'found', detail: 'match' };
  if (code === '01') return { kind: 'found', detail: 'match with a warning' };
  return Number(code) <= lastAboutAddress
    ? { kind: 'not_found', outcome }
    : { kind: 'broken', detail: `return code ${code}` };
}

/** The outcome for an address that was found, if it has a tract. */
export function tractOutcome(borough: Borough | null, tract: string, detail: string): GeocodingOutcome {
  const geoid = geoidOf(borough, tract);
  return geoid === null
    ? { status: 'no_match', geoid, detail: 'no tract of 2020' }
    : { status: 'match', geoid, detail };
}
