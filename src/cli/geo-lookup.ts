import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { PatronflowError, systemCode } from '../core/errors.ts';
import { type Finding, type LookUpReason, type LookUpStatus, lookUp } from '../geo/look-up.ts';
import type { ConsideredRange } from '../geo/ranges.ts';
import { addressLine, type ReadAddress, readAddress } from '../geo/read-address.ts';
import { openTractIndex } from '../geo/read-index.ts';
import type { StreetName } from '../geo/street-name.ts';
import { type TractIndex, unknownTract } from '../geo/tract-index.ts';
import { number } from '../report/words.ts';
import type { ProcessContext } from './process-context.ts';

export interface GeoLookupOptions {
  readonly index: string;
  readonly csv?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `patronflow geo lookup`: looks addresses up in an index and says why. */
export async function geoLookupCommand(
  address: string | undefined,
  { index: indexFile, csv, out, json }: GeoLookupOptions,
  context: ProcessContext,
): Promise<number> {
  const from = (path: string) => resolve(context.workingDirectory, path);
  if ((address === undefined) === (csv === undefined))
    throw new PatronflowError('USAGE', 'Give one address, or --csv and a file of many.', {
      hint: 'patronflow geo lookup --index tracts.idx "37-06 80th St Apt 2B, Queens NY 11372"',
    });
  const index = await openTractIndex(from(indexFile));
  if (csv !== undefined) {
    const counts = await lookUpFile(index, from(csv), out === undefined ? null : from(out), context.signal);
    context.stdout.write(json ? `${JSON.stringify(counts)}\n` : summaryText(counts));
    return 0;
  }
  const read = readAddress(address ?? '');
  const ranges: ConsideredRange[] = [];
  const finding = lookUp(index, read, (range) => ranges.push(range));
  context.stdout.write(
    json ? jsonText(index, read, finding, ranges) : findingText(index, read, finding, ranges),
  );
  return finding.geoid === null ? 1 : 0;
}

// --- One address -----------------------------------------------------------------------------------------------

const reasonTexts: Readonly<Record<LookUpReason, string>> = {
  number_in_range: 'the street of this ZIP has a range with the number, on its side',
  name_incomplete: 'a directional or the type is missing, and all streets that it may be agree on the tract',
  street_in_one_tract: 'no range has the number, but the street lies in one tract before it and after it',
  other_zip: 'the street is in another ZIP of the county',
  ranges_disagree: 'several ranges have the number, in different tracts',
  names_disagree:
    'a directional or the type is missing, and the streets that it may be lie in different tracts',
  no_number: 'without a house number, and the street goes through several tracts',
  number_not_in_range: 'the street is there, but no range has the number',
  tract_unknown:
    'a range has the number, but its tract is in none of the FACES files that the index was made from',
  street_not_in_zip: 'the ZIP has no such street',
  zip_not_covered: 'the index has no ranges of this ZIP',
  no_zip: 'without a ZIP',
  empty: 'there is nothing in it',
  box: 'a post office box or a rural route',
  intersection: 'a corner, without a house number',
  no_street: 'no name of a street in it',
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
  return `${lines.join('\n')}\n`;
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

function jsonText(
  index: TractIndex,
  { parts, tokens }: ReadAddress,
  finding: Finding,
  ranges: readonly ConsideredRange[],
): string {
  const { tiger, tracts } = index.about;
  return `${JSON.stringify({ ...finding, tiger, tracts, read: { ...parts, tokens }, ranges })}\n`;
}

// --- Many ------------------------------------------------------------------------------------------------------

type Counts = Partial<Record<LookUpStatus, number>>;

/** The columns that make an address, by the names that exports give them. */
const addressColumns = [
  /^(address|full_?address)$/i,
  /^(street|address_?(line)?_?1|addr1)$/i,
  /^(address_?(line)?_?2|addr2|unit|apt)$/i,
  /^city$/i,
  /^(state|region)$/i,
  /^(zip|zip_?code|postal_?code|zip5)$/i,
] as const;

/** Looks up every row of a CSV file; with a name for it, writes the file again with what was found. */
async function lookUpFile(
  index: TractIndex,
  path: string,
  out: string | null,
  signal: AbortSignal,
): Promise<Counts> {
  const counts: Counts = {};
  const output = out === null ? null : await open(out, 'w', 0o600);
  try {
    // A stream that fails ends the other one with its error.
    const rows = parse({ bom: true, relax_column_count: true });
    pipeline(createReadStream(path, { signal }), rows, () => {});
    let columns: readonly number[] | null = null;
    let text = '';
    for await (const row of rows as AsyncIterable<string[]>) {
      if (columns === null) {
        columns = columnsOf(row, path);
        text += csvLine([...row, 'status', 'reason', 'geoid']);
        continue;
      }
      const values = columns.map((column) => row[column] ?? '');
      const zip = values.length > 1 ? (values.pop() ?? '') : '';
      const line = `${addressLine(...values)} ${zip}`.trim();
      const { status, reason, geoid } = lookUp(index, readAddress(line, zip));
      counts[status] = (counts[status] ?? 0) + 1;
      if (output) text += csvLine([...row, status, reason, geoid ?? '']);
      if (text.length > 2 ** 16) {
        await output?.write(text);
        text = '';
      }
    }
    await output?.write(text);
  } catch (error) {
    if (error instanceof PatronflowError || signal.aborted) throw error;
    throw new PatronflowError(
      'FILE_UNREADABLE',
      `${path} cannot be read as CSV (${systemCode(error) || 'damaged'}).`,
      {
        hint: 'A CSV file in UTF-8, with a header.',
        cause: error,
      },
    );
  } finally {
    await output?.close();
  }
  return counts;
}

function columnsOf(header: readonly string[], path: string): readonly number[] {
  const found = addressColumns
    .map((pattern) => header.findIndex((name) => pattern.test(name.trim())))
    .filter((column) => column >= 0);
  if (found.length > 0) return found;
  throw new PatronflowError('COLUMNS_MISSING', `${path} has no column with an address.`, {
    hint: 'Call them `address`, or `street`, `city`, `state` and `zip`.',
  });
}

function csvLine(values: readonly string[]): string {
  return `${values.map((value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',')}\n`;
}

const statuses: readonly LookUpStatus[] = [
  'match',
  'match_street',
  'ambiguous',
  'out_of_range',
  'no_street',
  'not_addressable',
];

function summaryText(counts: Counts): string {
  const total = statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  const line = (name: string, count: number) =>
    `${name.padEnd(16)}${number(count).padStart(12)}${((100 * count) / Math.max(1, total)).toFixed(1).padStart(7)} %`;
  const found = (counts.match ?? 0) + (counts.match_street ?? 0);
  return `${[...statuses.map((status) => line(status, counts[status] ?? 0)), line('with a tract', found), line('addresses', total)].join('\n')}\n`;
}
