import type { PatronInfo } from '../core/ports.ts';

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

/** Counts the records of a run, in memory that grows with tracts and combinations, not with patrons. */
export class CrowdCounter {
  readonly #tracts = new Map<string, number>();
  readonly #combinations = new Map<string, number>();
  #withoutTract = 0;
  #records = 0;

  /** Deleted patrons are left out: their record says that they are gone. */
  count({ geoid, ptype_code, patron_home_library_code, deletion_date_et }: PatronInfo): void {
    if (deletion_date_et !== null) return;
    this.#records += 1;
    if (geoid === null) this.#withoutTract += 1;
    else add(this.#tracts, geoid);
    add(this.#combinations, `${geoid}|${ptype_code}|${patron_home_library_code}`);
  }

  crowds(): Crowds {
    const tracts = [...this.#tracts].map(([geoid, records]) => ({ geoid, records }));
    const shown = tracts.filter(({ records }) => records >= smallestCrowd);
    const hidden = tracts.filter(({ records }) => records < smallestCrowd);
    const sizes = [...this.#combinations.values()];
    return {
      tracts: shown.sort((a, b) => b.records - a.records || (a.geoid < b.geoid ? -1 : 1)),
      rare: { tracts: hidden.length, records: sum(hidden.map(({ records }) => records)) },
      withoutTract: this.#withoutTract,
      records: this.#records,
      few: sum(sizes.filter((size) => size < smallestCrowd)),
      alone: sizes.filter((size) => size === 1).length,
    };
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
