import { crc32 } from 'node:zlib';
import { PatronflowError } from '../core/errors.ts';
import { Column } from './columns.ts';
import {
  formatVersion,
  type IndexDescription,
  type IndexHeader,
  magic,
  preambleLength,
  preamblePlaces,
  type SectionName,
  sectionWidths,
  tractMask,
  unknownTract,
} from './tract-index.ts';
import { ZipCounties } from './zip-counties.ts';

/** Block sides as numbers: those of the numberings, and what a range holds. */
export class SideColumns {
  readonly name = new Column();
  readonly variant = new Column();
  readonly zip = new Column();
  readonly prefix = new Column();
  readonly low = new Column();
  readonly high = new Column();
  readonly tract = new Column();
  readonly flags = new Column();
}

interface Sorted {
  readonly texts: readonly string[];
  readonly places: Uint32Array;
}

export interface IndexTexts {
  readonly names: Sorted;
  /** `before|type|after` */
  readonly variants: Sorted;
  readonly prefixes: Sorted;
  readonly tracts: Sorted;
}

/** What the files are of, and what lies around it. */
export interface Coverage {
  /** The counties whose streets were given; null where the names of the files do not say. */
  readonly counties: ReadonlySet<string> | null;
  /** ZIPs of faces in other counties. */
  readonly zipsBeyond: ReadonlySet<string>;
}

export interface EncodedIndex {
  readonly about: IndexDescription;
  /** The file, in pieces. */
  readonly bytes: readonly Uint8Array[];
}

/** What the format has room for: the whole of the country has some 700,000 names, 85,000 tracts, a few thousand variants. */
const limits = { names: 2 ** 22, variants: 2 ** 14, prefixes: 2 ** 16, tracts: tractMask + 1 } as const;

/** Bits of a ZIP, and of a variant, in what streets are sorted by: with the name it makes 53, as many as are exact. */
const zipBits = 2 ** 17;

/**
 * Writes the index that tract-index.ts reads.
 * @throws PatronflowError LIMIT_EXCEEDED when it has no room for so much
 */
export function encodeIndex(
  sides: SideColumns,
  texts: IndexTexts,
  made: Pick<IndexDescription, 'tiger' | 'tracts'>,
  coverage: Coverage,
): EncodedIndex {
  requireRoom(texts);
  const { names, tracts } = texts;
  const known = tracts.texts.filter((geoid) => geoid !== unknownTract);
  const counties = [...new Set(known.map((geoid) => geoid.slice(0, 5)))];
  const { streets, ranges, pairs, rangesInCounties } = layOut(sides, texts, counties, coverage);
  const about: IndexDescription = { ...made, counties, ranges: rangesInCounties };
  const sections: Record<SectionName, Uint8Array> = {
    nameStart: bytesOf(Uint32Array.from(startsOf(names.texts))),
    nameStreet: bytesOf(streets.ofName.toUint32()),
    streetZip: bytesOf(streets.zip.toUint32()),
    streetRange: bytesOf(streets.range.toUint32()),
    low: bytesOf(ranges.low.toUint32()),
    high: bytesOf(ranges.high.toUint32()),
    place: bytesOf(ranges.place.toUint32()),
    zips: bytesOf(Uint32Array.from(pairs, ([zip]) => zip)),
    prefix: bytesOf(Uint16Array.from(ranges.prefix.toUint32())),
    streetVariant: bytesOf(Uint16Array.from(streets.variant.toUint32())),
    zipCounty: bytesOf(Uint16Array.from(pairs, ([, county]) => county)),
    names: Buffer.from(names.texts.join(''), 'latin1'),
    tracts: Buffer.from(tracts.texts.join(''), 'latin1'),
  };
  return { about, bytes: assemble(about, texts, sections) };
}

function requireRoom(texts: IndexTexts): void {
  for (const [what, most] of Object.entries(limits)) {
    if (texts[what as keyof IndexTexts].texts.length > most)
      throw new PatronflowError('LIMIT_EXCEEDED', `An index has room for ${most} ${what}.`, {
        hint: 'Build several, one for each state, and name them as geocoders one after the other.',
      });
  }
}

/** Puts the ranges into columns, below their streets, and these below their names; and counts the counties of each ZIP. */
function layOut(
  sides: SideColumns,
  texts: IndexTexts,
  counties: readonly string[],
  { counties: own, zipsBeyond }: Coverage,
) {
  const geoids = texts.tracts.texts;
  const countyOf = geoids.map((geoid) => counties.indexOf(geoid.slice(0, 5)));
  const isBeyond = geoids.map(
    (geoid) => geoid === unknownTract || (own !== null && !own.has(geoid.slice(0, 5))),
  );
  const isHyphenated = texts.prefixes.texts.map((prefix) => /^\d+-$/.test(prefix));
  const streets = { ofName: new Column(), zip: new Column(), variant: new Column(), range: new Column() };
  const ranges = { low: new Column(), high: new Column(), prefix: new Column(), place: new Column() };
  const zipCounties = new ZipCounties();
  const partial = new Set([...zipsBeyond].map(Number));
  let street = -1;
  let rangesInCounties = 0;
  for (const row of sortedRows(sides, texts)) {
    if (row.street !== street) {
      street = row.street;
      if (row.name === streets.ofName.length) streets.ofName.push(streets.zip.length);
      streets.zip.push(row.zip);
      streets.variant.push(row.variant);
      streets.range.push(ranges.low.length);
    }
    ranges.low.push(row.low);
    ranges.high.push(row.high);
    ranges.prefix.push(row.prefix);
    ranges.place.push(row.place);
    if (isBeyond[row.place & tractMask]) partial.add(row.zip);
    const county = countyOf[row.place & tractMask] ?? -1;
    if (county < 0) continue;
    rangesInCounties += 1;
    zipCounties.count(row.zip, county, isHyphenated[row.prefix] ?? false);
  }
  streets.ofName.push(streets.zip.length);
  streets.range.push(ranges.low.length);
  return { streets, ranges, pairs: zipCounties.pairs(partial), rangesInCounties };
}

interface Row {
  /** The same number for all ranges of a street in a ZIP. */
  readonly street: number;
  readonly name: number;
  readonly zip: number;
  readonly variant: number;
  readonly low: number;
  readonly high: number;
  readonly prefix: number;
  readonly place: number;
}

/** The sides by name, ZIP, variant and range, each once. */
function* sortedRows(sides: SideColumns, { names, variants, prefixes, tracts }: IndexTexts): Generator<Row> {
  const { length } = sides.name;
  const streets = new Float64Array(length);
  const placed = (places: Uint32Array, number: number) => places[number] ?? 0;
  for (let row = 0; row < length; row += 1) {
    const name = placed(names.places, sides.name.at(row));
    const variant = placed(variants.places, sides.variant.at(row));
    streets[row] = (name * zipBits + sides.zip.at(row)) * limits.variants + variant;
  }
  const prefixAt = (row: number) => placed(prefixes.places, sides.prefix.at(row));
  const placeAt = (row: number) => placed(tracts.places, sides.tract.at(row)) + sides.flags.at(row);
  const compare = (a: number, b: number) =>
    (streets[a] ?? 0) - (streets[b] ?? 0) ||
    sides.low.at(a) - sides.low.at(b) ||
    sides.high.at(a) - sides.high.at(b) ||
    prefixAt(a) - prefixAt(b) ||
    placeAt(a) - placeAt(b);
  const order = Uint32Array.from(streets, (_, row) => row).sort(compare);
  let before = -1;
  for (const row of order) {
    if (before >= 0 && compare(before, row) === 0) continue;
    before = row;
    yield {
      street: streets[row] ?? 0,
      name: placed(names.places, sides.name.at(row)),
      zip: sides.zip.at(row),
      variant: placed(variants.places, sides.variant.at(row)),
      low: sides.low.at(row),
      high: sides.high.at(row),
      prefix: prefixAt(row),
      place: placeAt(row),
    };
  }
}

/** Where each of some texts begins when they are put together, and where the last one ends. */
function startsOf(texts: readonly string[]): number[] {
  const starts = [0];
  let end = 0;
  for (const { length } of texts) {
    end += length;
    starts.push(end);
  }
  return starts;
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint16Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function assemble(
  about: IndexDescription,
  { variants, prefixes }: IndexTexts,
  sections: Readonly<Record<SectionName, Uint8Array>>,
): Uint8Array[] {
  const places: Partial<Record<SectionName, readonly [number, number]>> = {};
  const body: Uint8Array[] = [];
  let offset = 0;
  for (const [name, width] of Object.entries(sectionWidths) as [SectionName, number][]) {
    const section = sections[name];
    places[name] = [offset, section.length / width];
    body.push(section, padding(section.length));
    offset += padded(section.length);
  }
  const header: IndexHeader = {
    ...about,
    variants: variants.texts.map((text) => text.split('|') as unknown as readonly [string, string, string]),
    prefixes: prefixes.texts,
    sections: places as IndexHeader['sections'],
  };
  const json = Buffer.from(JSON.stringify(header));
  // zlib begins anew at a piece of no bytes.
  const preamble = Buffer.alloc(preambleLength);
  preamble.write(magic, 'latin1');
  preamble.writeUInt32LE(formatVersion, preamblePlaces.version);
  preamble.writeUInt32LE(json.length, preamblePlaces.headerLength);
  const pieces = [json, padding(preambleLength + json.length), ...body].filter(({ length }) => length > 0);
  // Not with pieces of no bytes, at which zlib begins anew.
  const sum = [preamble.subarray(preamblePlaces.version), ...pieces].reduce(
    (before, piece) => crc32(piece, before),
    0,
  );
  preamble.writeUInt32LE(sum, preamblePlaces.checkSum);
  return [preamble, ...pieces];
}

/** Sections begin at multiples of 8, as typed arrays over the file need it. */
function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function padding(length: number): Uint8Array {
  return new Uint8Array(padded(length) - length);
}
