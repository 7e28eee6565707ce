import { finish } from './hash.ts';

/**
 * A number for each key of 64 bits, in 12 bytes a slot and some 17 bytes a key, of which a Map would take a hundred.
 * Open addressing with linear probing (Knuth, volume 3, 6.4). Keys are stored whole: two never share a number by chance.
 */
export class HashTable {
  readonly #shards: Shard[] = Array.from({ length: shardCount }, () => new Shard());
  #high = 0;
  #low = 0;

  /**
   * @param high upper half of the key, as a 32-bit integer; so is `low`
   * @returns the number of the key; 0 when it has none
   */
  get(high: number, low: number): number {
    this.#mix(high, low);
    return this.#shard().get(this.#high, this.#low);
  }

  /** @param value a whole number from 1 to 2^32 - 1 */
  set(high: number, low: number, value: number): void {
    this.#mix(high, low);
    this.#shard().set(this.#high, this.#low, value);
  }

  /** All numbers, in no order. */
  *values(): Generator<number> {
    for (const shard of this.#shards) yield* shard.values();
  }

  /**
   * Spreads keys that differ in few bits over all slots. Each half changes by what can be undone when the other is
   * known, so that different keys stay different.
   */
  #mix(high: number, low: number): void {
    this.#high = finish(high ^ Math.imul(low, 0x27d4eb2f));
    this.#low = finish(low ^ Math.imul(this.#high, 0x165667b1));
  }

  #shard(): Shard {
    // biome-ignore lint/style/noNonNullAssertion: a shift by 24 gives an index below shardCount
    return this.#shards[this.#high >>> 24]!;
  }
}

/** Many small tables instead of one, so that growing one never copies more than a fraction of the whole. */
const shardCount = 256;

/** Slots of a shard at first. */
const firstSlots = 64;

/** Share of taken slots at which a shard grows: fuller, and runs of taken slots make each search long. */
const fullest = 0.8;

/** Memory counts for more here than the time to grow, which is some hundredths of a run. */
const growth = 1.4;

/** A slot is high, low and number, where 0 means free. */
class Shard {
  #slots = new Uint32Array(firstSlots * 3);
  #used = 0;

  get(high: number, low: number): number {
    return this.#slots[slotOf(this.#slots, high, low) + 2] ?? 0;
  }

  set(high: number, low: number, value: number): void {
    if (this.#used >= (this.#slots.length / 3) * fullest) this.#grow();
    const slot = slotOf(this.#slots, high, low);
    if (this.#slots[slot + 2] === 0) this.#used += 1;
    this.#slots[slot] = high;
    this.#slots[slot + 1] = low;
    this.#slots[slot + 2] = value;
  }

  *values(): Generator<number> {
    for (let slot = 2; slot < this.#slots.length; slot += 3) {
      const value = this.#slots[slot] ?? 0;
      if (value !== 0) yield value;
    }
  }

  #grow(): void {
    const old = this.#slots;
    const grown = new Uint32Array(Math.ceil((old.length / 3) * growth) * 3);
    for (let slot = 0; slot < old.length; slot += 3) {
      if (old[slot + 2] === 0) continue;
      grown.set(old.subarray(slot, slot + 3), slotOf(grown, old[slot] ?? 0, old[slot + 1] ?? 0));
    }
    this.#slots = grown;
  }
}

/** The slot of a key, or the free one where it would stand. */
function slotOf(slots: Uint32Array, high: number, low: number): number {
  const count = slots.length / 3;
  let slot = low % count;
  while (slots[slot * 3 + 2] !== 0 && (slots[slot * 3] !== high || slots[slot * 3 + 1] !== low)) {
    slot = slot + 1 === count ? 0 : slot + 1;
  }
  return slot * 3;
}
