import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit, type YAMLMap } from 'yaml';
import { PatronflowError } from '../../core/errors.ts';
import { dateOf, parseInstant } from '../../core/instant.ts';
import { didYouMean } from '../../core/nearest-name.ts';
import { type RejectReason, rejectReasons } from '../rejected-person.ts';
import { parseUserPath, type UserPath } from './user-path.ts';

/** A row, and what is to become of it. */
export interface TemplateCase {
  readonly title: string;
  readonly line: number;
  /** The time that the run is dated with; null for the clock's. */
  readonly now: Date | null;
  /** Values by the columns' names as they are written in the case. */
  readonly row: Readonly<Record<string, string>>;
  readonly expected: Expected;
}

/** What a case expects: values at paths, a whole user in a file, or that there is none. */
export type Expected =
  | { readonly kind: 'values'; readonly values: readonly ExpectedValue[] }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'rejects'; readonly reason: RejectReason; readonly element: string | null };

export interface ExpectedValue {
  /** As it is written. */
  readonly text: string;
  readonly path: UserPath;
  /** In order; none for an element that is left out. */
  readonly values: readonly string[];
}

/**
 * Reads the cases of a template.
 * @throws PatronflowError CASES_INVALID that names every problem with its line
 */
export function parseCases(text: string, file: string): readonly TemplateCase[] {
  return new CaseReader(text, file).cases();
}

/** Reads YAML node by node, so that each problem has its line and each value stays as it is written: 02139, 1E5. */
class CaseReader {
  readonly #name: string;
  readonly #lines = new LineCounter();
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #problems: { readonly line: number; readonly message: string }[] = [];

  constructor(text: string, file: string) {
    this.#name = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines });
    visit(this.#document, { Alias: (_, alias) => alias.resolve(this.#document) });
  }

  cases(): readonly TemplateCase[] {
    const { contents, errors } = this.#document;
    for (const { linePos, message } of errors.slice(0, 1))
      this.#problems.push({ line: linePos?.[0].line ?? 1, message: message.split('\n', 1)[0] ?? '' });
    const found = errors.length === 0 ? this.#file(contents) : [];
    if (this.#problems.length === 0) return found;
    const list = this.#problems.map(({ line, message }) => `  - line ${line}: ${message}`);
    const many = list.length === 1 ? 'a problem' : `${list.length} problems`;
    throw new PatronflowError('CASES_INVALID', [`The tests in ${this.#name} have ${many}:`, ...list], {
      hint: 'docs/template-tests.md describes what a test may hold.',
    });
  }

  #file(contents: unknown): TemplateCase[] {
    const keys = this.#map(contents, ['now', 'row', 'cases'], 'the file');
    const shared = this.#row(keys.get('row'));
    const now = this.#now(keys.get('now'));
    const cases = keys.get('cases');
    if (!isSeq(cases) || cases.items.length === 0) {
      this.#problem(cases ?? contents, 'cases must be a list of tests');
      return [];
    }
    return cases.items.flatMap((item) => this.#case(item, shared, now) ?? []);
  }

  #case(item: unknown, shared: TemplateCase['row'], now: Date | null): TemplateCase | null {
    const keys = this.#map(item, ['case', 'now', 'row', 'expect', 'rejects'], 'a test');
    if (keys.size === 0) return null;
    const expected = this.#expected(item, keys);
    if (!expected) return null;
    const own = this.#row(keys.get('row'));
    const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
    const others = Object.entries(shared).filter(([name]) => !names.has(name.toLowerCase()));
    return {
      title: this.#text(keys.get('case')) || `line ${this.#lineOf(item)}`,
      line: this.#lineOf(item),
      now: this.#now(keys.get('now')) ?? now,
      row: { ...Object.fromEntries(others), ...own },
      expected,
    };
  }

  #expected(item: unknown, keys: ReadonlyMap<string, unknown>): Expected | null {
    const expect = keys.get('expect');
    const rejects = keys.get('rejects');
    if ((expect === undefined) === (rejects === undefined))
      return this.#problem(item, 'a test needs either expect or rejects, not both');
    if (rejects !== undefined) return this.#rejects(rejects);
    if (isScalar(expect) && /\.xml$/i.test(this.#text(expect)))
      return { kind: 'file', file: this.#text(expect) };
    if (!isMap(expect) || expect.items.length === 0)
      return this.#problem(expect ?? item, 'expect must have paths with values, or name an XML file');
    return { kind: 'values', values: this.#values(expect) };
  }

  #values(expect: YAMLMap): ExpectedValue[] {
    return expect.items.flatMap(({ key, value }) => {
      const text = this.#text(key);
      const path = parseUserPath(text);
      if (typeof path === 'string') {
        this.#problem(key, path);
        return [];
      }
      const values = isSeq(value) ? value.items.map((each) => this.#text(each)) : [this.#text(value)];
      return [{ text, path, values: values.filter((each) => each !== '') }];
    });
  }

  #rejects(rejects: unknown): Expected | null {
    const keys = isMap(rejects) ? this.#map(rejects, ['reason', 'element'], 'rejects') : null;
    const reason = this.#text(keys ? keys.get('reason') : rejects);
    if (!Object.hasOwn(rejectReasons, reason))
      return this.#problem(
        rejects,
        `"${reason}" is not a reason${didYouMean(reason, Object.keys(rejectReasons))}`,
      );
    const element = keys ? this.#text(keys.get('element')) : '';
    return { kind: 'rejects', reason: reason as RejectReason, element: element === '' ? null : element };
  }

  #row(node: unknown): Record<string, string> {
    if (node === undefined || (isScalar(node) && node.value === null)) return {};
    if (!isMap(node)) {
      this.#problem(node, 'row must have the names of columns with their values');
      return {};
    }
    return Object.fromEntries(node.items.map(({ key, value }) => [this.#text(key), this.#text(value)]));
  }

  #now(node: unknown): Date | null {
    if (node === undefined) return null;
    const instant = parseInstant(this.#text(node), 'UTC');
    return instant === null
      ? this.#problem(node, 'now must be a date or a time, such as 2026-03-01')
      : dateOf(instant);
  }

  #map(node: unknown, known: readonly string[], what: string): ReadonlyMap<string, unknown> {
    if (!isMap(node)) {
      this.#problem(node, `${what} must be \`key: value\` lines with the keys ${known.join(', ')}`);
      return new Map();
    }
    for (const { key } of node.items) {
      const name = this.#text(key);
      if (!known.includes(name)) this.#problem(key, `${what} has no key ${name}${didYouMean(name, known)}`);
    }
    return new Map(node.items.map(({ key, value }) => [this.#text(key), value]));
  }

  /** A value as it is written; nothing for null. */
  #text(node: unknown): string {
    if (isScalar(node))
      return node.value === null ? '' : typeof node.value === 'string' ? node.value : String(node.source);
    if (node !== undefined && node !== null) this.#problem(node, 'a value must be a string or a number');
    return '';
  }

  #lineOf(node: unknown): number {
    const range = (node as Node | null | undefined)?.range;
    return range ? this.#lines.linePos(range[0]).line : 1;
  }

  #problem(node: unknown, message: string): null {
    this.#problems.push({ line: this.#lineOf(node), message });
    return null;
  }
}
