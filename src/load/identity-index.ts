import { TextHash } from '../core/hash.ts';
import { HashTable } from '../core/hash-table.ts';

/**
 * Remembers which person of the run has a key or an identifier, in about 17 bytes each, short or long:
 * a million people with three identifiers fit in some 70 MB, as a Set of strings they would take 300.
 *
 * Kept are 64 bits of a seeded hash and the number of the person. That two different values share all 64
 * bits, which would wrongly reject one person, happens once in two million runs of a million people with
 * three identifiers (birthday bound: n squared / 2^65).
 */
export class IdentityIndex {
  /** The number of a person, counted from 1. */
  readonly #people = new HashTable();
  readonly #hash = new TextHash();
  readonly #seed: number;

  constructor(seed = Math.floor(Math.random() * 2 ** 32)) {
    this.#seed = seed;
  }

  /** The number of the person who has this value; -1 when no one has it. `space` keeps keys and identifiers apart. */
  find(space: number, value: string): number {
    const { high, low } = this.#hashOf(space, value);
    return this.#people.get(high, low) - 1;
  }

  /** Notes that a person has this value. A value that is known keeps its first person. @returns whether it was new */
  add(space: number, value: string, person: number): boolean {
    const { high, low } = this.#hashOf(space, value);
    const isNew = this.#people.get(high, low) === 0;
    if (isNew) this.#people.set(high, low, person + 1);
    return isNew;
  }

  /**
   * Notes that a person has this value, in the place of another who had it.
   * @returns the number of that other; -1 when no one had it
   */
  set(space: number, value: string, person: number): number {
    const { high, low } = this.#hashOf(space, value);
    const former = this.#people.get(high, low) - 1;
    this.#people.set(high, low, person + 1);
    return former;
  }

  #hashOf(space: number, original: string): TextHash {
    const value = canonical(original);
    this.#hash.begin(this.#seed ^ space, ~this.#seed ^ Math.imul(space, 0x9e3779b1));
    this.#hash.add(value);
    this.#hash.high ^= value.length;
    return this.#hash;
  }
}

/** Alma tells identifiers apart without regard to case, and blanks around one are never meant. */
export function canonical(value: string): string {
  return value.trim().toLowerCase();
}
