import { kindOf } from './address-features.ts';
import type { AddressLabel, TaggedToken } from './address-labels.ts';

/**
 * 251-10 UNION TPKE GLEN OAKS: from the end of the address, behind what the model has for its city, state and ZIP,
 * the longest known place before which a street or what follows it may end.
 */
export function correctNewYork(
  tags: readonly TaggedToken[],
  words: readonly string[],
  labels: AddressLabel[],
): void {
  const street = labels.indexOf('StreetName');
  if (street < 0) return;
  let end = words.length;
  while (end > street + 1) {
    const start = startOfPlace(tags, words, end, street + 1);
    if (start < end) {
      const isState = labels[start] === 'StateName' && labels[start - 1] === 'PlaceName';
      if (!isState) labels.fill('PlaceName', start, end);
    } else if (!afterStreet.test(labels[end - 1] ?? '')) return;
    end = Math.min(start, end - 1);
  }
}

const afterStreet = /^(?:Place|State|Country)Name$|^Zip/;

/** Where the longest known place that ends at a token begins; that token when none does. */
function startOfPlace(
  tags: readonly TaggedToken[],
  words: readonly string[],
  end: number,
  earliest: number,
): number {
  for (let start = Math.max(earliest, end - maxWords); start < end; start += 1) {
    if (!places.has(words.slice(start, end).join(' '))) continue;
    if (canEndLine(tags[start - 1]?.token ?? '', words[start - 1] ?? '')) return start;
  }
  return end;
}

/** Streets whose name says that they are one. */
const typeless: ReadonlySet<string> = new Set(['broadway', 'bowery', 'concourse', 'americas', 'esplanade']);

/** Whether a place may follow: after a plain word, WOODSIDE would rather be the end of a street's name. */
function canEndLine(token: string, word: string): boolean {
  return typeless.has(word) || token.endsWith(',') || !['word', 'state'].includes(kindOf(word));
}

const names = (list: string): string[] => list.trim().split(/\s*[,\n]\s*/);

/** What people write in Queens as their city, from the names that the post office accepts there. */
export const queens = names(`
  arverne, astoria, bay terrace, bayside, bayside hills, beechhurst, belle harbor, bellerose, breezy point, briarwood
  broad channel, cambria heights, college point, corona, douglaston, east elmhurst, edgemere, elmhurst, far rockaway
  floral park, flushing, forest hills, fresh meadows, glen oaks, glendale, hamilton beach, hillcrest, hollis
  hollis hills, holliswood, howard beach, jackson heights, jackson hts, jamaica, jamaica estates, jamaica hills
  kew gardens, kew gardens hills, laurelton, lic, lefrak city, lindenwood, little neck, long island city, malba
  maspeth, middle village, neponsit, oakland gardens, ozone park, pomonok, queens, queens village, rego park
  richmond hill, ridgewood, rochdale village, rockaway beach, rockaway park, rockaway point, rosedale, roxbury
  saint albans, south jamaica, south ozone park, south richmond hill, springfield gardens, st albans, sunnyside
  sunnyside gardens, whitestone, woodhaven, woodside
`);

const elsewhere = names(`
  bronx, brooklyn, manhattan, new york, new york city, nyc, staten island
  baychester, bedford park, castle hill, city island, co-op city, country club, fordham, highbridge, hunts point
  kingsbridge, morris heights, morris park, morrisania, mott haven, norwood, parkchester, pelham bay, riverdale
  soundview, spuyten duyvil, throggs neck, throgs neck, university heights, wakefield, williamsbridge, woodlawn
  bath beach, bay ridge, bedford stuyvesant, bedford-stuyvesant, bensonhurst, bergen beach, boerum hill
  borough park, boro park, brighton beach, brooklyn heights, brownsville, bushwick, canarsie, carroll gardens
  clinton hill, cobble hill, coney island, crown heights, cypress hills, ditmas park, downtown brooklyn, dumbo
  dyker heights, east flatbush, east new york, east williamsburg, flatbush, flatlands, fort greene, gerritsen beach
  gowanus, gravesend, greenpoint, kensington, manhattan beach, marine park, midwood, mill basin, park slope
  prospect heights, prospect lefferts gardens, red hook, sea gate, sheepshead bay, starrett city, sunset park
  vinegar hill, williamsburg, windsor terrace
  battery park city, central harlem, chinatown, east harlem, east village, hamilton heights, harlem, hells kitchen
  inwood, kips bay, lower east side, manhattanville, marble hill, morningside heights, roosevelt island
  spanish harlem, stuyvesant town, sugar hill, tribeca, upper east side, upper west side, washington heights
  west village
  annadale, arden heights, arrochar, bulls head, castleton corners, dongan hills, eltingville, emerson hill
  grasmere, great kills, grymes hill, huguenot, mariners harbor, midland beach, new brighton, new dorp, oakwood
  pleasant plains, port richmond, prince's bay, rossville, saint george, south beach, st george, stapleton
  tompkinsville, tottenville, travis, west brighton, westerleigh, willowbrook
`);

const places: ReadonlySet<string> = new Set([...queens, ...elsewhere]);

const maxWords = 3;
