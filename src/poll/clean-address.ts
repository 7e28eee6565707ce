import anyAscii from 'any-ascii';
import type { AddressLabel, TaggedToken } from '../geo/address-labels.ts';
import { readHouseNumber } from '../geo/house-number.ts';
import { addressLine, readAddress } from '../geo/read-address.ts';
import { readStreetName } from '../geo/street-name.ts';
import { tagAddress } from '../geo/tag-address.ts';
import type { GeocodingAddress, PostalAddress } from './ports.ts';

/** What a geocoder is given at first: the address as Sierra has it, without quotes, which only confuse. */
export function asWritten({ street, city, region, postalCode }: PostalAddress): GeocodingAddress {
  const plain = (text: string | null) => (text ?? '').replace(/['"\\]/g, '');
  return { street: plain(street), city: plain(city), region: plain(region), postalCode: plain(postalCode) };
}

/** An address in one line, '' when there is none. */
export function oneLine({ street, city, region, postalCode }: GeocodingAddress): string {
  return [street, city, region, postalCode].join(' ').trim();
}

const streetLabels: readonly AddressLabel[] = [
  'StreetNamePreDirectional',
  'StreetNamePreModifier',
  'StreetNamePreType',
  'StreetName',
  'StreetNamePostType',
  'StreetNamePostModifier',
  'StreetNamePostDirectional',
];
const unitLabels: readonly AddressLabel[] = [
  'BuildingName',
  'SubaddressType',
  'OccupancyType',
  'OccupancyIdentifier',
];

/**
 * Puts an address into order that found no match as it stands: what is typed into the wrong field is found by
 * its place in the whole line, recipients and boxes are dropped, foreign letters become plain ones. A part that
 * the line does not show stays what its field says. Where the order would ask about another street than the field
 * for it names, the fields stay as they are.
 */
export function cleanAddress(address: GeocodingAddress): GeocodingAddress {
  const { street, city, region, postalCode } = address;
  // Commas keep the fields apart: the last word of a street must not become the first of its city.
  const tokens = tagAddress(anyAscii(addressLine(street, city, `${region} ${postalCode}`)));
  const parts = repeatsLabel(tokens) ? joinByLabel(tokens) : joinInOrder(tokens);
  const ordered = isSameStreet(street, parts) ? parts : nothing;
  return {
    street: keep([inOneLine(ordered), street], /[^A-Za-z0-9\s#&.,;:+@/-]/g),
    city: keep([ordered.city, city], /[^A-Za-z\s-]/g),
    region: keep([ordered.region, region], /[^A-Za-z\s-]/g),
    postalCode: keep([ordered.postalCode, postalCode], /[^\d-]/g),
  };
}

function inOneLine({ number, street, unit }: Parts): string {
  return [number, street, unit].filter(Boolean).join(' ');
}

/**
 * Whether what was put together is the house and the street that the field names by itself, but for its form. A
 * field without a street names none: the address may stand in another field.
 */
function isSameStreet(field: string, { number, street }: Parts): boolean {
  const named = readAddress(field);
  if (named.street === null || named.number === null) return true;
  const asked = { number: readHouseNumber(number), street: readStreetName(street) };
  return JSON.stringify(asked) === JSON.stringify({ number: named.number, street: named.street });
}

type Part = 'number' | 'street' | 'unit' | 'city' | 'region' | 'postalCode';
type Parts = Readonly<Record<Part, string>>;

const nothing: Parts = { number: '', street: '', unit: '', city: '', region: '', postalCode: '' };

const partsByLabel: Partial<Record<AddressLabel, Part>> = {
  AddressNumber: 'number',
  PlaceName: 'city',
  StateName: 'region',
  ZipCode: 'postalCode',
  ...Object.fromEntries(streetLabels.map((label) => [label, 'street'])),
  ...Object.fromEntries(unitLabels.map((label) => [label, 'unit'])),
};

/** Tells whether a part turns up again after another one: then its pieces cannot be joined as they stand. */
function repeatsLabel(tokens: readonly TaggedToken[]): boolean {
  const names = tokens.map(({ label }) => partsByLabel[label] ?? label);
  return names.some((name, index) => name !== names[index - 1] && names.indexOf(name) < index);
}

function joinInOrder(tokens: readonly TaggedToken[]): Parts {
  return partsOf((part) =>
    tokens.filter(({ label }) => partsByLabel[label] === part).map(({ token }) => token),
  );
}

/** Different pieces only, in the order of the labels: an address that was typed twice becomes one. */
function joinByLabel(tokens: readonly TaggedToken[]): Parts {
  const labels = Object.keys(partsByLabel) as AddressLabel[];
  return partsOf((part) => {
    const pieces = labels
      .filter((label) => partsByLabel[label] === part)
      .flatMap((label) => tokens.filter((token) => token.label === label).map(({ token }) => bare(token)));
    return [...new Set(pieces)];
  });
}

function partsOf(pieces: (part: Part) => readonly string[]): Parts {
  const join = (part: Part) => bare(pieces(part).join(' '));
  return {
    number: join('number'),
    street: join('street'),
    unit: join('unit'),
    city: join('city'),
    region: [...new Set(pieces('region').map(bare))].join(' '),
    // Of two the last is that of its own field; together they would be no ZIP code.
    postalCode: bare(pieces('postalCode').at(-1) ?? ''),
  };
}

/** Without the commas that only separated it from its neighbours. */
function bare(text: string): string {
  return text.replace(/^[ ,;]+|[ ,;]+$/g, '');
}

/** The first of the texts of which something is left. */
function keep(texts: readonly string[], unwanted: RegExp): string {
  const kept = texts.map((text) => anyAscii(text).replace(unwanted, '').replace(/\s+/g, ' ').trim());
  return kept.find((text) => text !== '') ?? '';
}
