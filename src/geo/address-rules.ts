import type { AddressLabel, TaggedToken } from './address-labels.ts';
import { queens } from './new-york-places.ts';
import {
  correctGrids,
  correctHalves,
  correctLoneNumber,
  correctRoutes,
  correctSuffixes,
} from './number-rules.ts';
import { correctPlaces } from './place-rules.ts';

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
  // 12 MAIN ST$ANYTOWN NY: Sierra exports the lines of an address so.
  [/ ?\$ ?/g, ', '],
  // 12.5 MAIN ST
  [/^(\d+)\.5(?= )/, '$1 1/2'],
  // N6 W23001, as in Wisconsin
  [/^([NSEW]\d+) (?=[NSEW]\d+ )/i, '$1'],
  // 1 S 535 WESTVIEW LN, as in Illinois, but not 10 W 123 ST
  [
    /^(\d{1,2}) ?([NSEW]) ?(\d{3})(?= (?!(?:STREET|ST|AVENUE|AVE|AV|ROAD|RD|NORTH|SOUTH|EAST|WEST)\b)[A-Z]{2})/i,
    '$1$2$3',
  ],
  // 12 & 14 MAIN ST, but not 42 & 8 AVE
  [/^(\d+[A-Z]?) ?(?:&|\+|\bAND\b) ?(?=\d+[A-Z]? (?!(?:STREET|ST|AVENUE|AVE|AV)\b)[A-Z])/i, '$1, '],
  // 12. 14 MAIN ST
  [/^(\d+)\. (?=\d)/, '$1, '],
  // 1,234 MAIN ST, which are not two doors; as two numbers it is none.
  [/^(\d{1,3}),(?=\d{3} )/, '$1 '],
  // NY10001
  [/\b([A-Z]{2})(?=\d{5}(?:-\d{4})?$)/i, '$1 '],
];

/** 37 06 80TH ST, but not 37 80 ST. */
const queensNumber =
  /^(\d{1,3}) (\d\d)(?= (?!(?:STREET|ST|AVENUE|AVE|AV|ROAD|RD|DRIVE|DR|PLACE|PL|LANE|LN)\b)\w)/i;

/**
 * What the model gets wrong.
 * @param words the tokens as they are compared
 */
export function correctTags(tags: readonly TaggedToken[], words: readonly string[]): readonly TaggedToken[] {
  const labels = tags.map(({ label }) => label);
  correctAvenues(words, labels);
  correctExtensions(words, labels);
  correctTypes(tags, words, labels);
  correctSpots(tags, words, labels);
  correctLetters(words, labels);
  correctSuffixes(words, labels);
  correctLoneNumber(words, labels);
  correctHalves(words, labels);
  correctGrids(words, labels);
  correctRoutes(words, labels);
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

/** 12 MAIN ST REAR, but neither 12 FRONT ST nor 12 OCEAN FRONT nor 12 MAIN ST, UPPER FREEHOLD; 12 REAR MAIN ST. */
function correctSpots(tags: readonly TaggedToken[], words: readonly string[], labels: AddressLabel[]): void {
  for (const [index, word] of words.entries()) {
    const before = labels[index - 1] ?? 'NotAddress';
    if (!spots.has(word) || labels[index + 1] === 'StreetNamePostType') continue;
    if (before === 'AddressNumber' && houseSpots.has(word) && inStreet.test(labels[index + 1] ?? ''))
      labels[index] = 'OccupancyIdentifier';
    const isCity = tags[index - 1]?.token.endsWith(',') && !tags[index]?.token.endsWith(',');
    if (!endsStreet.test(before) || (isCity && labels[index + 1] === 'PlaceName')) continue;
    if (word !== 'front' || before !== 'StreetName') labels[index] = 'OccupancyIdentifier';
  }
}

/** Those that begin the name of no street. */
const houseSpots: ReadonlySet<string> = new Set(['garage', 'rear', 'basement', 'bsmt', 'bsmnt', 'cellar']);

const secondTypes: ReadonlySet<string> = new Set(
  'circle cir court ct drive dr lane ln loop place pl plaza plz terrace ter way'.split(' '),
);

/** 212TH AVENUE PLAZA is another street than 212TH AVENUE. */
function correctTypes(tags: readonly TaggedToken[], words: readonly string[], labels: AddressLabel[]): void {
  for (const [index, word] of words.entries()) {
    const isLast = index === words.length - 1 || tags[index]?.token.endsWith(',');
    const follows = labels[index - 1] === 'StreetNamePostType' && !tags[index - 1]?.token.endsWith(',');
    if (secondTypes.has(word) && isLast && follows) labels[index] = 'StreetNamePostType';
  }
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

/**
 * An address that ends in a place or a ZIP of Queens; of 110, only what borders on Nassau is in it. What stands
 * between the parts has to be there for the next part to be tried, so that no run of commas is tried over and over.
 */
const queensEnd = new RegExp(
  `(?:^|[ ,])(?:${queens.join('|')})(?:[ ,.]+(?:N\\.? ?Y\\b|NEW YORK))?(?:[ ,.]+\\d{5}(?:-\\d{4})?)?[ ,.]*$` +
    '|\\b11(?:00[145]|040|[1346]\\d\\d)(?:-\\d{4})?$',
  'i',
);
