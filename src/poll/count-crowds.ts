import { HashTable } from '../core/hash-table.ts';
import type { SentInfo } from './ports.ts';

/**
 * How well the records of a run hide those whom they are about. A record without a name still tells tract, patron
 * type and home library; those who share these with few others can be recognised by people who know them (k-anonymity,
 * Sweeney 2002).
 */
export interface Crowds {
  /** Records by geoid, the most frequent first. */
  readonly tracts: readonly { readonly geoid: string; readonly records: number }[];
  /** Tracts with fewer records than may be shown, together. */
  readonly rare: { readonly tracts: number; readonly records: number };
  readonly withoutTract: number;
  /** Records counted. */
  readonly records: number;
  /** Records in a combination that fewer than `smallestCrowd` of them share. */
  readonly few: number;
  /** Records that are alone in theirs. */
  readonly alone: number;
}

/** A count below five hints at a person; five is the least that statistical offices publish. */
export const smallestCrowd = 5;

/** Counts the records of a run: some 20 bytes for each combination of the three that occurs, as many as patrons. */
export class CrowdCounter {
  /** By geoid, numbered from 1 as they come. */
  readonly #tracts = new Map<string, { readonly number: number; records: number }>();
  /** Records by kind and tract. */
  readonly #combinations = new HashTable();
  /** Patron types with home libraries, numbered as they come. */
  readonly #kinds = new Map<string, number>();
  #withoutTract = 0;
  #records = 0;

  /** Deleted patrons are left out: their record says that they are gone. */
  count(info: SentInfo): void {
    const { geoid = null, ptype_code = null, patron_home_library_code = null } = info;
    if ((info.deletion_date_et ?? null) !== null) return;
    this.#records += 1;
    const name = `${ptype_code}|${patron_home_library_code}`;
    const kind = this.#kinds.get(name) ?? this.#kinds.size;
    this.#kinds.set(name, kind);
    const tract = this.#countTract(geoid);
    this.#combinations.set(kind, tract, this.#combinations.get(kind, tract) + 1);
  }

  /** @returns the number of the tract; 0 when there is none */
  #countTract(geoid: string | null): number {
    if (geoid === null) {
      this.#withoutTract += 1;
      return 0;
    }
    const tract = this.#tracts.get(geoid) ?? { number: this.#tracts.size + 1, records: 0 };
    tract.records += 1;
    this.#tracts.set(geoid, tract);
    return tract.number;
  }

  crowds(): Crowds {
    const tracts = [...this.#tracts].map(([geoid, { records }]) => ({ geoid, records }));
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
      few,
      alone,
    };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
