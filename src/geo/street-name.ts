import anyAscii from 'any-ascii';
import { readRoute } from './route-name.ts';
import {
  cardinalWords,
  directionals,
  looseDirectionals,
  nameWords,
  ordinalWords,
  streetTypes,
  tensWords,
} from './street-words.ts';

/**
 * A street as it is compared. The index is built and searched with the same reading, so a reading need not be
 * right, only the same for all spellings of one street and different for two streets.
 */
export interface StreetName {
  /** Without blanks: MAIN, 42, LAKEVIEW, STJOHNS; of a route its number. */
  readonly name: string;
  /** N, SW …; '' for none, as below. */
  readonly before: string;
  /** ST, AVE …; of a route US RTE, ST RTE, CO RTE, TWP RTE, I, FM, or RTE where the address does not say which. */
  readonly type: string;
  readonly after: string;
}

/**
 * Reads the name of a street, without house number and unit, as a patron or the Census Bureau writes it.
 * @returns null when there is no name in it
 */
export function readStreetName(text: string): StreetName | null {
  const words = wordsOf(text);
  if (words[0] === 'THE' && words.length > 1) words.shift();
  if (words.length === 0) return null;
  return readRoute(words) ?? readNamed(words);
}

function wordsOf(text: string): string[] {
  const plain = isAscii.test(text) ? text : anyAscii(text);
  return plain
    .toUpperCase()
    .replace(/['’`"]/g, '')
    .replace(/\b([A-Z])\.(?=[A-Z]\b)/g, '$1')
    .replace(/&/g, ' AND ')
    .split(/[^A-Z0-9/]+/)
    .filter((word) => word !== '');
}

const isAscii = /^[\0-\x7f]*$/;

// --- Named and numbered streets --------------------------------------------------------------------------------

function readNamed(given: readonly string[]): StreetName {
  const words = joinOrdinals(given);
  const [trailing, after] = trailingDirectional(words);
  const end = words.length - trailing;
  const last = words[end - 1] ?? '';
  const [start, before] = leadingDirectional(words.slice(0, end));
  if (isAvenue(words.slice(start, end)))
    return { name: nameOf(words.slice(start + 1, end)), before, type: 'AVE', after };
  // S AVE N is South Avenue, where it goes north; E AVE NW is the avenue E of a quarter.
  const isSide = /^[NSEW] AV/.test(words.join(' ')) && /^[NSEW]$/.test(after) && end === 2;
  if (isSide) return { name: sideNames.get(words[0] ?? '') ?? '', before, type: 'AVE', after };
  const type = end - start > 1 ? (streetTypes.get(last) ?? '') : '';
  return { name: nameOf(words.slice(start, type === '' ? end : end - 1)), before, type, after };
}

const sideNames: ReadonlyMap<string, string> = new Map([
  ['N', 'NORTH'],
  ['S', 'SOUTH'],
  ['E', 'EAST'],
  ['W', 'WEST'],
]);

/** AVENUE S and AVENUE OF THE AMERICAS have no other name; AVENUE RD and AVENUE A ST are called AVENUE. */
function isAvenue([first = '', next = '', ...others]: readonly string[]): boolean {
  if (!avenues.has(first) || !/^[A-Z]/.test(next)) return false;
  return next === 'OF' || !streetTypes.has(others.at(-1) ?? next);
}

const avenues: ReadonlySet<string> = new Set(['AVENUE', 'AVE', 'AV', 'AVENIDA']);

/** A directional, and how many words it takes. */
type Directional = readonly [number, string];

const none: Directional = [0, ''];

function trailingDirectional(words: readonly string[]): Directional {
  const last = words.at(-1) ?? '';
  const previous = words.at(-2) ?? '';
  const directional = (/^\d+$/.test(previous) ? looseDirectionals : directionals).get(last);
  if (directional === undefined || words.length < 2) return none;
  // AVENUE S
  if (words.length === 2 && avenues.has(words[0] ?? '')) return none;
  const quadrant = quadrantOf(directionals.get(previous), directional);
  return quadrant !== null && words.length > 3 ? [2, quadrant] : [1, directional];
}

function leadingDirectional(words: readonly string[]): Directional {
  const directional = looseDirectionals.get(words[0] ?? '');
  // E ST, NORTH AVE: before a type alone it is the name.
  if (directional === undefined || words.length < 2 || isTypeAlone(words.slice(1))) return none;
  const quadrant = quadrantOf(directional, directionals.get(words[1] ?? ''));
  const isTwo = quadrant !== null && words.length > 2 && !isTypeAlone(words.slice(2));
  return isTwo ? [2, quadrant] : [1, directional];
}

/** NW from N and W. NW by itself is none: it must not take the word beside it along. */
function quadrantOf(first: string | undefined, second: string | undefined): string | null {
  const isQuadrant = /^[NS]$/.test(first ?? '') && /^[EW]$/.test(second ?? '');
  return isQuadrant ? `${first}${second}` : null;
}

function isTypeAlone(words: readonly string[]): boolean {
  return words.length === 1 && streetTypes.has(words[0] ?? '');
}

/** FORTY SECOND and 42 ND in one word. */
function joinOrdinals(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const next = words[index + 1] ?? '';
    const isCompound = tensWords.has(word) && ordinalWords.has(word + next);
    // 1 ST without a type behind it is a street whose name is 1.
    const isSuffix =
      /^\d+$/.test(word) && ordinalSuffix(word) === next && streetTypes.has(words[index + 2] ?? '');
    joined.push(isCompound || isSuffix ? word + next : word);
    if (isCompound || isSuffix) index += 1;
  }
  return joined;
}

function ordinalSuffix(number: string): string {
  if (/1[123]$/.test(number)) return 'TH';
  return { '1': 'ST', '2': 'ND', '3': 'RD' }[number.at(-1) ?? ''] ?? 'TH';
}

/** However a name is abbreviated and spaced: LAKE VIEW and LAKEVIEW, DE KALB and DEKALB are one. */
function nameOf(words: readonly string[]): string {
  const name = withoutArticles(words).map((word, index) => {
    const number = /^(\d+)(?:ST|ND|RD|TH)$/.exec(word)?.[1] ?? ordinalWords.get(word);
    if (number !== undefined) return number;
    if (words.length === 1) return word === 'BLVD' ? 'BOULEVARD' : word;
    const cardinal = index + 1 < words.length ? cardinalWords.get(word) : undefined;
    return cardinal ?? nameWords.get(word) ?? word;
  });
  // 28 8TH AVE is not 288TH AVE.
  return name
    .reduce((all, word) => (/\d$/.test(all) && /^\d/.test(word) ? `${all}-${word}` : all + word), '')
    .replace('OFTHE', 'OF')
    .replace(martinLutherKing, 'MLK');
}

/** CALLE DE LA LUNA is CALLE LUNA. */
function withoutArticles(words: readonly string[]): readonly string[] {
  return words[0] === 'CALLE' && words.length > 2
    ? words.filter((word, index) => index === words.length - 1 || !articles.has(word))
    : words;
}

const articles: ReadonlySet<string> = new Set(['DE', 'DEL', 'EL', 'LA', 'LAS', 'LOS']);

const martinLutherKing = /^(?:DR)?(?:MARTINL(?:UTHER)?KING|MLK(?:ING)?)(?:JR)?$/;
