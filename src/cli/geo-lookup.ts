import { resolve } from 'node:path';
import { untilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import { safeLines } from '../core/safe-text.ts';
import { type Finding, type LookUpReason, lookUp } from '../geo/look-up.ts';
import type { ConsideredRange } from '../geo/ranges.ts';
import { type ReadAddress, readAddress } from '../geo/read-address.ts';
import { openTractIndex } from '../geo/read-index.ts';
import type { StreetName } from '../geo/street-name.ts';
import { type TractIndex, unknownTract } from '../geo/tract-index.ts';
import { number } from '../report/words.ts';
import { lookUpFile, summaryText } from './geo-lookup-file.ts';
import { printJson, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';

export interface GeoLookupOptions {
  readonly index: string;
  readonly csv?: string;
  readonly out?: string;
  /** `street=ADDR1,zip=ZIP5`, for a file whose columns have other names than those that are known. */
  readonly columns?: string;
  readonly json?: boolean;
}

/** `patronflow geo lookup`: looks addresses up in an index and says why. */
export async function geoLookupCommand(
  address: string | undefined,
  { index: indexFile, csv, out, columns, json }: GeoLookupOptions,
  context: ProcessContext,
): Promise<number> {
  const from = (path: string) => resolve(context.workingDirectory, path);
  if ((address === undefined) === (csv === undefined))
    throw new PatronflowError('USAGE', 'Give one address, or --csv and a file of many.', {
      hint: 'patronflow geo lookup --index tracts.idx "37-06 80th St Apt 2B, Queens NY 11372"',
    });
  const index = await untilAborted(context.signal, openTractIndex(from(indexFile)));
  if (csv !== undefined) {
    const files = { input: from(csv), output: out === undefined ? null : from(out), columns };
    const counts = await lookUpFile(index, files, context.signal);
    if (json) printJson(context.stdout, counts);
    else printText(context.stdout, summaryText(counts));
    return 0;
  }
  const read = readAddress(address ?? '');
  const ranges: ConsideredRange[] = [];
  const finding = lookUp(index, read, { onRange: (range) => ranges.push(range) });
  if (json) printJson(context.stdout, document(index, read, finding, ranges));
  else printText(context.stdout, findingText(index, read, finding, ranges));
  return finding.geoid === null ? 1 : 0;
}

const reasonTexts: Readonly<Record<LookUpReason, string>> = {
  number_in_range: 'the street has a range with the number, on the right side, in this ZIP',
  name_incomplete: 'a directional or the street type is missing, and all possible streets are in one tract',
  street_in_one_tract: 'no range has the number, but the ranges before and after it are in the same tract',
  other_zip: 'the street is in another ZIP of the county',
  ranges_disagree: 'several ranges have the number, in different tracts',
  names_disagree:
    'a directional or the street type is missing, and the possible streets are in different tracts',
  no_number: 'without a house number, and the street goes through several tracts',
  number_not_in_range: 'the street is there, but no range has the number',
  tract_unknown:
    'a range has the number, but its tract is in none of the FACES files that the index was made from',
  street_not_in_zip: 'the ZIP has no such street',
  zip_not_covered: 'the index has no ranges of this ZIP',
  no_zip: 'without a ZIP',
  less_certain: 'the match is less certain than required',
  empty: 'the address is empty',
  box: 'a post office box or a rural route',
  intersection: 'an intersection, without a house number',
  no_street: 'no street name',
};

/** Ranges shown; those that hold the number come first. */
const shownRanges = 12;

function findingText(
  index: TractIndex,
  read: ReadAddress,
  { status, reason, geoid, isOffset }: Finding,
  ranges: readonly ConsideredRange[],
): string {
  const { number: houseNumber, street, zip } = read.parts;
  const shown = ranges
    .toSorted((a, b) => Number(b.holdsNumber) - Number(a.holdsNumber))
    .slice(0, shownRanges);
  const lines = [
    `Read as   ${read.tokens.map(({ token, label }) => `${token} (${label})`).join(' ') || 'nothing'}`,
    `Asked for number ${houseNumber || '-'}, street ${street || '-'}${read.street ? ` [${streetText(read.street)}]` : ''}, ZIP ${zip || '-'}`,
    ...shown.map((range, place) => `${place === 0 ? 'Ranges   ' : '         '} ${rangeText(range)}`),
    ...(ranges.length > shown.length ? [`          and ${number(ranges.length - shown.length)} more`] : []),
    `Result    ${status}${geoid === null ? '' : ` ${geoid}`}: ${reasonTexts[reason]}${isOffset ? '; the range lies beyond a corridor' : ''}`,
    `From      TIGER/Line ${index.about.tiger.filter(Boolean).join(', ') || 'of an unknown year'}, tracts of ${index.about.tracts}`,
  ];
  return safeLines(lines);
}

function streetText({ before, name, type, after }: StreetName): string {
  return [before, name, type, after].filter(Boolean).join(' ');
}

function rangeText({
  street,
  zip,
  likeness,
  prefix,
  low,
  high,
  parity,
  geoid,
  holdsNumber,
}: ConsideredRange): string {
  const numbers = `${prefix}${low} to ${prefix}${high}${parity === 'both' ? '' : ` ${parity}`}`;
  const notes = [likeness === 'loose' ? 'may be meant' : '', holdsNumber ? 'has the number' : ''].filter(
    Boolean,
  );
  return `${streetText(street)} ${zip}: ${numbers}, ${geoid === unknownTract ? 'of an unknown tract' : `tract ${geoid}`}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}

function document(
  index: TractIndex,
  { parts, tokens }: ReadAddress,
  finding: Finding,
  ranges: readonly ConsideredRange[],
): object {
  const { tiger, tracts } = index.about;
  return { ...finding, tiger, tracts, read: { ...parts, tokens }, ranges };
}
