import type { GeocodingOutcome } from '../../poll/ports.ts';
import { type Borough, boroughOf, type NewYorkAddress } from './new-york-address.ts';
import { readReturnCode, tractOutcome } from './new-york-answer.ts';

/** `void geo(char *wa1, char *wa2)` of Geosupport: both areas are read and written in place. */
export type GeoCall = (wa1: Buffer, wa2: Buffer) => void;

// Work areas of function 1B in character-only format, by Geosupport's Users' Programming Guide, appendices 2, 3 and 13;
// places count from 1 there, and so they do here.
const area1Bytes = 1200;
/** More than the 4,300 of function 1B: what the library writes there depends on its release. */
const area2Bytes = 32_767;

type Place = readonly [from: number, to: number];

const input = {
  function: [1, 2],
  houseNumber: [3, 18],
  borough: [57, 57],
  street: [68, 99],
  /** C for character-only work areas. */
  format: [213, 213],
  zip: [214, 218],
  /** C for compact street names. */
  streetFormat: [322, 322],
} as const satisfies Record<string, Place>;

const output = {
  borough: [361, 369],
  returnCode: [717, 718],
  suggestions: [799, 800],
  firstSuggestion: [881, 912],
} as const satisfies Record<string, Place>;

const output2 = {
  /** Tells Marble Hill, which the post office counts to the Bronx and the census to Manhattan. */
  tractBorough: [217, 217],
  tract2020: [762, 767],
} as const satisfies Record<string, Place>;

/** Looks an address up with function 1B; a single suggestion is taken, of several none. */
export function callGeosupport(geo: GeoCall, address: NewYorkAddress): GeocodingOutcome {
  const first = call1B(geo, address, address.street);
  if (first.suggestion === null) return first.outcome;
  const second = call1B(geo, address, first.suggestion);
  const { detail = '' } = second.outcome;
  return { ...second.outcome, detail: `${detail}, by the only name like it` };
}

interface Answer {
  readonly outcome: GeocodingOutcome;
  readonly suggestion: string | null;
}

function call1B(geo: GeoCall, { houseNumber, place }: NewYorkAddress, street: string): Answer {
  const area1 = Buffer.alloc(area1Bytes, ' ');
  const area2 = Buffer.alloc(area2Bytes, ' ');
  put(area1, input.function, '1B');
  put(area1, input.houseNumber, houseNumber.toUpperCase());
  put(area1, input.street, street.toUpperCase());
  put(area1, input.format, 'C');
  put(area1, input.streetFormat, 'C');
  if ('zip' in place) put(area1, input.zip, place.zip);
  else put(area1, input.borough, place.borough);
  geo(area1, area2);
  const code = readReturnCode(take(area1, output.returnCode));
  if (code.kind === 'found') return { outcome: found(area1, area2, code.detail), suggestion: null };
  if (code.kind === 'broken')
    return { outcome: { status: 'error', geoid: null, detail: code.detail }, suggestion: null };
  const suggestion =
    code.kind === 'alike' && Number(take(area1, output.suggestions)) === 1
      ? take(area1, output.firstSuggestion).trim()
      : '';
  return { outcome: code.outcome, suggestion: suggestion || null };
}

function found(area1: Buffer, area2: Buffer, detail: string): GeocodingOutcome {
  const byTract = take(area2, output2.tractBorough);
  const name = take(area1, output.borough);
  // Nine characters: STATEN IS.
  const byName = boroughOf(name.startsWith('STATEN IS') ? 'STATEN ISLAND' : name);
  const borough = /^[1-5]$/.test(byTract) ? (byTract as Borough) : byName;
  return tractOutcome(borough, take(area2, output2.tract2020), detail);
}

function put(area: Buffer, [from, to]: Place, text: string): void {
  area.write(text.slice(0, to - from + 1), from - 1, 'latin1');
}

function take(area: Buffer, [from, to]: Place): string {
  return area.toString('latin1', from - 1, to);
}
