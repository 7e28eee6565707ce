import { finish, TextHash } from '../core/hash.ts';
import { HashTable } from '../core/hash-table.ts';
import type { PatronInfo, SentInfo } from './ports.ts';
import { SampledGroups } from './sampled-groups.ts';

/**
 * How well the records of a run hide those whom they are about. A record without a name still tells the tract, some
 * days, the home library and more; one that shares all of these with few others can be recognised by people who know
 * them of a person (k-anonymity, Sweeney 2002).
 */
export interface Crowds {
  /** Records by geoid, the most frequent first. */
  readonly tracts: readonly { readonly geoid: string; readonly records: number }[];
  /** Tracts with fewer records than may be shown, together. */
  readonly rare: { readonly tracts: number; readonly records: number };
  readonly withoutTract: number;
  /** Records counted. */
  readonly records: number;
  /** What the records tell in the clear: fields that are combined. */
  readonly fields: readonly ClearField[];
  /** Records in a combination that fewer than `smallestCrowd` of them share. */
  readonly few: number;
  /** Records that are alone in theirs. */
  readonly alone: number;
  /** The field that makes most of it, and how many would be alone without it; null where none is alone. */
  readonly most: { readonly field: ClearField; readonly aloneWithout: number } | null;
}

export const noCrowds: Crowds = {
  tracts: [],
  rare: { tracts: 0, records: 0 },
  withoutTract: 0,
  records: 0,
  fields: [],
  few: 0,
  alone: 0,
  most: null,
};

/** Fields that are neither obfuscated nor, as the day of the deletion, of those who are gone. */
const clearFields = [
  'postal_code',
  'geoid',
  'creation_date_et',
  'circ_active_date_et',
  'ptype_code',
  'pcode3',
  'patron_home_library_code',
  'initial_patron_home_library_code',
] as const satisfies readonly (keyof PatronInfo)[];

export type ClearField = (typeof clearFields)[number];

/** A count below five hints at a person; five is the least that statistical offices publish. */
export const smallestCrowd = 5;

/** Counts the records of a run: some 20 bytes for each combination that occurs, as many as patrons. */
export class CrowdCounter {
  readonly #tracts = new Map<string, number>();
  /** Records by the hash of all that they tell. */
  readonly #combinations = new HashTable();
  /** The same without one field, for each field that is sent: those of the first record, as all have the same. */
  #fields: readonly { readonly field: ClearField; readonly without: SampledGroups }[] | null = null;
  readonly #hash = new TextHash();
  /** Hashes of the values of a record, by the place of their field. */
  readonly #highs = new Int32Array(clearFields.length);
  readonly #lows = new Int32Array(clearFields.length);
  #withoutTract = 0;
  #records = 0;

  /** Deleted patrons are left out: their record says that they are gone. */
  count(info: SentInfo): void {
    if ((info.deletion_date_et ?? null) !== null) return;
    this.#records += 1;
    this.#countTract(info.geoid ?? null);
    this.#fields ??= clearFields
      .filter((field) => field in info)
      .map((field) => ({ field, without: new SampledGroups() }));
    let high = 0;
    let low = 0;
    let place = 0;
    for (const { field } of this.#fields) {
      this.#hashValue(place, info[field] ?? null);
      high = (high + (this.#highs[place] ?? 0)) | 0;
      low = (low + (this.#lows[place] ?? 0)) | 0;
      place += 1;
    }
    this.#combinations.set(high, low, this.#combinations.get(high, low) + 1);
    place = 0;
    for (const { without } of this.#fields) {
      without.add((high - (this.#highs[place] ?? 0)) | 0, (low - (this.#lows[place] ?? 0)) | 0);
      place += 1;
    }
  }

  #countTract(geoid: string | null): void {
    if (geoid === null) this.#withoutTract += 1;
    else this.#tracts.set(geoid, (this.#tracts.get(geoid) ?? 0) + 1);
  }

  /** Sums of these tell combinations apart, with or without one of the values. */
  #hashValue(place: number, value: string | number | null): void {
    this.#hash.begin(place + 1, ~place);
    // No value is this text; one that is missing is a value of its own.
    this.#hash.add(value === null ? '\0' : String(value));
    this.#highs[place] = finish(this.#hash.high);
    this.#lows[place] = finish(this.#hash.low);
  }

  crowds(): Crowds {
    const tracts = [...this.#tracts].map(([geoid, records]) => ({ geoid, records }));
    const shown = tracts.filter(({ records }) => records >= smallestCrowd);
    const hidden = tracts.filter(({ records }) => records < smallestCrowd);
    let few = 0;
    let alone = 0;
    for (const size of this.#combinations.values()) {
      if (size < smallestCrowd) few += size;
      if (size === 1) alone += 1;
    }
    return {
      tracts: shown.sort((a, b) => b.records - a.records || (a.geoid < b.geoid ? -1 : 1)),
      rare: { tracts: hidden.length, records: sum(hidden.map(({ records }) => records)) },
      withoutTract: this.#withoutTract,
      records: this.#records,
      fields: (this.#fields ?? []).map(({ field }) => field),
      few,
      alone,
      most: alone === 0 ? null : this.#most(),
    };
  }

  #most(): Crowds['most'] {
    const all = (this.#fields ?? []).map(({ field, without }) => ({ field, aloneWithout: without.alone }));
    const [first] = all.sort((a, b) => a.aloneWithout - b.aloneWithout);
    return first ? { ...first, aloneWithout: Math.min(first.aloneWithout, this.#records) } : null;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
