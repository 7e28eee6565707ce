import { closest, distance } from 'fastest-levenshtein';
import { safeText } from './safe-text.ts';

/** Two longer ones take long to compare, and are no names. */
const longestName = 200;

/** `, did you mean "last_name"?` when a known name is near, else nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const candidates = known.filter(({ length }) => length <= longestName);
  if (candidates.length === 0 || name.length > longestName) return '';
  const nearest = closest(
    name.toLowerCase(),
    candidates.map((candidate) => candidate.toLowerCase()),
  );
  const original = candidates.find((candidate) => candidate.toLowerCase() === nearest) ?? nearest;
  // A third of the letters: near enough for a slip of the finger, too far for another word.
  return distance(name.toLowerCase(), nearest) <= Math.max(1, Math.ceil(name.length / 3))
    ? `, did you mean "${safeText(original)}"?`
    : '';
}
