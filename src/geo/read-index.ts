import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import {
  countyMask,
  formatVersion,
  geoidLength,
  type IndexHeader,
  magic,
  preambleLength,
  preamblePlaces,
  type SectionName,
  type TractIndex,
  tractMask,
} from './tract-index.ts';

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
    throw unreadable(path, 'is damaged: its checksum does not match');
  let cause: unknown;
  try {
    const index = viewIndex(bytes, view);
    if (isWhole(index)) return index;
  } catch (error) {
    cause = error;
  }
  throw unreadable(path, 'is damaged: its parts do not fit together', cause);
}

/** Whether each part ends where the next begins, so that no look-up leaves it or runs forever. */
function isWhole(index: TractIndex): boolean {
  const { names, nameStart, nameStreet, streetZip, streetRange, low, place, geoids, about } = index;
  return (
    isDivision(nameStart, nameStart.length, names.length) &&
    isDivision(nameStreet, nameStart.length, streetZip.length) &&
    isDivision(streetRange, streetZip.length + 1, low.length) &&
    [index.high, index.prefix, place].every(({ length }) => length === low.length) &&
    place.every((at) => (at & tractMask) < geoids.length) &&
    index.variants.every((variant) => Object.values(variant).every((text) => typeof text === 'string')) &&
    [about.tiger, about.counties].every(Array.isArray) &&
    index.zipCounty.length === index.zips.length &&
    index.zipCounty.every((county) => (county & countyMask) < about.counties.length)
  );
}

function isDivision(starts: Uint32Array, length: number, end: number): boolean {
  return (
    starts.length === length &&
    starts.at(-1) === end &&
    starts.every((start, at) => start >= (starts[at - 1] ?? 0))
  );
}

function viewIndex(bytes: Uint8Array<ArrayBuffer>, view: DataView): TractIndex {
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
  return new PatronflowError('INDEX_UNREADABLE', `${safeText(path)} ${what}.`, {
    hint: 'Build it with: patronflow geo build',
    cause,
  });
}
