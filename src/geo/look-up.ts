import type { HouseNumber } from './house-number.ts';
import { type LikeStreet, streetsLike } from './like-streets.ts';
import { type ConsideredRange, considerRanges, forEachHolding, isBetween } from './ranges.ts';
import type { NotAddressable, ReadAddress } from './read-address.ts';
import type { StreetName } from './street-name.ts';
import {
  countyMask,
  lowerBound,
  offsetFlag,
  type TractIndex,
  tractMask,
  unknownTract,
} from './tract-index.ts';

/**
 * - match: the street of the ZIP has a range with the number, on its side of the street
 * - match_street: less was certain, but all that the address may mean lies in one tract
 * - ambiguous: what it may mean lies in several
 * - out_of_range: the street is there, the number is not
 * - no_street: no such street in the ZIP, or the index does not have the ZIP
 * - not_addressable: a box, a corner, or nothing to look up at all
 */
export type LookUpStatus =
  | 'match'
  | 'match_street'
  | 'ambiguous'
  | 'out_of_range'
  | 'no_street'
  | 'not_addressable';

/** What speaks for a status, one for each way to it. */
export type LookUpReason =
  | NotAddressable
  | 'number_in_range'
  | 'name_incomplete'
  | 'street_in_one_tract'
  | 'other_zip'
  | 'ranges_disagree'
  | 'names_disagree'
  | 'no_number'
  | 'number_not_in_range'
  | 'tract_unknown'
  | 'street_not_in_zip'
  | 'zip_not_covered'
  | 'no_zip';

export interface Finding {
  readonly status: LookUpStatus;
  readonly reason: LookUpReason;
  /** 11 digits, for `match` and `match_street` only. */
  readonly geoid: string | null;
  /** The range that the number is in lies beyond a corridor, by TIGER's offset flag: the tract may be the next one. */
  readonly isOffset: boolean;
}

/**
 * Looks an address up, and abstains rather than guesses: no digit is ever taken for another, no number is counted on
 * beyond a range, a street of another type is another street.
 * @param onRange told of every range of the streets that the address may mean
 */
export function lookUp(
  index: TractIndex,
  { number, street, zip, problem }: Pick<ReadAddress, 'number' | 'street' | 'zip' | 'problem'>,
  onRange?: (range: ConsideredRange) => void,
): Finding {
  if (problem !== null || street === null) return abstain('not_addressable', problem ?? 'no_street');
  if (zip === '') return abstain('no_street', 'no_zip');
  const area = areaOf(index, Number(zip));
  if (area.counties.length === 0) return abstain('no_street', 'zip_not_covered');
  const streets = streetsLike(index, street, Number(zip));
  if (number === null) {
    if (onRange) considerRanges(index, street.name, streets, [], onRange);
    if (streets.length === 0) return abstain('no_street', 'street_not_in_zip');
    return onWholeStreet(index, streets, abstain('ambiguous', 'no_number'));
  }
  const doors = doorsOf(number, area.hasHyphens);
  if (onRange) considerRanges(index, street.name, streets, doors.flat(), onRange);
  const found = allDoors(doors, (door) => inRange(index, streets, door));
  if (found) return found;
  const elsewhere = allDoors(doors, (door) => inOtherZip(index, street, area.counties, door));
  if (streets.length === 0) return elsewhere ?? abstain('no_street', 'street_not_in_zip');
  // Between the numbers that the ZIP has of the street, a range is missing; beyond them, the ZIP may be wrong.
  const isInside = doors.every((door) => door.some((number) => isBetween(index, streets, number)));
  if (!isInside) return elsewhere ?? abstain('out_of_range', 'number_not_in_range');
  const whole = onWholeStreet(index, streets, abstain('out_of_range', 'number_not_in_range'));
  const isDisputed = whole.geoid !== null && elsewhere !== null && elsewhere.geoid !== whole.geoid;
  return isDisputed ? abstain('ambiguous', 'other_zip') : whole;
}

function abstain(status: LookUpStatus, reason: LookUpReason): Finding {
  return { status, reason, geoid: null, isOffset: false };
}

// --- What is asked for -----------------------------------------------------------------------------------------

/** What the index has of a ZIP. */
interface Area {
  /** Their places in the index's description. */
  readonly counties: readonly number[];
  /** Whether its house numbers have hyphens, as in Queens. */
  readonly hasHyphens: boolean;
}

function areaOf({ zips, zipCounty }: TractIndex, zip: number): Area {
  const counties: number[] = [];
  let hasHyphens = false;
  for (let at = lowerBound(zips, zip, 0, zips.length); zips[at] === zip; at += 1) {
    const county = zipCounty[at] ?? 0;
    counties.push(county & countyMask);
    hasHyphens ||= county > countyMask;
  }
  return { counties, hasHyphens };
}

/** A house number in all forms in which the index may have it, the likeliest first. */
type Door = readonly HouseNumber[];

/**
 * 37-06 and 3706 are the same door in Queens; elsewhere 12-14 are two doors of one building, which must be found in
 * one tract.
 */
function doorsOf(number: HouseNumber, hasHyphens: boolean): readonly Door[] {
  const { prefix, digits } = number;
  const isHyphenated = /^\d+-$/.test(prefix);
  if (hasHyphens && isHyphenated) return [[number, { prefix: '', digits: prefix.slice(0, -1) + digits }]];
  if (hasHyphens && prefix === '' && digits.length > 2)
    return [[number, { prefix: `${digits.slice(0, -2)}-`, digits: digits.slice(-2) }]];
  const first = prefix.slice(0, -1);
  if (isHyphenated && first.length > 3 && digits.length < first.length) return shortPair(number, first);
  const isPair = isHyphenated && Number(first) < Number(digits) && (Number(first) + Number(digits)) % 2 === 0;
  return isPair ? [[{ prefix: '', digits: first }], [{ prefix: '', digits }]] : [[number]];
}

/** 2312-14 is 2312 and 2314, and 2312-101 a unit of 2312; in Queens no more than three digits precede the hyphen. */
function shortPair(number: HouseNumber, first: string): readonly Door[] {
  const last = first.slice(0, -number.digits.length) + number.digits;
  const isPair = Number(first) < Number(last) && (Number(first) + Number(last)) % 2 === 0;
  const doors = isPair ? [first, last] : [first];
  return doors.map((digits) => [number, { prefix: '', digits }]);
}

/** What is true of all doors of a building; null when it is not found, or not of all. */
function allDoors(doors: readonly Door[], find: (door: Door) => Finding | null): Finding | null {
  const [first, ...others] = doors.map(find);
  if (!first || others.some((other) => !other)) return null;
  return others.every((other) => other?.geoid === first.geoid)
    ? first
    : abstain('ambiguous', 'ranges_disagree');
}

// --- What is found ---------------------------------------------------------------------------------------------

/** In place of a tract: none was found yet, and more than one was. */
const none = -1;
const several = -2;

/** The tracts of some ranges as one. */
class Tracts {
  tract = none;
  isOffset = false;

  add(place: number): void {
    const tract = place & tractMask;
    if (this.tract === none) this.tract = tract;
    else if (this.tract !== tract) this.tract = several;
    if ((place & offsetFlag) !== 0) this.isOffset = true;
  }
}

function inRange(index: TractIndex, streets: readonly LikeStreet[], door: Door): Finding | null {
  for (const number of door) {
    const same = new Tracts();
    const loose = new Tracts();
    for (const { street, likeness } of streets)
      forEachHolding(index, street, number, (place) => (likeness === 'same' ? same : loose).add(place));
    if (same.tract === several) return abstain('ambiguous', 'ranges_disagree');
    if (same.tract !== none) return tractFound(index, 'match', 'number_in_range', same);
    if (loose.tract === several) return abstain('ambiguous', 'names_disagree');
    if (loose.tract !== none) return tractFound(index, 'match_street', 'name_incomplete', loose);
  }
  return null;
}

/** A ZIP may be wrong: the same street elsewhere in the county, where only one tract comes of it. */
function inOtherZip(
  index: TractIndex,
  street: StreetName,
  counties: readonly number[],
  door: Door,
): Finding | null {
  const codes = counties.map((county) => index.about.counties[county]);
  for (const number of door) {
    const tracts = new Tracts();
    for (const { street: other, likeness } of streetsLike(index, street, null)) {
      if (likeness !== 'same') continue;
      forEachHolding(index, other, number, (place) => {
        const geoid = index.geoids[place & tractMask];
        if (geoid === unknownTract || codes.includes(geoid?.slice(0, 5))) tracts.add(place);
      });
    }
    if (tracts.tract >= 0) return tractFound(index, 'match_street', 'other_zip', tracts);
  }
  return null;
}

/** Where no range has the number, or there is none: a street all of whose ranges lie in one tract. */
function onWholeStreet(index: TractIndex, streets: readonly LikeStreet[], otherwise: Finding): Finding {
  const same = streets.filter(({ likeness }) => likeness === 'same');
  const tracts = new Tracts();
  for (const { street } of same.length > 0 ? same : streets) {
    const end = index.streetRange[street + 1] ?? 0;
    for (let range = index.streetRange[street] ?? 0; range < end; range += 1)
      tracts.add(index.place[range] ?? 0);
  }
  return tracts.tract === several
    ? otherwise
    : tractFound(index, 'match_street', 'street_in_one_tract', tracts);
}

function tractFound(index: TractIndex, status: LookUpStatus, reason: LookUpReason, tracts: Tracts): Finding {
  const geoid = index.geoids[tracts.tract] ?? unknownTract;
  if (geoid === unknownTract) return abstain('out_of_range', 'tract_unknown');
  return { status, reason, geoid, isOffset: tracts.isOffset };
}
