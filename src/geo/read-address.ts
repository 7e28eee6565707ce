import anyAscii from 'any-ascii';
import type { AddressLabel, TaggedToken } from './address-labels.ts';
import { type HouseNumber, readHouseNumber } from './house-number.ts';
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
  readonly street: StreetName | null;
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
  const [numberText, afterNumber] = firstRun(tokens, 0, numberLabels);
  const [streetText] = firstRun(tokens, afterNumber, streetLabels);
  const zipText = zipOf(zip) || zipOf(tokens.find(({ label }) => label === 'ZipCode')?.token ?? '');
  const street = readStreetName(streetText);
  return {
    tokens,
    parts: { number: numberText, street: streetText, zip: zipText },
    number: readHouseNumber(numberText),
    street,
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

function zipOf(text: string): string {
  return /^\s*(\d{5})(?:[-\s]?\d{4})?[,.]?\s*$/.exec(text)?.[1] ?? '';
}
