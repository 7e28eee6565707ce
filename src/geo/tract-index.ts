import type { Parity } from './house-number.ts';
import type { StreetName } from './street-name.ts';

/**
 * The index: one file, docs/geocoding.md describes its bytes. Streets of one name are together, below a name the
 * streets of one ZIP, below a street its ranges; all of it in typed arrays over the bytes of the file, so that opening
 * is reading.
 */
export interface TractIndex {
  readonly about: IndexDescription;
  /** Spellings of a name apart: directionals and type. */
  readonly variants: readonly Omit<StreetName, 'name'>[];
  /** What house numbers begin with: '', `37-`, `N6W`. */
  readonly prefixes: readonly string[];
  readonly prefixNumbers: ReadonlyMap<string, number>;
  readonly names: Uint8Array;
  /** Where a name begins in `names`, and one more. */
  readonly nameStart: Uint32Array;
  /** The first street of a name, and one more. */
  readonly nameStreet: Uint32Array;
  readonly streetZip: Uint32Array;
  readonly streetVariant: Uint16Array;
  /** The first range of a street, and one more. */
  readonly streetRange: Uint32Array;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly prefix: Uint16Array;
  /** Number of the tract in the lower 24 bits, parity and flags above. */
  readonly place: Uint32Array;
  /** Every pair of a ZIP and a county that has ranges with it, in order. */
  readonly zips: Uint32Array;
  readonly zipCounty: Uint16Array;
  /** 11 digits each. */
  readonly geoids: readonly string[];
}

/** What the index was made from; goes with every result. */
export interface IndexDescription {
  /** Years of the TIGER/Line files, as their names say: `2024`. */
  readonly tiger: readonly string[];
  /** The census whose tracts these are, `2020`; `current` for those of the files' own year. */
  readonly tracts: string;
  /** 5 digits each, those that ranges were found in. */
  readonly counties: readonly string[];
  /** Range sides whose tract is known. */
  readonly ranges: number;
}

/** The header of a file, as JSON. */
export interface IndexHeader extends IndexDescription {
  readonly variants: readonly (readonly [before: string, type: string, after: string])[];
  readonly prefixes: readonly string[];
  readonly sections: Readonly<Record<SectionName, readonly [offset: number, length: number]>>;
}

/** In the order of the file; the numbers are bytes of an element. Each section begins at a multiple of 8. */
export const sectionWidths = {
  nameStart: 4,
  nameStreet: 4,
  streetZip: 4,
  streetRange: 4,
  low: 4,
  high: 4,
  place: 4,
  zips: 4,
  prefix: 2,
  streetVariant: 2,
  zipCounty: 2,
  names: 1,
  tracts: 1,
} as const;

export type SectionName = keyof typeof sectionWidths;

export const magic = 'PFTRACTS';
export const formatVersion = 2;
/** Where the numbers of four bytes behind the magic are; the check-sum, a CRC-32, is that of all behind it. */
export const preamblePlaces = { checkSum: 8, version: 12, headerLength: 16 } as const;
export const preambleLength = 20;
/** Digits of a tract. */
export const geoidLength = 11;

/** In place of a geoid, for a range whose face is in no file. */
export const unknownTract = '00000000000';

export const tractMask = 0xff_ffff;
export const parityShift = 24;
export const parityMask = 3;
export const parities: readonly Parity[] = ['both', 'odd', 'even'];
/** The addresses lie beyond a corridor, such as a frontage road (OFFSET of TIGER). */
export const offsetFlag = 1 << 26;
/**
 * Of `zipCounty`: the county's place in the description; above it, whether house numbers have hyphens there, and
 * whether the ZIP reaches into a county that the index was not made for.
 */
export const countyMask = 0x3fff;
export const partialFlag = 0x4000;
export const hyphenFlag = 0x8000;

/** The number of a name; -1 when no street has it. */
export function findName({ names, nameStart }: TractIndex, name: string): number {
  let low = 0;
  let high = nameStart.length - 2;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = compareName(names, nameStart[middle] ?? 0, nameStart[middle + 1] ?? 0, name);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function compareName(names: Uint8Array, start: number, end: number, name: string): number {
  const length = Math.min(end - start, name.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (names[start + index] ?? 0) - name.charCodeAt(index);
    if (difference !== 0) return difference;
  }
  return end - start - name.length;
}

/** The first place from `start` to before `end` at which a sorted array has a value, or would have it. */
export function lowerBound(values: Uint32Array, value: number, start: number, end: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
