/**
 * Counts the physical lines of a text that comes in pieces: LF, CRLF and CR each end one, and so does the end of the
 * text. Knows nothing of fields and quotes, so that a reader's own count can be held against it.
 */
export class LineCounter {
  #ends = 0;
  #isOpen = false;
  #endsWithReturn = false;

  add(text: string): void {
    if (text === '') return;
    // The line was counted with its CR.
    if (this.#endsWithReturn && text.startsWith('\n')) this.#ends -= 1;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#ends += 1;
    for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) {
      if (text.charCodeAt(at + 1) !== lineFeed) this.#ends += 1;
    }
    const last = text.charCodeAt(text.length - 1);
    this.#endsWithReturn = last === carriageReturn;
    this.#isOpen = last !== lineFeed && last !== carriageReturn;
  }

  /** The lines so far; one that has begun counts. */
  get lines(): number {
    return this.#ends + (this.#isOpen ? 1 : 0);
  }

  /** The line in which what comes next stands. */
  get current(): number {
    return this.#ends + 1;
  }
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
