import { commonPairs, keyboardRows } from './likely-letters.ts';

/** Random characters have more by the measure below: of 100,000 keys of 16 hexadecimal digits one has fewer, of 16 signs of base64 some twenty look like words. */
const leastBits = 30;

/** What words that follow each other at random have: some 11 bits for a common word of five and a half letters. */
const bitsPerWordLetter = 2;

/** Five words or so. People choose the first of them, not a die, so more is asked of words than of random characters. */
const leastWordBits = 60;

/** Pairs of letters in a row say little of fewer. */
const tellingPairs = 7;

/**
 * Whether a secret is easy to guess by its looks alone: one character over and over, a word twice, digits in their order, keys of
 * a keyboard in theirs, a few words of English. Only random characters are secret.
 */
export function isGuessable(secret: string): boolean {
  const isOneCase = secret === secret.toUpperCase();
  const core = coreOf([...(isOneCase ? secret.toLowerCase() : secret)]);
  const letters = core.filter((character) => /[a-z]/i.test(character)).length;
  if (isWords(core, letters)) return letters * bitsPerWordLetter < leastWordBits;
  return bitsOf(secret) < leastBits;
}

/** What is left when repeats count once. */
function coreOf(characters: readonly string[]): readonly string[] {
  return characters.slice(0, periodOf(characters));
}

/** Three quarters of English letters stand in pairs that are common; of random letters every sixth does, and their case changes within a word. */
function isWords(core: readonly string[], letters: number): boolean {
  const isHex = /^[0-9a-f]*$/i.test(core.join('')) && letters < core.length;
  if (isHex || letters < core.length * 0.75) return false;
  const pairs = core.slice(1).flatMap((second, at) => {
    const pair = `${core[at]}${second}`;
    return /^[a-z]{2}$/i.test(pair) ? [pair] : [];
  });
  const common = pairs.filter(([first = '', second = '']) =>
    commonPairs.has(first.toLowerCase() + second),
  ).length;
  return pairs.length >= tellingPairs && common > pairs.length * 0.55;
}

/** Shannon's entropy of the characters, of what is left when repeats and runs such as `abc` and `321` count once. */
function bitsOf(secret: string): number {
  const core = coreOf([...secret]);
  const told = core.filter((_, index) => !isInRun(core, index));
  const counts = new Map<string, number>();
  for (const character of core) counts.set(character, (counts.get(character) ?? 0) + 1);
  let perCharacter = 0;
  for (const count of counts.values()) perCharacter -= (count / core.length) * Math.log2(count / core.length);
  return perCharacter * told.length;
}

/** The length of what a text repeats, the last time perhaps in part, or its own. */
function periodOf(characters: readonly string[]): number {
  for (let period = 1; period < characters.length; period += 1) {
    if (characters.every((character, index) => character === characters[index % period])) return period;
  }
  return characters.length;
}

/** Whether a character follows the two before it in even steps: it could have been foretold. */
function isInRun(characters: readonly string[], index: number): boolean {
  if (index < 2) return false;
  const three = characters.slice(index - 2, index + 1);
  const [a = 0, b = 0, c = 0] = three.map((each) => each.codePointAt(0));
  return (c - b === b - a && Math.abs(c - b) <= 1) || isOnKeyboard(three.join('').toLowerCase());
}

/** Whether three keys lie side by side, from left to right or back. */
function isOnKeyboard(three: string): boolean {
  const back = [...three].reverse().join('');
  return keyboardRows.some((row) => row.includes(three) || row.includes(back));
}
