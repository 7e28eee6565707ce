import { PatronflowError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-name.ts';
import { safeText } from '../core/safe-text.ts';
import { DelimitedReader } from '../feeds/delimited-reader.ts';
import { strip } from './blanks.ts';
import { UnmappedValues } from './unmapped-values.ts';

/** A lookup table as its file has it: what a source calls a thing, and what Alma calls it. */
export interface LookupEntries {
  /** Columns of codes, which are looked up together. */
  readonly codes: number;
  /** By code, or by codes as `joined` has them. */
  readonly values: ReadonlyMap<string, string>;
  /** Lines of several codes of which some stand for any, in the order of the file. */
  readonly rules: readonly { readonly codes: readonly string[]; readonly value: string }[];
}

/** A lookup table as configured. */
export interface LookupTable extends LookupEntries {
  readonly fallback: string;
  /** Values that it lacks are not listed: not everybody has one. */
  readonly isOptional: boolean;
}

/** In a table of several columns it stands for any code, also for none. */
const anyCode = '*';

/** Between several codes of one key; no code has this character, which separates the units of a file. */
const separator = '\u001f';
const joined = (codes: readonly string[]): string => codes.join(separator);

/** Every code that stands in a table, in any of its columns. */
export function codesIn({ values, rules }: LookupEntries): ReadonlySet<string> {
  return new Set([
    ...[...values.keys()].flatMap((key) => key.split(separator)),
    ...rules.flatMap(({ codes }) => codes),
  ]);
}

/** The lookup tables of a run, and what was asked of them that they do not know. */
export class LookupTables {
  readonly #maps: ReadonlyMap<string, LookupTable>;
  readonly #unmapped = new Map<string, UnmappedValues>();

  /** Told of each value that a table lacks, while one person is explained. */
  onUnmapped: ((name: string) => void) | null = null;

  constructor(maps: ReadonlyMap<string, LookupTable>) {
    this.#maps = maps;
  }

  table(name: string): LookupTable | undefined {
    return this.#maps.get(name);
  }

  suggest(name: string): string {
    return didYouMean(name, [...this.#maps.keys()]);
  }

  /** Whether any table has this code. */
  hasCode(code: string): boolean {
    return [...this.#maps.values()].some((table) => codesIn(table).has(code));
  }

  /** The value for a code or several, without regard to blanks around them; the table's default, and a note, when there is none. */
  look(name: string, codes: readonly string[]): string {
    const table = this.#maps.get(name);
    const stripped = codes.map(strip);
    const value = table?.values.get(joined(stripped)) ?? byRule(table, stripped);
    if (value === undefined) {
      this.onUnmapped?.(name);
      if (!table?.isOptional) this.noteUnmapped(name, stripped);
      return table?.fallback ?? '';
    }
    if (!table?.isOptional) this.#told(name).found(stripped.join('|'));
    return value;
  }

  /** Notes a value that a table lacks. */
  noteUnmapped(name: string, codes: readonly string[]): void {
    this.#told(name).missed(codes.join('|'));
  }

  #told(name: string): UnmappedValues {
    const known = this.#unmapped.get(name);
    if (known) return known;
    const table = this.#maps.get(name);
    const made = new UnmappedValues(table ? codesIn(table) : new Set());
    this.#unmapped.set(name, made);
    return made;
  }

  /** For each map what it lacks and how often each was met; '' stands for an empty column. */
  unmapped(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    const counted = [...this.#unmapped].map(([name, values]) => [name, values.counts()] as const);
    return Object.fromEntries(counted.filter(([, counts]) => Object.keys(counts).length > 0));
  }
}

/** The value of the first line whose codes fit. */
function byRule(table: LookupTable | undefined, codes: readonly string[]): string | undefined {
  return table?.rules.find((rule) => rule.codes.every((code, at) => code === anyCode || code === codes[at]))
    ?.value;
}

/**
 * Reads a lookup table: a JSON object, or CSV with one column of codes or several, and one of values. The form is told from the text,
 * not from the file's name. Blanks around codes and values are taken away. A code that stands twice keeps its last value, as JSON readers have it.
 * @returns the table, and the codes that stand in it more than once with different values
 * @throws PatronflowError LOOKUP_INVALID
 */
export function parseLookupTable(text: string, file: string): LookupEntries & { doubled: string[] } {
  const isJson = text
    .replace(/^\ufeff/, '')
    .trimStart()
    .startsWith('{');
  const lines = isJson ? jsonLines(text, file) : csvLines(text, file);
  const isRule = ({ codes }: LookupLine) => codes.length > 1 && codes.includes(anyCode);
  const values = new Map<string, string>();
  const doubled = new Set<string>();
  for (const { codes, value } of lines.filter((line) => !isRule(line))) {
    const key = joined(codes);
    if (values.has(key) && values.get(key) !== value) doubled.add(codes.join('|'));
    values.set(key, value);
  }
  return { codes: lines[0]?.codes.length ?? 1, values, rules: lines.filter(isRule), doubled: [...doubled] };
}

type LookupLine = LookupEntries['rules'][number];

function invalid(file: string, what: string, cause?: unknown): PatronflowError {
  return new PatronflowError('LOOKUP_INVALID', `The lookup table ${safeText(file)} ${what}.`, {
    hint: 'A lookup table is a JSON object {"code": "value"}, or CSV with a column of values after one or more columns of codes.',
    cause,
  });
}

/** JSON.parse forgets all but the last of two equal keys, so the keys are collected while it reads. */
function jsonLines(text: string, file: string): LookupLine[] {
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
  return [...text.matchAll(member)].map(([, key = '""', value = '""']) => ({
    codes: [strip(String(JSON.parse(key)))],
    value: strip(String(JSON.parse(value))),
  }));
}

/** Every line is an entry, also the first: that of a file without a header must not be lost, and no code is called like a column. */
function csvLines(text: string, file: string): LookupLine[] {
  const reader = new DelimitedReader();
  reader.push(text);
  reader.end();
  const lines: LookupLine[] = [];
  let width = 0;
  for (let record = reader.next(); record; record = reader.next()) {
    if (record.broken) throw invalid(file, `is not CSV: line ${record.line} has a quote in the wrong place`);
    const fields = record.fields.map(strip);
    const filled = fields.findLastIndex((field) => field !== '') + 1;
    if (filled === 0) continue;
    // The first line says how many columns there are; spreadsheets put empty ones behind them.
    if (width === 0) width = Math.max(2, filled);
    if (fields.length < width || filled > width)
      throw invalid(file, `does not have ${width === 2 ? 'two' : width} columns in line ${record.line}`);
    lines.push({ codes: fields.slice(0, width - 1), value: fields[width - 1] ?? '' });
  }
  return lines;
}
