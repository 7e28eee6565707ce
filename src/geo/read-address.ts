import anyAscii from 'any-ascii';
import type { AddressLabel, TaggedToken } from './address-labels.ts';
import { type HouseNumber, readHouseNumber, splitHouseNumbers } from './house-number.ts';
import { stateOf } from './places.ts';
import { readStreetName, type StreetName } from './street-name.ts';
import { tagAddress } from './tag-address.ts';

/** Why an address cannot be looked up. */
export type NotAddressable = 'empty' | 'box' | 'intersection' | 'no_street';

/** An address in one line as it was understood. */
export interface ReadAddress {
  readonly tokens: readonly TaggedToken[];
  /** As written, '' for what is not there. */
  readonly parts: { readonly number: string; readonly street: string; readonly zip: string };
  readonly number: HouseNumber | null;
  /** The other doors of 12, 14 MAIN ST. */
  readonly otherNumbers: readonly HouseNumber[];
  readonly street: StreetName | null;
  /** As written, '' for none. */
  readonly city: string;
  /** 5 digits, or ''. */
  readonly zip: string;
  readonly problem: NotAddressable | null;
}

const streetLabels: ReadonlySet<AddressLabel> = new Set([
  'StreetNamePreModifier',
  'StreetNamePreDirectional',
  'StreetNamePreType',
  'StreetName',
  'StreetNamePostType',
  'StreetNamePostDirectional',
  'StreetNamePostModifier',
]);
const numberLabels: ReadonlySet<AddressLabel> = new Set([
  'AddressNumberPrefix',
  'AddressNumber',
  'AddressNumberSuffix',
]);

/**
 * Reads a US postal address in one line. Of an address that was typed twice the first counts.
 * @param zip what the field for it says; where that is no ZIP, the line's own counts
 */
export function readAddress(line: string, zip = ''): ReadAddress {
  // Of 12½, which becomes 1/2, the number must stay apart.
  const tokens = tagAddress(anyAscii(line.replace(/(?<=\d)(?=[¼-¾⅐-⅞])/g, ' ')));
  const [numbersText, afterNumber] = firstRun(tokens, 0, numberLabels);
  const [numberText = '', ...others] = splitHouseNumbers(numbersText);
  const [streetText] = firstRun(tokens, afterNumber, streetLabels);
  const zipText = zipOf(zip) || zipIn(tokens);
  const street = readStreetName(streetText);
  return {
    tokens,
    parts: { number: numberText, street: streetText, zip: zipText },
    number: isMile(numberText, street) ? null : readHouseNumber(numberText),
    otherNumbers: others.map(readHouseNumber).filter((number) => number !== null),
    street,
    city: cityIn(tokens),
    zip: zipText,
    problem: problemOf(tokens, numberText, street),
  };
}

/** An address of several fields in one line, with commas where a field ends: they tell a street from a city. */
export function addressLine(...fields: readonly string[]): string {
  return fields
    .map((field) => field.trim())
    .filter(Boolean)
    .join(', ');
}

/** The first tokens with some labels that stand together, and where they end; '' and `from` when there are none. */
function firstRun(
  tokens: readonly TaggedToken[],
  from: number,
  labels: ReadonlySet<AddressLabel>,
): readonly [text: string, end: number] {
  let start = from;
  while (start < tokens.length && !labels.has(tokens[start]?.label ?? 'NotAddress')) start += 1;
  if (start === tokens.length) return ['', from];
  let end = start;
  while (end < tokens.length && labels.has(tokens[end]?.label ?? 'NotAddress')) end += 1;
  const text = tokens.slice(start, end).map(({ token }) => token);
  return [text.join(' ').replace(/[,;]+$/, ''), end];
}

function problemOf(
  tokens: readonly TaggedToken[],
  number: string,
  street: StreetName | null,
): NotAddressable | null {
  if (tokens.length === 0) return 'empty';
  const has = (...labels: AddressLabel[]) => tokens.some(({ label }) => labels.includes(label));
  if (number === '') {
    if (has('USPSBoxType', 'USPSBoxID', 'USPSBoxGroupType')) return 'box';
    if (has('IntersectionSeparator', 'CornerOf')) return 'intersection';
  }
  return street === null ? 'no_street' : null;
}

/** 103.5 PARKS HWY is a place along a road. */
function isMile(number: string, street: StreetName | null): boolean {
  return /\d\.\d/.test(number) && /^(?:HWY|I|FM)$|RTE$/.test(street?.type ?? '');
}

/** The city as it stands before the state: of PARQUE CENTRAL, SAN JUAN PR it is the latter. */
function cityIn(tokens: readonly TaggedToken[]): string {
  const end = tokens.findLastIndex(({ label }) => label === 'PlaceName');
  const start = tokens.findLastIndex(
    ({ token, label }, index) => index < end && (label !== 'PlaceName' || /[,;]$/.test(token)),
  );
  return tokens
    .slice(start + 1, end + 1)
    .map(({ token }) => token)
    .join(' ')
    .replace(/[,;]$/, '');
}

function zipOf(text: string): string {
  const [, zip = ''] = /^\s*(\d{5})(?:[-\s]?\d{4})?[,.]?\s*$/.exec(text) ?? [];
  // A spreadsheet takes a ZIP for a number, and drops its zeros.
  return zip || (/^\s*(\d{3,4})(?:-\d{4})?\s*$/.exec(text)?.[1] ?? '').padStart(5, '0').replace(/^0{5}$/, '');
}

/** States whose ZIP codes begin with 0. */
const zeroStates: ReadonlySet<string> = new Set('CT MA ME NH NJ PR RI VT VI'.split(' '));

function zipIn(tokens: readonly TaggedToken[]): string {
  const zip = tokens.find(({ token, label }) => label === 'ZipCode' && /^\d{5}/.test(token));
  if (zip) return zipOf(zip.token);
  const before = stateOf('', tokens.at(-2)?.token ?? '');
  return zeroStates.has(before) ? zipOf(tokens.at(-1)?.token ?? '') : '';
}
