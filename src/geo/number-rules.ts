import { kindOf } from './address-features.ts';
import type { AddressLabel } from './address-labels.ts';
import { readRoute } from './route-name.ts';

/** What the model gets wrong around numbers: those of houses, of streets and of roads. */

const isNumber = (word = ''): boolean => /^\d+$/.test(word);

const sides: ReadonlySet<string> = new Set('n s e w no so north south east west'.split(' '));

/** 287 NORTH 1325 WEST: a house in a grid, as in Utah, where a street is called by its distance and its side. */
export function correctGrids(words: readonly string[], labels: AddressLabel[]): void {
  const at = words.findIndex(isNumber);
  const [house, side = '', street, to = ''] = words.slice(at, at + 4);
  if (at < 0 || !house || !sides.has(side) || !isNumber(street) || !sides.has(to)) return;
  labels.splice(at, 4, ...gridLabels);
  for (let next = at + 4; /^StreetName/.test(labels[next] ?? ''); next += 1) labels[next] = 'PlaceName';
}

const gridLabels: readonly AddressLabel[] = [
  'AddressNumber',
  'StreetNamePreDirectional',
  'StreetName',
  'StreetNamePostDirectional',
];

/** 1910 14 1/2 ST S: a street between two numbers. 12 1/2 MAIN ST is a house. */
export function correctHalves(words: readonly string[], labels: AddressLabel[]): void {
  const half = words.indexOf('1/2');
  if (half < 2 || !isNumber(words[half - 1]) || kindOf(words[half + 1] ?? '') !== 'type') return;
  const before = words[half - 2] ?? '';
  if (!isNumber(before) && !sides.has(before)) return;
  labels[half - 2] = isNumber(before) ? 'AddressNumber' : 'StreetNamePreDirectional';
  labels.splice(half - 1, 3, 'StreetName', 'StreetName', 'StreetNamePostType');
}

/** The letters of a door, without those that begin a name of initials or a word of one letter. */
const doorLetter = /^[a-dfgh]$/;

/** 9419 B OLD MILL RD: a letter between a number and a name belongs to the number. 9419 B ST is a street. */
export function correctSuffixes(words: readonly string[], labels: AddressLabel[]): void {
  const [number, letter = '', first = '', second = ''] = words;
  if (!isNumber(number) || !doorLetter.test(letter) || labels[0] !== 'AddressNumber') return;
  const isName =
    ['word', 'ordinal'].includes(kindOf(first)) || (sides.has(first) && kindOf(second) === 'word');
  if (isName && labels.indexOf('StreetNamePostType') > 2) labels[1] = 'AddressNumberSuffix';
}

/** 81 BOULEVARD is a house in a street that has no other name. */
export function correctLoneNumber(words: readonly string[], labels: AddressLabel[]): void {
  const [number, name = ''] = words;
  if (!isNumber(number) || !/^(?:boulevard|blvd)$/.test(name)) return;
  if (labels.includes('AddressNumber') || /^StreetName/.test(labels[2] ?? '')) return;
  labels[0] = 'AddressNumber';
  labels[1] = 'StreetName';
}

/** The most words of a route, BUREAU OF INDIAN AFFAIRS ROUTE 8. */
const maxRouteWords = 6;

/** What may stand before a route in its name: CL CRK TWP RD 1151. */
const roadOfBody = /^(?:co|county|twp|township|state) (?:rd|road|hwy|highway|rte|rt|route) /;

/** 3982 FARM ROAD 2092: the number of a road is no unit, and no city follows before it. */
export function correctRoutes(words: readonly string[], labels: AddressLabel[]): void {
  // CARR 2 KM 3: in Puerto Rico a road may come first, and no house has its number.
  if (/^carr(?:etera)?$/.test(words[0] ?? '') && labels[1]?.startsWith('AddressNumber'))
    labels.splice(0, 2, 'StreetNamePreType', 'StreetName');
  const first = labels.findIndex((label) => label.startsWith('StreetName'));
  if (first < 0) return;
  for (
    let start = first;
    start < first + maxRouteWords && /^StreetName/.test(labels[start] ?? '');
    start += 1
  ) {
    for (let end = start + 2; end <= Math.min(words.length, start + maxRouteWords); end += 1) {
      const last = words[end - 1] ?? '';
      if (!/\d/.test(last) || /^\d{5}$/.test(last)) continue;
      const route = words.slice(start, end);
      if (start > first && !roadOfBody.test(route.join(' '))) continue;
      if (readRoute(route.map((word) => word.toUpperCase())) === null) continue;
      for (let at = start; at < end; at += 1) {
        if (!/^StreetName/.test(labels[at] ?? ''))
          labels[at] = at < end - 1 ? 'StreetNamePreType' : 'StreetName';
      }
      return;
    }
    if (labels[start] === 'StreetNamePostType') return;
  }
}
