import type { AddressLabel, TaggedToken } from './address-labels.ts';
import { correctNewYork } from './new-york-places.ts';
import { placeWord } from './place-key.ts';
import { isPlaceOf, maxPlaceWords, stateOf } from './places.ts';
import { directionals, states, streetTypes } from './street-words.ts';

const isInStreet = (label: AddressLabel | undefined) => label?.startsWith('StreetName') ?? false;

/**
 * Where a street ends and a city begins. The city stands before the state, so the longest known place of that state
 * is looked for there: WEST EUREKA ST WEST WOLF POINT MT is in WOLF POINT, since no WEST WOLF POINT is known.
 */
export function correctPlaces(
  tags: readonly TaggedToken[],
  plain: readonly string[],
  labels: AddressLabel[],
): void {
  const street = labels.findIndex(isInStreet);
  if (street < 0) return;
  const words = plain.map((word) => word.toUpperCase());
  const zip = zipAtEnd(words, street);
  const end = endOfCity(words, labels, street, zip);
  const written = words.filter((_, index) => labels[index] === 'StateName').join(' ');
  const state = stateOf((words[zip] ?? '').slice(0, 5), written);
  const start = state === '' ? end : startOfCity(tags, labels, { words, street, end, state });
  labels.fill('PlaceName', start, end);
  keepSides(words, labels, { street, start, end });
  if (state === '' || state === 'NY') correctNewYork(tags, plain, labels);
  endAtComma(tags, words, labels);
}

/** The place of the ZIP, which is the last but for a country; -1 for none. */
function zipAtEnd(words: readonly string[], street: number): number {
  return words.findIndex(
    (word, index) => /^\d{5}(?:-?\d{4})?$/.test(word) && index > street + 1 && index >= words.length - 2,
  );
}

/** Where the state is, or the ZIP, or the end of the line. */
function endOfCity(words: readonly string[], labels: AddressLabel[], street: number, zip: number): number {
  // Behind a city that the model does not know, it takes the state for one more word of it.
  if (zip > 0 && states.has(words[zip - 1] ?? '')) labels[zip - 1] = 'StateName';
  const state = labels.findIndex((label, index) => index > street && label === 'StateName');
  if (state >= 0) return state;
  return zip < 0 ? words.length : zip;
}

/** Where the longest known place before the state begins; the state when there is none. */
function startOfCity(
  tags: readonly TaggedToken[],
  labels: readonly AddressLabel[],
  at: {
    readonly words: readonly string[];
    readonly street: number;
    readonly end: number;
    readonly state: string;
  },
): number {
  const { words, street, end, state } = at;
  let first = Math.max(street + 1, end - maxPlaceWords);
  // A city has no comma inside.
  for (let at = end - 2; at >= first; at -= 1) if (tags[at]?.token.endsWith(',')) first = at + 1;
  const keys = words.slice(first, end).map(placeWord);
  for (let start = first; start < end; start += 1) {
    if (!isPlaceOf(state, keys.slice(start - first).join(' '))) continue;
    const before = words.slice(street, start);
    const isStreet = before.some((word) => !opening.has(word) && !directionals.has(word));
    if (isStreet && !/^AddressNumber|PreDirectional$|PreType$/.test(labels[start - 1] ?? '')) return start;
  }
  return end;
}

/** Words that make no name of a street by themselves. */
const opening: ReadonlySet<string> = new Set(
  'OLD NEW BIG LITTLE UPPER LOWER LAKE MT MOUNT ST SAINT FT FORT'.split(' '),
);

/** 9TH AVE SOUTH | GREAT FALLS: what goes somewhere belongs to the street, where no city of that name is known. */
function keepSides(
  words: readonly string[],
  labels: AddressLabel[],
  { street, start, end }: { readonly street: number; readonly start: number; readonly end: number },
): void {
  // A quarter of a city begins the name of hardly any other.
  const isSide = (word = '') =>
    start < end ? directionals.has(word) : (directionals.get(word) ?? '').length === 2;
  const last = start < end ? start : end;
  for (let at = street + 1; at < last; at += 1) {
    if (labels[at] !== 'PlaceName') continue;
    const isWhole = start === end || words.slice(at, start).every(isSide);
    if (isWhole && isSide(words[at]) && isInStreet(labels[at - 1])) labels[at] = 'StreetNamePostDirectional';
    else return;
  }
}

/** FOXHALL RD, PIKE ROAD AL: no street goes on behind a comma, but for where it goes and its type. */
function endAtComma(tags: readonly TaggedToken[], words: readonly string[], labels: AddressLabel[]): void {
  const name = labels.indexOf('StreetName');
  const comma = name < 0 ? -1 : tags.findIndex(({ token }, index) => index >= name && token.endsWith(','));
  if (comma < 0) return;
  let at = comma + 1;
  const isAlone = tags[at]?.token.endsWith(',') ?? false;
  if (isAlone && (directionals.has(words[at] ?? '') || streetTypes.has(words[at] ?? ''))) at += 1;
  for (; isInStreet(labels[at]); at += 1) labels[at] = 'PlaceName';
}
