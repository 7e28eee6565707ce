/**
 * Remembers which person of the run has a key or an identifier, in about 17 bytes each whatever their length:
 * a million people with three identifiers fit in some 70 MB, as a Set of strings they would take 300.
 *
 * Kept are 64 bits of a seeded hash and the number of the person. That two different values share all 64
 * bits, which would wrongly reject one person, happens once in two million runs of a million people with
 * three identifiers (birthday bound: n squared / 2^65).
 */
export class IdentityIndex {
  readonly #shards: Shard[] = Array.from({ length: shardCount }, () => new Shard());
  readonly #seed: number;

  constructor(seed = Math.floor(Math.random() * 2 ** 32)) {
    this.#seed = seed;
  }

  /** The number of the person who has this value; -1 when nobody has. `space` keeps keys and identifiers apart. */
  find(space: number, value: string): number {
    this.#hash(space, value);
    return this.#shard().find(this.#high, this.#low);
  }

  /** Notes that a person has this value. A value that is known keeps its first person. */
  add(space: number, value: string, person: number): void {
    this.#hash(space, value);
    this.#shard().put(this.#high, this.#low, person, false);
  }

  /** Notes that a person has this value, in the place of another who had it. */
  set(space: number, value: string, person: number): void {
    this.#hash(space, value);
    this.#shard().put(this.#high, this.#low, person, true);
  }

  #high = 0;
  #low = 0;

  /** Two 32-bit multiply-and-rotate hashes over the UTF-16 units, finished as MurmurHash3 is (public domain, A. Appleby). */
  #hash(space: number, original: string): void {
    const value = canonical(original);
    let high = this.#seed ^ space;
    let low = ~this.#seed ^ Math.imul(space, 0x9e3779b1);
    for (let index = 0; index < value.length; index += 1) {
      const unit = value.charCodeAt(index);
      high = Math.imul(high ^ unit, 0x85ebca6b);
      high = (high << 13) | (high >>> 19);
      low = Math.imul(low ^ unit, 0xc2b2ae35);
      low = (low << 17) | (low >>> 15);
    }
    this.#high = finish(high ^ value.length ^ Math.imul(low, 0x27d4eb2f));
    this.#low = finish(low ^ Math.imul(high, 0x165667b1));
  }

  #shard(): Shard {
    // biome-ignore lint/style/noNonNullAssertion: a shift by 24 gives an index below shardCount
    return this.#shards[this.#high >>> 24]!;
  }
}

/** Many small tables instead of one, so that growing one never copies more than a fraction of the whole. */
const shardCount = 256;

/** Alma tells identifiers apart without regard to case, and blanks around one are never meant. */
export function canonical(value: string): string {
  return value.trim().toLowerCase();
}

export function finish(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Share of taken slots at which a shard grows: fuller, and runs of taken slots make each search long. */
const fullest = 0.8;

/** Memory counts for more here than the time to grow, which is some hundredths of a run. */
const growth = 1.4;

/** Open addressing with linear probing; a slot is high, low and person + 1, where 0 means free. */
class Shard {
  #slots = new Uint32Array(64 * 3);
  #used = 0;

  find(high: number, low: number): number {
    return (this.#slots[this.#slotOf(this.#slots, high, low) + 2] ?? 0) - 1;
  }

  put(high: number, low: number, person: number, replaces: boolean): void {
    if (this.#used >= (this.#slots.length / 3) * fullest) this.#grow();
    const slot = this.#slotOf(this.#slots, high, low);
    const isFree = this.#slots[slot + 2] === 0;
    if (!isFree && !replaces) return;
    this.#slots.set([high, low, person + 1], slot);
    if (isFree) this.#used += 1;
  }

  #slotOf(slots: Uint32Array, high: number, low: number): number {
    const count = slots.length / 3;
    let slot = low % count;
    while (slots[slot * 3 + 2] !== 0 && (slots[slot * 3] !== high || slots[slot * 3 + 1] !== low)) {
      slot = slot + 1 === count ? 0 : slot + 1;
    }
    return slot * 3;
  }

  #grow(): void {
    const old = this.#slots;
    const grown = new Uint32Array(Math.ceil((old.length / 3) * growth) * 3);
    for (let slot = 0; slot < old.length; slot += 3) {
      if (old[slot + 2] === 0) continue;
      grown.set(old.subarray(slot, slot + 3), this.#slotOf(grown, old[slot] ?? 0, old[slot + 1] ?? 0));
    }
    this.#slots = grown;
  }
}
