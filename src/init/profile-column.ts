import { IdentityIndex } from '../load/identity-index.ts';
import { compileDateForm, type ReadDay } from '../load/template/functions/date-forms.ts';

/** Different values up to which a column may be one of codes. */
const maxCodes = 100;

/** Characters of a code. */
const maxCodeLength = 30;

/** Forms of dates that are tried, the usual ones first: of a date that fits two the first is meant. */
const dateForms: readonly (readonly [string, ReadDay])[] = [
  'YYYY-MM-DD',
  'M/D/YYYY',
  'D/M/YYYY',
  'DD-MON-YY',
  'DD-MON-YYYY',
  'YYYYMMDD',
  'DD.MM.YYYY',
  'M/D/YY',
].flatMap((form) => {
  const read = compileDateForm(form);
  return read ? [[form, read] as const] : [];
});

/** Signs that stand for nothing in exports. */
const nothing = /^(null|n\/a|#n\/a|none|-+|\.)$/i;

/** What is known of a column when its values were seen. It keeps no value, unless there are so few that they are codes. */
export class ColumnProfile {
  readonly name: string;
  rows = 0;
  filled = 0;
  emails = 0;
  phones = 0;
  /** Values of digits alone. */
  numbers = 0;
  /** Values of letters, with what names have between them. */
  words = 0;
  /** Values in capital letters alone. */
  capitals = 0;
  longest = 0;
  #codes: Map<string, number> | null = new Map();
  #forms: readonly (readonly [string, ReadDay])[] = dateForms;
  #isUnique = true;
  readonly #seen = new IdentityIndex();

  constructor(name: string) {
    this.name = name;
  }

  add(written: string): void {
    this.rows += 1;
    const value = written.trim();
    if (value === '' || nothing.test(value)) return;
    this.filled += 1;
    this.longest = Math.max(this.longest, value.length);
    if (/^[^@\s]+@[^@\s]+\.[a-z]{2,}$/i.test(value)) this.emails += 1;
    if (/^\+?[\d\s().-]{7,20}$/.test(value) && value.replace(/\D/g, '').length >= 7) this.phones += 1;
    if (/^\d+$/.test(value)) this.numbers += 1;
    if (/^\p{L}[\p{L}\p{M} .,'’-]*$/u.test(value)) this.words += 1;
    if (/\p{L}/u.test(value) && value === value.toUpperCase()) this.capitals += 1;
    if (this.#forms.length > 0) this.#forms = this.#forms.filter(([, read]) => read(value) !== null);
    if (this.#isUnique && !this.#seen.add(1, value, 0)) this.#isUnique = false;
    this.#count(value);
  }

  /** Whether every row has a value, and each another. */
  get isKey(): boolean {
    return this.#isUnique && this.filled === this.rows && this.rows > 0;
  }

  /** Whether no value is there twice. */
  get isUnique(): boolean {
    return this.#isUnique && this.filled > 0;
  }

  /** The form that all values have, if they are dates. */
  get dateForm(): string | null {
    return this.filled > 0 ? (this.#forms[0]?.[0] ?? null) : null;
  }

  /** The codes and how often each occurs, most frequent first; null for a column with many values, or with one for each row. */
  get codes(): readonly (readonly [string, number])[] | null {
    if (!this.#codes || this.#codes.size * 2 > this.filled || this.dateForm !== null) return null;
    return [...this.#codes].sort(([, a], [, b]) => b - a);
  }

  share(count: number): number {
    return this.filled === 0 ? 0 : count / this.filled;
  }

  #count(value: string): void {
    if (!this.#codes) return;
    this.#codes.set(value, (this.#codes.get(value) ?? 0) + 1);
    if (this.#codes.size > maxCodes || value.length > maxCodeLength) this.#codes = null;
  }
}
