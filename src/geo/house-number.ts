/**
 * A house number as it is compared: what stands before its last digits, and those. 37-06 is 06 behind `37-`, as in
 * Queens; N6W23001 is 23001 behind `N6W`, as in the grids of Wisconsin; a letter or a fraction at the end, which
 * tells two doors of one lot apart, is dropped.
 */
export interface HouseNumber {
  readonly prefix: string;
  /** As written: 06 and 6 are the same number, but 3706 is not 376. */
  readonly digits: string;
}

/** @returns null when there is no number in it, or none that a street has */
export function readHouseNumber(text: string): HouseNumber | null {
  const plain = text
    .toUpperCase()
    .replace(/^[\s#]+|[\s.,;#]+$/g, '')
    // 12 1/2 and 12.5 are a door beside 12.
    .replace(/\s*\b[1-9]\/[2-9]$|(?<=\d)\.\d+$/, '')
    .replace(/\s*[-‐-―]\s*/g, '-')
    .replace(/(?<=[A-Z])[\s.]+|\s+(?=[A-Z])/g, '');
  const [, prefix = '', digits] = pattern.exec(plain) ?? [];
  return digits === undefined || alongRoad.test(prefix) ? null : { prefix, digits };
}

/**
 * Up to nine digits, so that a number fits into 32 bits; no street needs more than seven. Digits with a blank, a
 * period or a comma between them are not one number: 4 276 may be a unit and a number.
 */
const pattern = /^((?:[A-Z0-9]*[A-Z])?(?:\d{1,6}-)?)(\d{1,9})-?[A-Z]{0,2}$/;

/** KM 3, MILE 12: how far along a road a place is, which is no number of a house. */
const alongRoad = /^(?:KM|HM|KILOMETRO|MILE|MI|MM|MP|MILEPOST)$/;

/** The numbers in 12, 14 or 12/14, as they are written; of any other text the text alone. */
export function splitHouseNumbers(text: string): readonly string[] {
  return several.test(text) ? text.split(/[,./\s]+/) : [text];
}

const several = /^\d+[A-Z]?(?:, |\. |\/)\d+[A-Z]?$/i;

/** The numbers of one side of a block. */
export interface NumberRange {
  readonly prefix: string;
  readonly low: number;
  readonly high: number;
  readonly parity: Parity;
}

export type Parity = 'odd' | 'even' | 'both';

export type UnusableRange = 'not_numeric' | 'mixed_parity';

/**
 * Reads a range as TIGER has it: from its lower end or its upper one, since a quarter of them descend.
 * @param parity what TIGER says of it: O, E, B for both, or ''
 */
export function readNumberRange(from: string, to: string, parity: string): NumberRange | UnusableRange {
  const first = readHouseNumber(from);
  const last = readHouseNumber(to);
  // Between 37-99 and 38-01 it is not known where one block ends.
  if (!first || !last || first.prefix !== last.prefix) return 'not_numeric';
  const ends = [Number(first.digits), Number(last.digits)] as const;
  const isMixed = (ends[0] + ends[1]) % 2 !== 0;
  if (isMixed && parity !== 'B') return 'mixed_parity';
  return {
    prefix: first.prefix,
    low: Math.min(...ends),
    high: Math.max(...ends),
    parity: parity === 'B' ? 'both' : ends[0] % 2 === 0 ? 'even' : 'odd',
  };
}
