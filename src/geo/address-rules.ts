import { bareWord, kindOf } from './address-features.ts';
import type { AddressLabel, TaggedToken } from './address-labels.ts';

/**
 * Takes apart what is glued and joins what belongs together, where a reader has no doubt. Only blanks, periods
 * and hyphens come and go.
 */
export function mendAddress(text: string): string {
  const trimmed = text.replace(/\s+/g, ' ').trim();
  const mended = mends.reduce((mending, [pattern, written]) => mending.replace(pattern, written), trimmed);
  return queensEnd.test(mended) ? mended.replace(queensNumber, '$1-$2') : mended;
}

/** In the order in which they are made. */
const mends: readonly (readonly [RegExp, string])[] = [
  // C / O JANE DOE
  [/\b(C) ?\/ ?(O)\b/gi, '$1/$2'],
  // P.O.BOX 7, PO BOX7
  [/\b(P\.?O\.?)(?=BOX)/gi, '$1 '],
  [/\b(BOX)(?=\d)/gi, '$1 '],
  // APT4C, STE.200
  [/\b(APARTMENT|APMT|APT|UNIT|SUITE|STE|FLOOR|FLR|FL|ROOM|RM|BLDG)\.?(?=\d)/gi, '$1 '],
  // APTC, APTC4, but not APTS
  [/\b(APT)\.?(?=[A-RT-Z]\d{0,3}\b)/gi, '$1 '],
  // 2NDFL, 2FL
  [/\b(\d{1,3}(?:ST|ND|RD|TH)?)(?=(?:FLOOR|FLR|FL)\b)/gi, '$1 '],
  // 42NDST
  [/\b(\d{1,3}(?:ST|ND|RD|TH))(?=(?:STREET|ST|AVENUE|AVE|ROAD|RD|DRIVE|DR|PLACE|PL)\b)/gi, '$1 '],
  // 20WEST 53 ST, 100BROADWAY
  [/^(\d+)(?=[A-Z]{4})/i, '$1 '],
  // 20W 53 ST
  [/^(\d+)(?=[NSEW] \d+(?:ST|ND|RD|TH)?\b)/i, '$1 '],
  // 37 - 06 80TH ST
  [/^(\d+) ?- ?(?=\d+ )/, '$1-'],
  // 4218 SR-83, which is not a range of numbers
  [/^(\d+ )(SR|SH|STH|CTH|CR|US|RT|RTE|HWY|FM)-(?=\d)/i, '$1$2 '],
  // NY10001
  [/\b([A-Z]{2})(?=\d{5}(?:-\d{4})?$)/i, '$1 '],
];

/** 37 06 80TH ST, but not 37 80 ST. */
const queensNumber =
  /^(\d{1,3}) (\d\d)(?= (?!(?:STREET|ST|AVENUE|AVE|AV|ROAD|RD|DRIVE|DR|PLACE|PL|LANE|LN)\b)\w)/i;

/** What the model, which learned from all of the country, gets wrong in New York. */
export function correctTags(tags: readonly TaggedToken[]): readonly TaggedToken[] {
  const words = tags.map(({ token }) => bareWord(token));
  const labels = tags.map(({ label }) => label);
  correctAvenues(words, labels);
  correctExtensions(words, labels);
  correctSpots(words, labels);
  correctLetters(words, labels);
  correctPlaces(tags, words, labels);
  correctRecipient(words, labels);
  return tags.map(({ token, label }, index) => ({ token, label: labels[index] ?? label }));
}

const avenues: ReadonlySet<string> = new Set(['ave', 'av', 'avenue']);

/** 45 AVENUE C, 1160 AVENUE OF THE AMERICAS: the avenue comes first. After a name, as in PARK AVE S, it does not. */
function correctAvenues(words: readonly string[], labels: AddressLabel[]): void {
  for (const [index, word] of words.entries()) {
    const before = labels[index - 1] ?? 'AddressNumber';
    if (!avenues.has(word) || !/^AddressNumber|PreDirectional$/.test(before)) continue;
    const next = words[index + 1] ?? '';
    const length = next === 'of' ? (words[index + 2] === 'the' ? 3 : 2) : /^[a-z]$/.test(next) ? 1 : 0;
    if (length === 0 || index + length >= words.length) continue;
    labels[index] = 'StreetNamePreType';
    labels.fill('StreetName', index + 1, index + 1 + length);
  }
}

const extensions: ReadonlySet<string> = new Set(['ext', 'extension', 'extn', 'extnsn']);

/** 12 MAIN ST EXTENSION is on another street than 12 MAIN ST. */
function correctExtensions(words: readonly string[], labels: AddressLabel[]): void {
  for (const [index, word] of words.entries()) {
    if (extensions.has(word) && labels[index - 1] === 'StreetNamePostType')
      labels[index] = 'StreetNamePostModifier';
  }
}

/** Parts of a house that need no number, after USPS Publication 28, appendix C2. */
const spots: ReadonlySet<string> = new Set(
  'front frnt rear garage basement bsmt bsmnt cellar attic lobby lbby penthouse ph upper uppr upr lower lowr lwr upstairs downstairs'.split(
    ' ',
  ),
);

/** 12 MAIN ST B is a unit; N, S, E and W are where a street goes. */
function correctLetters(words: readonly string[], labels: AddressLabel[]): void {
  for (const [index, word] of words.entries()) {
    if (
      labels[index - 1] === 'StreetNamePostType' &&
      /^[a-df-mo-rt-vx-z]$/.test(word) &&
      inStreet.test(labels[index] ?? '')
    )
      labels[index] = 'OccupancyIdentifier';
  }
}

const inStreet = /^StreetName/;

const endsStreet = /^StreetNamePost|^StreetName$|^Occupancy/;

/** 12 MAIN ST REAR, but neither 12 FRONT ST nor 12 OCEAN FRONT. */
function correctSpots(words: readonly string[], labels: AddressLabel[]): void {
  for (const [index, word] of words.entries()) {
    const before = labels[index - 1] ?? 'NotAddress';
    if (!spots.has(word) || !endsStreet.test(before) || labels[index + 1] === 'StreetNamePostType') continue;
    if (word !== 'front' || before !== 'StreetName') labels[index] = 'OccupancyIdentifier';
  }
}

/**
 * 251-10 UNION TPKE GLEN OAKS: from the end of the address, behind what the model has for its city, state and ZIP,
 * the longest known place before which a street or what follows it may end.
 */
function correctPlaces(tags: readonly TaggedToken[], words: readonly string[], labels: AddressLabel[]): void {
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

/** C/O JANE DOE 45 MAIN ST, 45 MAIN ST C/O JANE DOE APT 4: a name ends where an address goes on. */
function correctRecipient(words: readonly string[], labels: AddressLabel[]): void {
  const start = words.indexOf('c/o');
  if (start < 0) return;
  const ends = labels.findIndex(
    (label, index) => index > start + 1 && (/^\d/.test(words[index] ?? '') || endsRecipient.test(label)),
  );
  labels.fill('Recipient', start, ends < 0 ? labels.length : ends);
}

const endsRecipient = /^USPSBox|^Occupancy|^(?:Place|State)Name$|^Zip/;

const names = (list: string): string[] => list.trim().split(/\s*[,\n]\s*/);

/** What people write in Queens as their city, from the names that the post office accepts there. */
const queens = names(`
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

/**
 * An address that ends in a place or a ZIP of Queens; of 110, only what borders on Nassau is in it. What stands
 * between the parts has to be there for the next part to be tried, so that no run of commas is tried over and over.
 */
const queensEnd = new RegExp(
  `(?:^|[ ,])(?:${queens.join('|')})(?:[ ,.]+(?:N\\.? ?Y\\b|NEW YORK))?(?:[ ,.]+\\d{5}(?:-\\d{4})?)?[ ,.]*$` +
    '|\\b11(?:00[145]|040|[1346]\\d\\d)(?:-\\d{4})?$',
  'i',
);
