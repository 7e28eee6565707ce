import { closest, distance } from 'fastest-levenshtein';

/** `, did you mean "last_name"?` when a known name is near, else nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(
    name.toLowerCase(),
    known.map((candidate) => candidate.toLowerCase()),
  );
  const original = known.find((candidate) => candidate.toLowerCase() === nearest) ?? nearest;
  // A third of the letters: near enough for a slip of the finger, too far for another word.
  return distance(name.toLowerCase(), nearest) <= Math.max(1, Math.ceil(name.length / 3))
    ? `, did you mean "${original}"?`
    : '';
}
