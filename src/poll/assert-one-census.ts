import { PatronflowError } from '../core/errors.ts';
import type { Geocoder } from './ports.ts';

/**
 * Refuses geocoders that answer with tracts of different censuses: half of the records would have tracts that the other
 * half's census does not know, and nothing in a record says which.
 * @returns the census; null where no geocoder can tell
 * @throws PatronflowError GEOCODER_REFUSED
 */
export async function assertOneCensus(
  geocoders: readonly Geocoder[],
  signal: AbortSignal,
): Promise<string | null> {
  const told: { readonly name: string; readonly census: string }[] = [];
  for (const geocoder of geocoders) {
    const census = await geocoder.census(signal);
    if (census !== null) told.push({ name: geocoder.name, census });
  }
  const [first] = told;
  const other = told.find(({ census }) => census !== first?.census);
  if (!first || !other) return first?.census ?? null;
  throw new PatronflowError(
    'GEOCODER_REFUSED',
    `The geocoders answer with tracts of different censuses: ${first.name} with those of ${first.census}, ${other.name} with those of ${other.census}.`,
    {
      hint: 'Use one census in all of them: `patronflow geo build --tracts` for an index, `benchmark` and `vintage` for the Census Bureau.',
    },
  );
}
