/** Counts above this are as good as any other: whoever shares with four is in a crowd. */
const maxCounted = 255;

/** Slots at first; doubled when three of four are taken. */
const firstSlots = 1 << 12;

/**
 * How often each number was met, in 9 bytes a slot: a back-fill meets as many combinations as there are patrons, for
 * which a Map would take a hundred bytes each. Open addressing with linear probing (Knuth, volume 3, 6.4).
 */
export class CombinationCounts {
  #keys = new Float64Array(firstSlots);
  #counts = new Uint8Array(firstSlots);
  #size = 0;

  /** @param key a whole number of at most 53 bits */
  add(key: number): void {
    if (this.#size * 4 > this.#keys.length * 3) this.#grow();
    const slot = this.#slotOf(key);
    if (this.#counts[slot] === 0) {
      this.#keys[slot] = key;
      this.#size += 1;
    }
    if ((this.#counts[slot] ?? 0) < maxCounted) this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  /** The counts, in no order; 255 stands for as many or more. */
  *values(): Generator<number> {
    for (const count of this.#counts) if (count > 0) yield count;
  }

  #slotOf(key: number): number {
    const mask = this.#keys.length - 1;
    // Both halves of the number are mixed: its low bits are those of the patron type and the library alone.
    const mixed = Math.imul((key % 2 ** 32) ^ Math.imul(Math.floor(key / 2 ** 32), 0x85ebca6b), 0x9e3779b1);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    while (this.#counts[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [keys, counts] = [this.#keys, this.#counts];
    this.#keys = new Float64Array(keys.length * 2);
    this.#counts = new Uint8Array(counts.length * 2);
    for (const [index, count] of counts.entries()) {
      if (count === 0) continue;
      const slot = this.#slotOf(keys[index] as number);
      this.#keys[slot] = keys[index] as number;
      this.#counts[slot] = count;
    }
  }
}
