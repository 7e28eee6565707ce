import { PatronflowError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-name.ts';
import { DelimitedReader } from '../feeds/delimited-reader.ts';
import { strip } from './blanks.ts';

/** A lookup table as configured: what a source calls a thing, and what Alma calls it. */
export interface LookupTable {
  readonly values: ReadonlyMap<string, string>;
  readonly fallback: string;
}

/** Unmapped values listed per map; more than a page of them says only that the wrong map was given. */
const listedUnmapped = 100;

/** What is shown of a code: from a wrong column come names and addresses, which must not be. */
const looksLikeCode = /^[^@\s]{0,20}$/;

/** Under this name the codes beyond those are counted. */
const others = '(others)';

/** The lookup tables of a run, and what was asked of them that they do not know. */
export class LookupTables {
  readonly #maps: ReadonlyMap<string, LookupTable>;
  readonly #unmapped = new Map<string, Map<string, number>>();

  constructor(maps: ReadonlyMap<string, LookupTable>) {
    this.#maps = maps;
  }

  has(name: string): boolean {
    return this.#maps.has(name);
  }

  suggest(name: string): string {
    return didYouMean(name, [...this.#maps.keys()]);
  }

  /** The value for a code, without regard to blanks around it; the map's default, and a note, when there is none. */
  look(name: string, code: string): string {
    const map = this.#maps.get(name);
    const value = map?.values.get(strip(code));
    if (value !== undefined) return value;
    const counts = this.#unmapped.get(name) ?? new Map<string, number>();
    this.#unmapped.set(name, counts);
    const shown = looksLikeCode.test(code) ? code : '(not shown)';
    const listed = counts.has(shown) || counts.size < listedUnmapped ? shown : others;
    counts.set(listed, (counts.get(listed) ?? 0) + 1);
    return map?.fallback ?? '';
  }

  /** For each map the codes that it lacks and how often each was met; '' stands for an empty column. */
  unmapped(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries(
      [...this.#unmapped].map(([name, counts]) => [name, Object.fromEntries(counts)]),
    );
  }
}

/**
 * Reads a lookup table: a JSON object, or CSV with two columns. The form is told from the text, not
 * from the file's name. Blanks around codes and values are taken away. A code that stands twice keeps its last value, as JSON readers have it.
 * @returns the map, and the codes that stand in it more than once with different values
 * @throws PatronflowError LOOKUP_INVALID
 */
export function parseLookupTable(
  text: string,
  file: string,
): { values: Map<string, string>; doubled: string[] } {
  const pairs = text
    .replace(/^\ufeff/, '')
    .trimStart()
    .startsWith('{')
    ? jsonPairs(text, file)
    : csvPairs(text, file);
  const values = new Map<string, string>();
  const doubled = new Set<string>();
  for (const [code, value] of pairs) {
    if (values.has(code) && values.get(code) !== value) doubled.add(code);
    values.set(code, value);
  }
  return { values, doubled: [...doubled] };
}

function invalid(file: string, what: string, cause?: unknown): PatronflowError {
  return new PatronflowError('LOOKUP_INVALID', `The lookup table ${file} ${what}.`, {
    hint: 'A lookup table is a JSON object {"code": "value"}, or CSV with two columns.',
    cause,
  });
}

/** JSON.parse forgets all but the last of two equal keys, so the keys are collected while it reads. */
function jsonPairs(text: string, file: string): [string, string][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw invalid(file, 'is not JSON', error);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw invalid(file, 'is not a JSON object');
  for (const value of Object.values(parsed)) {
    if (typeof value !== 'string' && typeof value !== 'number')
      throw invalid(file, 'has a value that is neither text nor a number');
  }
  const member = /("(?:[^"\\]|\\.)*")\s*:\s*("(?:[^"\\]|\\.)*"|-?[\d.eE+-]+)/g;
  return [...text.matchAll(member)].map(([, key = '""', value = '""']) => [
    strip(String(JSON.parse(key))),
    strip(String(JSON.parse(value))),
  ]);
}

/** Every line is an entry, also the first: that of a file without a header must not be lost, and no code is called like a column. */
function csvPairs(text: string, file: string): [string, string][] {
  const reader = new DelimitedReader();
  reader.push(text);
  reader.end();
  const pairs: [string, string][] = [];
  for (let record = reader.next(); record; record = reader.next()) {
    if (record.broken) throw invalid(file, `is not CSV: line ${record.line} has a quote in the wrong place`);
    const fields = record.fields.map(strip);
    if (fields.every((field) => field === '')) continue;
    const [code = '', value = '', ...others] = fields;
    if (fields.length < 2 || others.some((other) => other !== ''))
      throw invalid(file, `does not have two columns in line ${record.line}`);
    pairs.push([code, value]);
  }
  return pairs;
}
