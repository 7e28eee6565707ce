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
    .replace(/\s*\b[1-9]\/[2-9]$/, '')
    // 4 276 is a unit and a number as often as one that was typed with a blank.
    .replace(/\d\s+(?=\d)/g, '$&/')
    .replace(/[\s.,#]/g, '')
    .replace(/[‐-―]/g, '-');
  const [, prefix = '', digits] = pattern.exec(plain) ?? [];
  return digits === undefined ? null : { prefix, digits };
}

/** Up to nine digits, so that a number fits into 32 bits; no street needs more than seven. */
const pattern = /^((?:[A-Z0-9]*[A-Z])?(?:\d{1,6}-)?)(\d{1,9})-?[A-Z]{0,2}$/;

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
  // Between 37-99 and 38-01 nobody knows where one block ends.
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
