import { finish } from '../core/hash.ts';

/** Groups kept: half of them at the least, so that a share is known within some two percent. */
const maxGroups = 10_000;

/**
 * Counts how many things are alone in their group, in a memory that does not grow. While the groups are few it is exact.
 * Then only those whose key falls into a half, a quarter … of all keys are kept, each with all of its things: a group is in
 * the sample as a whole or not at all (distinct sampling; Gibbons 2001).
 */
export class SampledGroups {
  readonly #sizes = new Map<number, number>();
  /** Kept are keys that end in so many zero bits. */
  #level = 0;
  #mask = 0;

  /** @param high upper half of a key that is a hash; so is `low` */
  add(high: number, low: number): void {
    const end = finish(low ^ high);
    if (!this.#isKept(end)) return;
    // 53 bits are exact, and two keys in a billion of billions share them.
    const key = (high & 0x1f_ffff) * 2 ** 32 + end;
    this.#sizes.set(key, (this.#sizes.get(key) ?? 0) + 1);
    if (this.#sizes.size > maxGroups) this.#halve();
  }

  /** How many things are alone, or about how many. */
  get alone(): number {
    let alone = 0;
    for (const size of this.#sizes.values()) if (size === 1) alone += 1;
    return alone * 2 ** this.#level;
  }

  #halve(): void {
    this.#level += 1;
    this.#mask = 2 ** this.#level - 1;
    for (const key of this.#sizes.keys()) if (!this.#isKept(key % 2 ** 32)) this.#sizes.delete(key);
  }

  #isKept(end: number): boolean {
    return (end & this.#mask) === 0;
  }
}
