import { CombinationCounts } from './combination-counts.ts';
import type { PatronInfo } from './ports.ts';

/**
 * How well the records of a run hide those whom they are about. A record without a name still tells tract, patron
 * type and home library; who shares these with few others can be recognised by whoever knows them (k-anonymity,
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

/** Below five a count is a hint at somebody: the least that statistical offices publish. */
export const smallestCrowd = 5;

/** 11 digits of a geoid and 16 bits make the 53 that a number holds; no library has as many kinds. */
const maxKinds = 2 ** 16;

/** Counts the records of a run: some 20 bytes for each combination of the three that occurs. */
export class CrowdCounter {
  readonly #tracts = new Map<string, number>();
  readonly #combinations = new CombinationCounts();
  /** Patron types with home libraries, numbered as they come. */
  readonly #kinds = new Map<string, number>();
  #withoutTract = 0;
  #records = 0;

  /** Deleted patrons are left out: their record says that they are gone. */
  count({ geoid, ptype_code, patron_home_library_code, deletion_date_et }: PatronInfo): void {
    if (deletion_date_et !== null) return;
    this.#records += 1;
    if (geoid === null) this.#withoutTract += 1;
    else add(this.#tracts, geoid);
    const name = `${ptype_code}|${patron_home_library_code}`;
    const kind = this.#kinds.get(name) ?? this.#kinds.size;
    this.#kinds.set(name, kind);
    const tract = /^\d{1,11}$/.test(geoid ?? '') ? Number(geoid) + 1 : 0;
    this.#combinations.add(tract * maxKinds + (kind % maxKinds));
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
      few,
      alone,
    };
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
