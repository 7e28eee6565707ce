import type { HouseNumber, Parity } from './house-number.ts';
import type { Likeness, LikeStreet } from './like-streets.ts';
import type { StreetName } from './street-name.ts';
import { parities, parityMask, parityShift, type TractIndex, tractMask } from './tract-index.ts';

/** A range that was looked at, for a person who asks why. */
export interface ConsideredRange {
  readonly street: StreetName;
  readonly zip: string;
  readonly likeness: Likeness;
  readonly prefix: string;
  readonly low: number;
  readonly high: number;
  readonly parity: Parity;
  readonly geoid: string;
  readonly holdsNumber: boolean;
}

/** Calls back with the place of each range of a street that holds a number on its side. */
export function forEachHolding(
  { streetRange, low, high, prefix, place, prefixNumbers }: TractIndex,
  street: number,
  number: HouseNumber,
  add: (place: number, range: number) => unknown,
): void {
  const asked = prefixNumbers.get(number.prefix);
  if (asked === undefined) return;
  const value = Number(number.digits);
  const end = streetRange[street + 1] ?? 0;
  // Ranges are in the order of their lower ends.
  for (let range = streetRange[street] ?? 0; range < end && (low[range] ?? 0) <= value; range += 1) {
    if ((high[range] ?? 0) < value || prefix[range] !== asked) continue;
    const at = place[range] ?? 0;
    const parity = parityOf(at);
    if (parity === 'both' || (parity === 'odd') === (value % 2 === 1)) add(at, range);
  }
}

/** Whether some streets have numbers both below a number and above it. */
export function isBetween(
  { streetRange, low, high, prefix, prefixNumbers }: TractIndex,
  streets: readonly LikeStreet[],
  number: HouseNumber,
): boolean {
  const asked = prefixNumbers.get(number.prefix);
  const value = Number(number.digits);
  let isAbove = false;
  let isBelow = false;
  for (const { street } of streets) {
    const end = streetRange[street + 1] ?? 0;
    for (let range = streetRange[street] ?? 0; range < end; range += 1) {
      if (prefix[range] !== asked) continue;
      isAbove ||= (low[range] ?? 0) <= value;
      isBelow ||= (high[range] ?? 0) >= value;
    }
  }
  return isAbove && isBelow;
}

/** Tells of every range of some streets. */
export function considerRanges(
  index: TractIndex,
  name: string,
  streets: readonly LikeStreet[],
  numbers: readonly HouseNumber[],
  onRange: (range: ConsideredRange) => void,
): void {
  const { streetRange, streetZip, streetVariant, low, high, place, prefix, prefixes } = index;
  for (const { street, likeness } of streets) {
    const holding = new Set<number>();
    for (const number of numbers) forEachHolding(index, street, number, (_, range) => holding.add(range));
    const variant = index.variants[streetVariant[street] ?? 0] ?? { before: '', type: '', after: '' };
    const end = streetRange[street + 1] ?? 0;
    for (let range = streetRange[street] ?? 0; range < end; range += 1) {
      onRange({
        street: { name, ...variant },
        zip: zipText(streetZip[street] ?? 0),
        likeness,
        prefix: prefixes[prefix[range] ?? 0] ?? '',
        low: low[range] ?? 0,
        high: high[range] ?? 0,
        parity: parityOf(place[range] ?? 0),
        geoid: index.geoids[(place[range] ?? 0) & tractMask] ?? '',
        holdsNumber: holding.has(range),
      });
    }
  }
}

function parityOf(place: number): Parity {
  return parities[(place >>> parityShift) & parityMask] ?? 'both';
}

/** A ZIP, which the index has as a number. */
export function zipText(zip: number): string {
  return String(zip).padStart(5, '0');
}
