import type { HouseNumber } from './house-number.ts';
import { hasName, type LikeStreet, streetsLike } from './like-streets.ts';
import { placeKey } from './place-key.ts';
import { isZipOf } from './places.ts';
import { type ConsideredRange, considerRanges, forEachHolding, isBetween, zipText } from './ranges.ts';
import type { NotAddressable, ReadAddress } from './read-address.ts';
import type { StreetName } from './street-name.ts';
import {
  countyMask,
  hyphenFlag,
  lowerBound,
  offsetFlag,
  partialFlag,
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
  | 'no_zip'
  | 'less_certain';

/** What is asked for. */
export type Question = Pick<ReadAddress, 'number' | 'street' | 'zip' | 'problem'> &
  Partial<Pick<ReadAddress, 'otherNumbers' | 'city'>>;

/** What `match_street` may rest on. */
export interface LookUpOptions {
  /** Whether less than a `match` is answered at all. */
  readonly matchStreet?: boolean;
  /** Whether a ZIP may be taken for wrong. */
  readonly otherZip?: boolean;
  /** Told of every range of the streets that the address may mean. */
  readonly onRange?: ((range: ConsideredRange) => void) | undefined;
}

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
 */
export function lookUp(
  index: TractIndex,
  question: Question,
  { matchStreet = true, otherZip = true, onRange }: LookUpOptions = {},
): Finding {
  const found = search(index, question, otherZip, onRange);
  return found.status === 'match_street' && !matchStreet ? abstain('out_of_range', 'less_certain') : found;
}

function search(
  index: TractIndex,
  question: Question,
  otherZip: boolean,
  onRange?: (range: ConsideredRange) => void,
): Finding {
  const { number, street, zip, problem, otherNumbers = [] } = question;
  if (problem !== null || street === null) return abstain('not_addressable', problem ?? 'no_street');
  if (zip === '') return abstain('no_street', 'no_zip');
  const area = areaOf(index, Number(zip));
  if (area.counties.length === 0) return abstain('no_street', 'zip_not_covered');
  const like = streetsLike(index, street, Number(zip));
  // A street that is there as it is written is meant, not another one of the name.
  const same = like.filter(({ likeness }) => likeness === 'same');
  const streets = same.length > 0 ? same : like;
  if (number === null) {
    if (onRange) considerRanges(index, street.name, like, [], onRange);
    if (streets.length === 0) return abstain('no_street', 'street_not_in_zip');
    return onWholeStreet(index, streets, abstain('ambiguous', 'no_number'));
  }
  const doors = [number, ...otherNumbers].flatMap((each) => doorsOf(each, area.hasHyphens));
  if (onRange) considerRanges(index, street.name, like, doors.flat(), onRange);
  const found = allDoors(doors, (door) => inRange(index, streets, door));
  if (found) return found;
  if (streets.length > 0) {
    const outside = abstain('out_of_range', 'number_not_in_range');
    // Between the numbers that the ZIP has of the street, a range is missing.
    if (!doors.every((door) => door.some((each) => isBetween(index, streets, each)))) return outside;
    const whole = onWholeStreet(index, streets, outside);
    const elsewhere = allDoors(doors, (door) => inCounties(index, street, area, door, () => true));
    const isDisputed = whole.geoid !== null && elsewhere !== null && elsewhere.geoid !== whole.geoid;
    return isDisputed ? abstain('ambiguous', 'other_zip') : whole;
  }
  const elsewhere = otherZip ? inOtherZip(index, street, question, area, doors) : null;
  return elsewhere ?? abstain('no_street', 'street_not_in_zip');
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
  /** Whether it reaches into a county that was not built in. */
  readonly isPartial: boolean;
}

function areaOf({ zips, zipCounty }: TractIndex, zip: number): Area {
  const counties: number[] = [];
  let hasHyphens = false;
  let isPartial = false;
  for (let at = lowerBound(zips, zip, 0, zips.length); zips[at] === zip; at += 1) {
    const county = zipCounty[at] ?? 0;
    counties.push(county & countyMask);
    hasHyphens ||= (county & hyphenFlag) !== 0;
    isPartial ||= (county & partialFlag) !== 0;
  }
  return { counties, hasHyphens, isPartial };
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
  ranges = 0;

  add(place: number): void {
    this.ranges += 1;
    const tract = place & tractMask;
    if (this.tract === none) this.tract = tract;
    else if (this.tract !== tract) this.tract = several;
    if ((place & offsetFlag) !== 0) this.isOffset = true;
  }
}

function inRange(index: TractIndex, streets: readonly LikeStreet[], door: Door): Finding | null {
  const isSame = streets[0]?.likeness === 'same';
  for (const number of door) {
    const tracts = new Tracts();
    let without = 0;
    for (const { street } of streets) {
      const before = tracts.ranges;
      forEachHolding(index, street, number, (place) => tracts.add(place));
      if (tracts.ranges === before) without += 1;
    }
    if (tracts.ranges === 0) continue;
    if (isSame)
      return tracts.tract === several
        ? abstain('ambiguous', 'ranges_disagree')
        : tractFound(index, 'match', 'number_in_range', tracts);
    // Where one of the streets lacks the number, its range may be missing.
    return tracts.tract === several || without > 0
      ? abstain('ambiguous', 'names_disagree')
      : tractFound(index, 'match_street', 'name_incomplete', tracts);
  }
  return null;
}

/**
 * The ZIP may be wrong, not the street, where it is another city's than the one that is written, has no street of
 * that name of any type, and lies in the index as a whole: then the street of the city's own ZIPs counts. Where
 * ZIP and city agree, or one of them is unknown, it is as likely the street that is wrong.
 */
function inOtherZip(
  index: TractIndex,
  street: StreetName,
  { zip, city = '' }: Question,
  area: Area,
  doors: readonly Door[],
): Finding | null {
  if (city === '' || area.isPartial || hasName(index, street.name, Number(zip))) return null;
  const place = placeKey(city);
  if (isZipOf(zip, place) !== false) return null;
  const isCitys = (other: number) => isZipOf(zipText(other), place) === true;
  return allDoors(doors, (door) => inCounties(index, street, area, door, isCitys));
}

/** The same street in some ZIPs of the same counties, where only one tract comes of it. */
function inCounties(
  index: TractIndex,
  street: StreetName,
  { counties }: Area,
  door: Door,
  isWanted: (zip: number) => boolean,
): Finding | null {
  const codes = counties.map((county) => index.about.counties[county]);
  for (const number of door) {
    const tracts = new Tracts();
    for (const { street: other, likeness } of streetsLike(index, street, null)) {
      if (likeness !== 'same' || !isWanted(index.streetZip[other] ?? 0)) continue;
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
  const tracts = new Tracts();
  for (const { street } of streets) {
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
