import { strip } from '../blanks.ts';
import { canonical } from '../identity-index.ts';
import { codesIn } from '../lookup-tables.ts';
import type { FunctionUse } from '../template/expressions.ts';
import { sameWord } from '../template/functions/conditions.ts';
import type { RunFacts } from '../template/functions/expression-function.ts';
import type { UserTemplate } from '../template/user-template.ts';

/** A number from 0 to just below 1. */
export type Random = () => number;

/** Values that a pattern looks at and that are too short to name anyone, such as a year of study. */
const shortest = 3;

/** What stands as it is in an element that holds a code; a name or an e-mail address does not look like one. */
const likeCode = /^[^@\s]{1,20}$/;

const dateFunctions = ['age', 'date', 'days', 'earliest', 'latest', 'months'];

/**
 * A row of the same shapes with invented values: letters for letters, digits for digits. What the template knows as codes stays, so
 * that it maps as before. The year of a date stays; a word that comes twice is the same word again.
 * @param person the key of the person: a list of people to ignore is a lookup table with keys for codes, and these must not stay
 */
export function inventRow(
  row: Readonly<Record<string, string>>,
  { columns, columnsIn }: Pick<UserTemplate, 'columns' | 'columnsIn'>,
  run: Pick<RunFacts, 'lookups' | 'calendars'>,
  person: string,
  random: Random,
): Record<string, string> {
  const words = new Words(random);
  const identifiers = [person, ...[...columnsIn.identifiers].map((name) => row[name] ?? '')].map(canonical);
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const uses = columns.flatMap((column) => (column.name === name ? column.uses : []));
      if (identifiers.includes(canonical(value))) return [name, words.invented(value)];
      const isCode = columnsIn.codes.has(name) && likeCode.test(value);
      if (value === '' || isCode || uses.some((use) => keeps(use, value, run))) return [name, value];
      if (uses.some((use) => dateFunctions.includes(use.name)) && isLikeDate(value))
        return [name, inventDate(value, random)];
      return [name, words.invented(value)];
    }),
  );
}

/** Whether a value is a code for a function that it stands in. */
function keeps(
  { name, written }: FunctionUse,
  value: string,
  run: Pick<RunFacts, 'lookups' | 'calendars'>,
): boolean {
  const [first = ''] = written;
  switch (name) {
    case 'lookup': {
      const table = run.lookups.table(first);
      return table !== undefined && areCodes(value, (code) => codesIn(table).has(code));
    }
    case 'each':
      // What becomes of the values of a list is said where `this` stands; a code of any table is one.
      return areCodes(value, (code) => run.lookups.hasCode(code));
    case 'term':
      return (run.calendars.calendar(first)?.find(strip(value)) ?? null) !== null;
    case 'is':
    case 'in':
    case 'except':
      return written.some((word) => sameWord(word, value));
    case 'matches':
      return [...value].length <= shortest;
    case 'country':
      return true;
    default:
      return false;
  }
}

/** Also of a list of codes in one column. */
function areCodes(value: string, isCode: (code: string) => boolean): boolean {
  if (isCode(strip(value))) return true;
  const parts = value.split(/[;,|/]/).map(strip);
  return parts.every((part) => part === '' || isCode(part));
}

/** A column of dates may hold anything; of words only the names of months are no one's. */
function isLikeDate(value: string): boolean {
  const rest = value.replace(monthName, '');
  return /^[\d\s.,:/+TZ-]*$/.test(rest);
}

const monthName =
  /(?<![a-z])(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])/i;

const numbers = /\d+/g;

/** Another day of the same year, written in the same form. */
function inventDate(value: string, random: Random): string {
  // A compact date, and the number of a spreadsheet: only their ends say the day.
  if (/^\d{8}/.test(value))
    return value.slice(0, 4) + part('12', random) + part('28', random) + value.slice(8);
  if (/^\d{5}(\.\d*)?$/.test(value))
    return String(Math.max(10_000, Number(value.slice(0, 5)) - 1 - below(300, random)));
  const found = value.match(numbers) ?? [];
  const isYear = (index: number) =>
    found[index]?.length === 4 ||
    (index === 2 && (found[0]?.length ?? 0) < 4) ||
    (/[a-z]/i.test(value) && index === 1);
  let index = -1;
  return value.replace(numbers, (digits) => {
    index += 1;
    // What stands behind the day is a time.
    return isYear(index) || index > 2 ? digits : part(digits, random);
  });
}

/** A month that is a day as well, with as many digits. */
function part(digits: string, random: Random): string {
  if (digits.length === 1) return String(1 + below(9, random));
  return digits.startsWith('0') ? `0${1 + below(9, random)}` : String(10 + below(3, random));
}

const below = (limit: number, random: Random): number => Math.floor(random() * limit);

/** Invented words in the place of others, the same for the same, without regard to capitals. */
class Words {
  readonly #random: Random;
  readonly #known = new Map<string, string>();

  constructor(random: Random) {
    this.#random = random;
  }

  invented(value: string): string {
    // The domain of an e-mail address may be a family's own.
    const [, local, domain] = /^([^@\s]+)@([^@\s]+)$/.exec(value) ?? [];
    if (local !== undefined && domain !== undefined) return `${this.invented(local)}@example.edu`;
    return value.replace(/[\p{L}\p{M}]+|\p{Nd}+/gu, (word) => {
      const key = word.toLowerCase();
      const known = this.#known.get(key) ?? this.#another(key);
      this.#known.set(key, known);
      return inCaseOf(word, known);
    });
  }

  #another(word: string): string {
    for (let tries = 0; ; tries += 1) {
      const other = [...word].map((character, at) => this.#character(character, at === 0)).join('');
      if (other !== word || tries > 20) return other;
    }
  }

  #character(character: string, isFirst: boolean): string {
    if (/\d/.test(character))
      return character === '0' && isFirst
        ? '0'
        : String(isFirst ? 1 + below(9, this.#random) : below(10, this.#random));
    for (const letters of ['aeiou', 'bcdfghjklmnpqrstvwxyz'])
      if (letters.includes(character)) return letters.charAt(below(letters.length, this.#random));
    return this.#neighbour(character);
  }

  /** A letter of another alphabet becomes one near it, which is of the same alphabet. */
  #neighbour(character: string): string {
    const first = (character.codePointAt(0) ?? 0) & ~15;
    const near = Array.from({ length: 16 }, (_, offset) => String.fromCodePoint(first + offset)).filter(
      (each) => /\p{L}/u.test(each) && each === each.toLowerCase() && /\p{L}/u.test(character),
    );
    return near[below(near.length, this.#random)] ?? character;
  }
}

/** A word with capitals where another one has them. */
function inCaseOf(word: string, other: string): string {
  const pattern = [...word];
  return [...other]
    .map((letter, at) => (pattern[at] !== pattern[at]?.toLowerCase() ? letter.toUpperCase() : letter))
    .join('');
}
