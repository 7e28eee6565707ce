/** A line whose places are counted in characters. */
export interface Characters {
  readonly length: number;
  slice(from: number, to?: number): string;
}

const surrogate = /[\ud800-\udfff]/;

/**
 * Counts a line as the programs do that write columns of fixed widths: in code points. JavaScript's own text counts what lies
 * beyond U+FFFF, such as an emoji or a rare Chinese name, twice. A letter that is written with a combining mark is two.
 */
export function charactersOf(line: string): Characters {
  // Nearly no line has one, and its own text is by far the fastest.
  if (!surrogate.test(line)) return line;
  const points = [...line];
  return { length: points.length, slice: (from, to) => points.slice(from, to).join('') };
}
