import anyAscii from 'any-ascii';
import { parse } from 'csv-parse/sync';
import type { GeocodingAddress, GeocodingOutcome } from '../../poll/ports.ts';

/** An address with the number under which its answer comes back. */
export interface CensusRow {
  readonly id: number;
  readonly address: GeocodingAddress;
}

/**
 * The file that the Census Bureau's batch geocoder takes: `id,street,city,state,ZIP` without a header. Plain ASCII
 * and no line breaks, because one odd byte can spoil the answers to a whole file.
 */
export function batchFile(rows: readonly CensusRow[]): string {
  return rows
    .map(({ id, address: { street, city, region, postalCode } }) =>
      [String(id), ...[street, city, region, postalCode].map(field)].join(','),
    )
    .join('\n')
    .concat('\n');
}

function field(text: string): string {
  const plain = anyAscii(text)
    .replace(/[\u0000-\u001f"\u007f-\uffff]+/g, ' ')
    .trim();
  return plain.includes(',') ? `"${plain}"` : plain;
}

/**
 * Reads an answer, line by line, since rows come in any order and of different widths: 12 columns for a match, 3
 * (or 12, empty) for `No_Match` and `Tie`. A line that is not whole, or is about a row that was not sent, or contradicts another
 * one, counts as no answer.
 * @returns the outcomes by id
 */
export function readAnswer(text: string, rows: readonly CensusRow[]): Map<number, GeocodingOutcome> {
  const sent = new Set(rows.map(({ id }) => String(id)));
  const outcomes = new Map<number, GeocodingOutcome>();
  const contradicted = new Set<number>();
  for (const fields of linesOf(text)) {
    const outcome = outcomeOf(fields);
    if (!outcome || !sent.has(fields[0] ?? '')) continue;
    const id = Number(fields[0]);
    const before = outcomes.get(id);
    if (before && (before.status !== outcome.status || before.geoid !== outcome.geoid)) contradicted.add(id);
    outcomes.set(id, outcome);
  }
  for (const id of contradicted) outcomes.delete(id);
  return outcomes;
}

/** All lines at once; one by one only when some are not CSV, so that each of those costs itself alone. */
function linesOf(text: string): readonly (readonly string[])[] {
  try {
    return parse(text, { relax_column_count: true, skip_empty_lines: true });
  } catch {
    return text.split(/\r?\n/).flatMap((line) => {
      try {
        return parse(line, { skip_empty_lines: true }) as string[][];
      } catch {
        return [];
      }
    });
  }
}

function outcomeOf(fields: readonly string[]): GeocodingOutcome | null {
  const status = fields[2];
  const isFound = fields.slice(3).some((field) => field !== '');
  if (fields.length !== 12 && fields.length !== 3) return null;
  if (status === 'No_Match' && !isFound) return { status: 'no_match', geoid: null };
  if (status === 'Tie' && !isFound) return { status: 'tie', geoid: null };
  // Columns 9 to 11 are state, county and tract, as text: their zeros count.
  const geoid = fields.slice(8, 11).join('');
  if (status !== 'Match' || !/^\d{11}$/.test(geoid)) return null;
  return { status: 'match', geoid };
}
