/** A column of numbers that grows. */
export class Column {
  #values = new Uint32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Uint32Array(this.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  toUint32(): Uint32Array {
    return this.#values.slice(0, this.length);
  }

  at(index: number): number {
    return this.#values[index] ?? 0;
  }
}

/** Texts with a number each, in the order in which they came. */
export class Numbering {
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  /** The texts in order, and for each number its place among them. */
  sorted(): { readonly texts: readonly string[]; readonly places: Uint32Array } {
    const texts = this.#texts.toSorted((a, b) => (a < b ? -1 : 1));
    const places = new Uint32Array(texts.length);
    for (const [place, text] of texts.entries()) places[this.#numbers.get(text) ?? 0] = place;
    return { texts, places };
  }
}
