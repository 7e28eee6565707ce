import type { StreetName } from './street-name.ts';
import { findName, lowerBound, type TractIndex } from './tract-index.ts';

/** `loose`: a directional or the type is missing on one side. */
export type Likeness = 'same' | 'loose';

/** A street of the index that a name may mean. */
export interface LikeStreet {
  readonly street: number;
  readonly likeness: Likeness;
}

/** The streets that a name may mean, in one ZIP or, with null, wherever they are. */
export function streetsLike(index: TractIndex, asked: StreetName, zip: number | null): LikeStreet[] {
  const name = findName(index, asked.name);
  if (name < 0) return [];
  const { nameStreet, streetZip, streetVariant, variants } = index;
  const end = nameStreet[name + 1] ?? 0;
  const found: LikeStreet[] = [];
  let street = nameStreet[name] ?? 0;
  if (zip !== null) street = lowerBound(streetZip, zip, street, end);
  for (; street < end && (zip === null || streetZip[street] === zip); street += 1) {
    const known = variants[streetVariant[street] ?? 0];
    const likeness = known ? likenessOf(asked, known) : null;
    if (likeness) found.push({ street, likeness });
  }
  return found;
}

/** Whether a ZIP has a street of a name, of any type and direction. */
export function hasName(index: TractIndex, name: string, zip: number): boolean {
  const number = findName(index, name);
  if (number < 0) return false;
  const { nameStreet, streetZip } = index;
  const end = nameStreet[number + 1] ?? 0;
  const first = lowerBound(streetZip, zip, nameStreet[number] ?? 0, end);
  return first < end && streetZip[first] === zip;
}

type Variant = Omit<StreetName, 'name'>;

/** @returns null for two streets that only share a name: 60TH ST and 60TH AVE, N MAIN ST and S MAIN ST */
function likenessOf(asked: Variant, known: Variant): Likeness | null {
  const isSameType = asked.type === known.type;
  if (isSameType && asked.before === known.before && asked.after === known.after) return 'same';
  if (!isSameType && !mayBeType(asked.type, known.type)) return null;
  // MAIN ST N is N MAIN ST.
  if (asked.before + asked.after === known.before + known.after) return 'loose';
  // E 5TH ST may be 5TH ST or E 5TH ST S, but not 5TH ST S.
  return saysNoMore(asked, known) || saysNoMore(known, asked) ? 'loose' : null;
}

/** Whether the directionals of one are among those of the other. */
function saysNoMore(one: Variant, other: Variant): boolean {
  return (
    (one.before === '' || one.before === other.before) && (one.after === '' || one.after === other.after)
  );
}

/** A type that is missing may be any; HWY 31 may be a route of the state, of the country or of a county. */
function mayBeType(one: string, other: string): boolean {
  if (one === '' || other === '') return true;
  return (one === 'RTE' && other.endsWith(' RTE')) || (other === 'RTE' && one.endsWith(' RTE'));
}
