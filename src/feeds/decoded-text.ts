import { TextDecoder } from 'node:util';
import { PatronflowError } from '../core/errors.ts';
import type { FeedText } from './feed-text.ts';
import { refuseOtherKinds, refuseOtherMark } from './file-kind.ts';
import { LineCounter } from './line-counter.ts';

/** The text of a feed in an encoding that the configuration names. Bytes that it does not have stop the reading. */
export class DecodedText implements FeedText {
  readonly #name: string;
  readonly #encoding: string;
  readonly #decoder: TextDecoder;
  readonly #counter = new LineCounter();
  #bytes = 0;

  constructor(name: string, encoding: string) {
    this.#name = name;
    this.#encoding = encoding;
    this.#decoder = new TextDecoder(encoding, { fatal: true });
  }

  get lines(): number {
    return this.#counter.lines;
  }

  decode(chunk: Buffer): string {
    if (this.#bytes === 0) {
      refuseOtherKinds(chunk, this.#name);
      refuseOtherMark(chunk, this.#name, this.#decoder.encoding);
    }
    let text: string;
    try {
      text = this.#decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw this.#undecodable(chunk, error);
    }
    this.#bytes += chunk.length;
    this.#counter.add(text);
    return text;
  }

  end(): boolean {
    try {
      this.#counter.add(this.#decoder.decode());
      return false;
    } catch {
      return true;
    }
  }

  #undecodable(chunk: Buffer, cause: unknown): PatronflowError {
    const good = this.#goodBytes(chunk);
    this.#counter.add(new TextDecoder(this.#encoding).decode(chunk.subarray(0, good)));
    return new PatronflowError(
      'SOURCE_QUERY',
      `${this.#name} has bytes in line ${this.#counter.current} that are not ${this.#encoding} (byte ${this.#bytes + good + 1} of the file).`,
      { hint: "Look at the line, and set the table's format.encoding to what the file has.", cause },
    );
  }

  /** Bytes that can be decoded, by halving: the decoder does not say where it failed. */
  #goodBytes(chunk: Buffer): number {
    // A chunk may begin in the middle of a character of UTF-16.
    const begun = this.#decoder.encoding.startsWith('utf-16') ? this.#bytes % 2 : 0;
    let [good, bad] = [begun, chunk.length];
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      if (isDecodable(chunk.subarray(begun, middle), this.#encoding)) good = middle;
      else bad = middle;
    }
    return good;
  }
}

function isDecodable(bytes: Buffer, encoding: string): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
