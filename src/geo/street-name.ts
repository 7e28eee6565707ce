import anyAscii from 'any-ascii';
import {
  cardinalWords,
  directionals,
  leadingDirectionals,
  nameWords,
  ordinalWords,
  states,
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
  /** ST, AVE …; of a route US RTE, ST RTE, CO RTE, TWP RTE, I, FM, or RTE where nobody says which. */
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

// --- Routes ----------------------------------------------------------------------------------------------------

const road = '(?:HIGHWAY|HWY|ROUTE|RTE|RT|ROAD|RD)';

/** What comes before the number of a route, and whose route it then is; the first that fits counts. */
const routePrefixes: readonly (readonly [RegExp, string])[] = [
  [/^(?:INTERSTATE(?: HIGHWAY| HWY)?|I|IH) /, 'I'],
  [new RegExp(`^(?:U S|US|USH|UNITED STATES)(?: ${road})? `), 'US RTE'],
  [/^(?:FM|F M|RM|FARM TO MARKET|RANCH TO MARKET)(?: ROAD| RD)? /, 'FM'],
  [new RegExp(`^(?:COUNTY|CNTY|CTY|CO) (?:TRUNK )?${road} `), 'CO RTE'],
  [/^(?:CR|CTH|COUNTY TRUNK) /, 'CO RTE'],
  [new RegExp(`^(?:TOWNSHIP|TWP) ${road} `), 'TWP RTE'],
  [new RegExp(`^(?:STATE|ST) (?:TRUNK )?${road} `), 'ST RTE'],
  [/^(?:SR|STH|SH) /, 'ST RTE'],
  [/^(?:HIGHWAY|HWY|ROUTE|RTE|RT) /, 'RTE'],
];

/** A number, perhaps with a letter, or the letters that some counties count with; then where it goes. */
const routeNumber =
  /^(\d{1,4}[A-Z]?|\d{1,4} [A-DF-MO-RT-VX-Z]|[A-Z]{1,3})(?: (N|S|E|W|NORTH|SOUTH|EAST|WEST))?$/;

/** STATE HIGHWAY 31, STH 31, NY-31, CTH KR, OLD US 41 N: a kind and a number. */
function readRoute(words: readonly string[]): StreetName | null {
  const first = words[0] ?? '';
  const before = words.length > 2 ? (directionals.get(first) ?? '') : '';
  const old = first === 'OLD' ? first : '';
  const text = (before + old === '' ? words : words.slice(1)).join(' ');
  for (const [prefix, type] of routePrefixes) {
    const found = prefix.exec(text);
    const route = found && routeAt(text.slice(found[0].length), type);
    if (route) return { ...route, name: old + route.name, before };
  }
  if (!states.has(first)) return null;
  const rest = text.slice(first.length + 1).replace(/^(?:STATE )?(?:HIGHWAY|HWY|ROUTE|RTE|RT) /, '');
  return /^\d/.test(rest) ? routeAt(rest, 'ST RTE') : null;
}

function routeAt(text: string, type: string): StreetName | null {
  const [, number, after = ''] = routeNumber.exec(text) ?? [];
  if (number === undefined) return null;
  // Roads of letters are a county's, HWY KR for short: STATE RD N is a street that goes north.
  const mayBeLetters = type === 'CO RTE' || (type === 'RTE' && number.length < 3 && !streetTypes.has(number));
  if (!/\d/.test(number) && !mayBeLetters) return null;
  return { name: number.replace(' ', ''), before: '', type, after: directionals.get(after) ?? '' };
}

// --- Named and numbered streets --------------------------------------------------------------------------------

function readNamed(given: readonly string[]): StreetName {
  const words = joinOrdinals(given);
  const [trailing, after] = trailingDirectional(words);
  const end = words.length - trailing;
  const last = words[end - 1] ?? '';
  const [start, before] = leadingDirectional(words.slice(0, end));
  if (isAvenue(words.slice(start, end)))
    return { name: nameOf(words.slice(start + 1, end)), before, type: 'AVE', after };
  const type = end - start > 1 ? (streetTypes.get(last) ?? '') : '';
  return { name: nameOf(words.slice(start, type === '' ? end : end - 1)), before, type, after };
}

/** AVENUE S and AVENUE OF THE AMERICAS have no other name; AVENUE RD and AVENUE A ST are called AVENUE. */
function isAvenue([first = '', next = '', ...others]: readonly string[]): boolean {
  if (!avenues.has(first) || !/^[A-Z]/.test(next)) return false;
  return next === 'OF' || !streetTypes.has(others.at(-1) ?? next);
}

const avenues: ReadonlySet<string> = new Set(['AVENUE', 'AVE', 'AV']);

/** A directional, and how many words it takes. */
type Directional = readonly [number, string];

const none: Directional = [0, ''];

function trailingDirectional(words: readonly string[]): Directional {
  const directional = directionals.get(words.at(-1) ?? '');
  if (directional === undefined || words.length < 2) return none;
  // AVENUE S
  if (words.length === 2 && avenues.has(words[0] ?? '')) return none;
  const first = directionals.get(words.at(-2) ?? '') ?? '';
  const isTwo = /^[NS][EW]$/.test(first + directional) && words.length > 3;
  return isTwo ? [2, first + directional] : [1, directional];
}

function leadingDirectional(words: readonly string[]): Directional {
  const directional = leadingDirectionals.get(words[0] ?? '');
  // E ST, NORTH AVE: before a type alone it is the name.
  if (directional === undefined || words.length < 2 || isTypeAlone(words.slice(1))) return none;
  const second = directionals.get(words[1] ?? '') ?? '';
  const isTwo = /^[NS][EW]$/.test(directional + second) && words.length > 2 && !isTypeAlone(words.slice(2));
  return isTwo ? [2, directional + second] : [1, directional];
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
  const name = words.map((word, index) => {
    const number = /^(\d+)(?:ST|ND|RD|TH)$/.exec(word)?.[1] ?? ordinalWords.get(word);
    if (number !== undefined) return number;
    if (words.length === 1) return word;
    const cardinal = index + 1 < words.length ? cardinalWords.get(word) : undefined;
    return cardinal ?? nameWords.get(word) ?? word;
  });
  // 28 8TH AVE is not 288TH AVE.
  return name
    .reduce((all, word) => (/\d$/.test(all) && /^\d/.test(word) ? `${all}-${word}` : all + word), '')
    .replace('OFTHE', 'OF')
    .replace(martinLutherKing, 'MLK');
}

const martinLutherKing = /^(?:DR)?(?:MARTINL(?:UTHER)?KING|MLK(?:ING)?)(?:JR)?$/;
