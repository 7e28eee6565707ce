import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { PatronflowError, systemCode } from '../core/errors.ts';
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
  /** Range sides. */
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
export const formatVersion = 1;
/** Where the numbers of four bytes behind the magic are; the check-sum, a CRC-32, is that of all behind it. */
export const preamblePlaces = { checkSum: 8, version: 12, headerLength: 16 } as const;
export const preambleLength = 20;
/** Digits of a tract. */
const geoidLength = 11;

export const tractMask = 0xff_ffff;
export const parityShift = 24;
export const parityMask = 3;
export const parities: readonly Parity[] = ['both', 'odd', 'even'];
/** The addresses lie beyond a corridor, such as a frontage road (OFFSET of TIGER). */
export const offsetFlag = 1 << 26;
/** Of `zipCounty`: the county's place in the description; above it, whether house numbers have hyphens there. */
export const countyMask = 0x7fff;
export const hyphenFlag = 0x8000;

/**
 * Opens an index: a state takes tens of milliseconds.
 * @throws PatronflowError INDEX_UNREADABLE when the file is not there, not an index, of another version or damaged
 */
export async function openTractIndex(path: string): Promise<TractIndex> {
  return readTractIndex(await readWhole(path), path);
}

/** @param bytes a file's, in a buffer of their own, as typed arrays need it */
export function readTractIndex(bytes: Uint8Array<ArrayBuffer>, path: string): TractIndex {
  const view = new DataView(bytes.buffer);
  const isIndex =
    bytes.length >= preambleLength && String.fromCharCode(...bytes.subarray(0, magic.length)) === magic;
  if (!isIndex) throw unreadable(path, 'is not an index of tracts');
  const version = view.getUint32(preamblePlaces.version, true);
  if (version !== formatVersion)
    throw unreadable(path, `has format ${version}, and this version of patronflow reads ${formatVersion}`);
  if (crc32(bytes.subarray(preamblePlaces.version)) !== view.getUint32(preamblePlaces.checkSum, true))
    throw unreadable(path, 'is damaged: its check-sum is another');
  const headerEnd = preambleLength + view.getUint32(preamblePlaces.headerLength, true);
  const header: IndexHeader = JSON.parse(
    Buffer.from(bytes.buffer, preambleLength, headerEnd - preambleLength).toString(),
  );
  const base = Math.ceil(headerEnd / 8) * 8;
  const u8 = (name: SectionName) => new Uint8Array(bytes.buffer, ...at(name));
  const u16 = (name: SectionName) => new Uint16Array(bytes.buffer, ...at(name));
  const u32 = (name: SectionName) => new Uint32Array(bytes.buffer, ...at(name));
  const at = (name: SectionName): [number, number] => {
    const [offset, length] = header.sections[name];
    return [base + offset, length];
  };
  const { tiger, tracts, counties, ranges } = header;
  return {
    about: { tiger, tracts, counties, ranges },
    variants: header.variants.map(([before, type, after]) => ({ before, type, after })),
    prefixes: header.prefixes,
    prefixNumbers: new Map(header.prefixes.map((prefix, number) => [prefix, number])),
    names: u8('names'),
    nameStart: u32('nameStart'),
    nameStreet: u32('nameStreet'),
    streetZip: u32('streetZip'),
    streetVariant: u16('streetVariant'),
    streetRange: u32('streetRange'),
    low: u32('low'),
    high: u32('high'),
    prefix: u16('prefix'),
    place: u32('place'),
    zips: u32('zips'),
    zipCounty: u16('zipCounty'),
    geoids: textsOf(u8('tracts'), geoidLength),
  };
}

/** Texts of equal length. */
function textsOf(bytes: Uint8Array, length: number): string[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return Array.from({ length: all.length / length }, (_, place) =>
    all.slice(place * length, (place + 1) * length),
  );
}

async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const bytes = new Uint8Array(size);
      let read = 0;
      while (read < size) {
        const { bytesRead } = await file.read(bytes, read, Math.min(size - read, 2 ** 30), read);
        if (bytesRead === 0) throw unreadable(path, 'became shorter while it was read');
        read += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof PatronflowError) throw error;
    throw unreadable(path, `cannot be read (${systemCode(error)})`, error);
  }
}

function unreadable(path: string, what: string, cause?: unknown): PatronflowError {
  return new PatronflowError('INDEX_UNREADABLE', `${path} ${what}.`, {
    hint: 'Build it with: patronflow geo build',
    cause,
  });
}

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
