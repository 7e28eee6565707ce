import { addressLine, readAddress } from '../../geo/read-address.ts';
import type { GeocodingAddress } from '../../poll/ports.ts';

/** An address in New York City, as the city's own geocoders take it. */
export interface NewYorkAddress {
  readonly houseNumber: string;
  readonly street: string;
  /** A ZIP, or else the borough that the city's name says. */
  readonly place: { readonly zip: string } | { readonly borough: Borough };
}

/** Geosupport's code of a borough. */
export type Borough = '1' | '2' | '3' | '4' | '5';

/** The county of a borough: state and county code of the census. */
const boroughCounties: Readonly<Record<Borough, string>> = {
  '1': '36061', // Manhattan, New York County
  '2': '36005', // the Bronx
  '3': '36047', // Brooklyn, Kings County
  '4': '36081', // Queens
  '5': '36085', // Staten Island, Richmond County
};

const boroughNames: Readonly<Record<string, Borough>> = {
  MANHATTAN: '1',
  BRONX: '2',
  'THE BRONX': '2',
  BROOKLYN: '3',
  QUEENS: '4',
  'STATEN ISLAND': '5',
};

export function boroughOf(name: string): Borough | null {
  return boroughNames[name.trim().replace(/\s+/g, ' ').toUpperCase()] ?? null;
}

/** ZIPs that are at least in part in the city: Manhattan, Staten Island, the Bronx, Brooklyn, Queens. */
const cityZip = /^(10[0-4]|11[0-46])\d\d$/;

/** @returns null for an address that is not in the city, or has no number and street to look up */
export function newYorkAddress({
  street,
  city,
  region,
  postalCode,
}: GeocodingAddress): NewYorkAddress | null {
  const read = readAddress(addressLine(street, city, `${region} ${postalCode}`), postalCode);
  if (read.problem !== null || read.number === null) return null;
  const { number: houseNumber, street: name } = read.parts;
  if (cityZip.test(read.zip)) return { houseNumber, street: name, place: { zip: read.zip } };
  const borough = read.zip === '' ? boroughOf(city) : null;
  return borough && { houseNumber, street: name, place: { borough } };
}

/**
 * The geoid of a tract as the city's geocoders write it: a number of up to four digits, and perhaps two of a suffix,
 * with blanks for what is not there: ` 187  ` is 018700.
 * @returns null for a blank tract and for 000000, which python-geosupport makes of it
 */
export function geoidOf(borough: Borough | null, tract: string): string | null {
  const digits = tract.padEnd(6).slice(0, 6).replaceAll(' ', '0');
  return borough === null || !/^\d{6}$/.test(digits) || digits === '000000'
    ? null
    : boroughCounties[borough] + digits;
}
