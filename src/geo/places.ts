import { readFileSync } from 'node:fs';
import { stateNames, states } from './street-words.ts';

/** The places of ZIP codes, by the names that the Postal Service delivers to, as `placeKey` writes them. */
interface Places {
  /** By the letters of a state. */
  readonly byState: ReadonlyMap<string, ReadonlySet<string>>;
  /** The state of a ZIP and a place, `NY ALBANY`; another place of it comes after a comma. */
  readonly byZip: ReadonlyMap<string, string>;
}

/** The directory lies beside that of the sources and that of what is built from them, so this holds for both. */
const placesFile = new URL('../../data/places.tsv', import.meta.url);

/** Read when the first address comes, since most commands have none. */
let shipped: Places | undefined;

function places(): Places {
  shipped ??= readPlaces(readFileSync(placesFile, 'utf8'));
  return shipped;
}

/** The letters of the state that a ZIP code lies in, or else of one that is written; '' for none. */
export function stateOf(zip: string, written: string): string {
  const known = places().byZip.get(zip);
  if (known !== undefined) return known.slice(0, 2);
  const text = written.toUpperCase().replace(/[^A-Z ]/g, '');
  return stateNames.get(text) ?? (states.has(text) ? text : '');
}

/** @param key by `placeKey` */
export function isPlaceOf(state: string, key: string): boolean {
  return places().byState.get(state)?.has(key) ?? false;
}

/** Whether a ZIP code is one of a place; null when the ZIP code is not known. @param key by `placeKey` */
export function isZipOf(zip: string, key: string): boolean | null {
  const known = places().byZip.get(zip);
  return known === undefined ? null : known.split(',').some((place) => place.slice(3) === key);
}

/** The longest name, in words. */
export const maxPlaceWords = 5;

function readPlaces(text: string): Places {
  const byState = new Map<string, Set<string>>();
  const byZip = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [state = '', key = '', zips] = line.split('\t');
    if (zips === undefined) continue;
    const known = byState.get(state);
    if (known) known.add(key);
    else byState.set(state, new Set([key]));
    const place = `${state} ${key}`;
    for (const zip of zips.split(' ')) {
      const before = byZip.get(zip);
      byZip.set(zip, before === undefined ? place : `${before},${place}`);
    }
  }
  return { byState, byZip };
}
