import { finish, TextHash } from '../core/hash.ts';

/**
 * A fingerprint of all rows of a group, the same in any order: a database gives them in any. Each row is hashed to 64
 * bits, and four sums of what these mix to are kept. Good against chance, not against someone who wants two
 * feeds to look alike.
 */
export class RowsFingerprint {
  readonly #sums = new Uint32Array(4);
  readonly #row = new TextHash();

  begin(): void {
    this.#row.begin(0x811c9dc5, 0x01000193);
  }

  /** Adds a value to the row that was begun. */
  value(text: string): void {
    const row = this.#row;
    row.add(text);
    // The length keeps `ab`, `c` and `a`, `bc` apart.
    row.begin(
      Math.imul(row.high ^ text.length, 0x27d4eb2f) + 1,
      Math.imul(row.low ^ text.length, 0x165667b1) + 1,
    );
  }

  end(): void {
    const high = finish(this.#row.high ^ Math.imul(this.#row.low, 0x9e3779b1));
    const low = finish(this.#row.low ^ Math.imul(high, 0x7feb352d));
    const sums = this.#sums;
    sums[0] = (sums[0] ?? 0) + high;
    sums[1] = (sums[1] ?? 0) + low;
    sums[2] = (sums[2] ?? 0) + finish(high ^ Math.imul(low, 0x846ca68b));
    sums[3] = (sums[3] ?? 0) + finish(low ^ Math.imul(high, 0x9e3779b1) ^ 0x5bd1e995);
  }

  /** 32 hexadecimal digits. */
  text(): string {
    return [...this.#sums].map((sum) => sum.toString(16).padStart(8, '0')).join('');
  }
}
