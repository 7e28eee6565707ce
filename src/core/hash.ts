/** The end of MurmurHash3 (public domain, A. Appleby): every bit of the result depends on every bit that comes in. */
export function finish(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Two 32-bit multiply-and-rotate hashes over the UTF-16 units of texts; to be finished by the caller. */
export class TextHash {
  high = 0;
  low = 0;

  begin(high: number, low: number): void {
    this.high = high;
    this.low = low;
  }

  add(text: string): void {
    let { high, low } = this;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      high = Math.imul(high ^ unit, 0x85ebca6b);
      high = (high << 13) | (high >>> 19);
      low = Math.imul(low ^ unit, 0xc2b2ae35);
      low = (low << 17) | (low >>> 15);
    }
    this.high = high;
    this.low = low;
  }
}
