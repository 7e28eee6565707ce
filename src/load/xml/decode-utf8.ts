/** UTF-8 in pieces, which may be cut inside of a character. Tells how far it is UTF-8 when it is not. */
export class Utf8Decoder {
  // Kept, because a parser skips a byte order mark at the start of a file, and one elsewhere is a character.
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #rest: Buffer = Buffer.alloc(0);

  /** @returns the text up to the first byte that is not UTF-8, and that byte; null when all was UTF-8 */
  decode(chunk: Buffer): { readonly text: string; readonly badByte: number | null } {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = endOfCharacters(bytes);
    this.#rest = Buffer.from(bytes.subarray(end));
    const text = this.#textOf(bytes.subarray(0, end));
    if (text !== null) return { text, badByte: null };
    // Halved some sixteen times: more bytes can only stay wrong.
    let good = 0;
    for (let bad = end; bad - good > 1; ) {
      const middle = (good + bad) >> 1;
      if (this.#textOf(bytes.subarray(0, endOfCharacters(bytes.subarray(0, middle)))) === null) bad = middle;
      else good = middle;
    }
    const whole = bytes.subarray(0, endOfCharacters(bytes.subarray(0, good)));
    return { text: this.#textOf(whole) ?? '', badByte: bytes[whole.length] ?? 0 };
  }

  /** Whether the last piece ended inside of a character. */
  get isInsideOfCharacter(): boolean {
    return this.#rest.length > 0;
  }

  #textOf(bytes: Buffer): string | null {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return null;
    }
  }
}

/** Where the last character that is whole ends. */
function endOfCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
