/** Random characters have more by the measure below: of 100,000 keys of 16 hexadecimal digits one has fewer. */
const leastBits = 30;

/**
 * Whether a secret is easy to guess by its looks alone: one character over and over, a word twice, digits in their order.
 * It says nothing of words that people choose; only random characters are secret.
 */
export function isGuessable(secret: string): boolean {
  return bitsOf(secret) < leastBits;
}

/** Shannon's entropy of the characters, of what is left when repeats and runs such as `abc` and `321` count once. */
function bitsOf(secret: string): number {
  const characters = [...secret];
  const core = characters.slice(0, periodOf(characters));
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
  const [a = 0, b = 0, c = 0] = characters.slice(index - 2, index + 1).map((each) => each.codePointAt(0));
  return c - b === b - a && Math.abs(c - b) <= 1;
}
