import { lookUp } from './look-up.ts';
import { zipText } from './ranges.ts';
import { readStreetName, type StreetName } from './street-name.ts';
import { lowerBound, type TractIndex, tractMask, unknownTract } from './tract-index.ts';

/** Ranges that an index is asked about; all of them where it has fewer. */
const sampleSize = 500;

/** What an index finds of its own ranges. */
export interface IndexSample {
  readonly asked: number;
  readonly found: number;
}

/**
 * Asks an index for the lowest number of some of its own ranges, evenly spread, as they would be asked for in an address.
 * Where an index was made by another reading of street names, or of tables that do not belong together, few are found.
 */
export function sampleIndex(index: TractIndex): IndexSample {
  const { low, place, prefix, prefixes, geoids } = index;
  const step = Math.max(1, Math.floor(low.length / sampleSize));
  let asked = 0;
  let found = 0;
  for (let range = 0; range < low.length; range += step) {
    const geoid = geoids[(place[range] ?? 0) & tractMask] ?? unknownTract;
    if (geoid === unknownTract) continue;
    asked += 1;
    const number = { prefix: prefixes[prefix[range] ?? 0] ?? '', digits: String(low[range]) };
    const answer = lookUp(index, { number, ...streetOf(index, range), problem: null });
    if (answer.geoid === geoid) found += 1;
  }
  return { asked, found };
}

/** The street of a range, read anew from its words, and its ZIP. */
function streetOf(index: TractIndex, range: number): { street: StreetName | null; zip: string } {
  const { streetRange, streetVariant, streetZip, nameStreet, nameStart, names, variants } = index;
  const street = last(streetRange, range);
  const name = last(nameStreet, street);
  const text = String.fromCharCode(...names.subarray(nameStart[name], nameStart[name + 1]));
  const { before, type, after } = variants[streetVariant[street] ?? 0] ?? noVariant;
  const words = [before, ...(/RTE$/.test(type) ? [type, text] : [text, type]), after];
  return { street: readStreetName(words.join(' ')), zip: zipText(streetZip[street] ?? 0) };
}

const noVariant = { before: '', type: '', after: '' };

/** The last place that begins at or before a value. */
function last(starts: Uint32Array, value: number): number {
  return lowerBound(starts, value + 1, 0, starts.length) - 1;
}
