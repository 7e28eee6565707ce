import { isAscii, isUtf8 } from 'node:buffer';
import { PatronflowError } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import type { FeedText } from './feed-text.ts';
import { convertHint, refuseOtherKinds, refuseUtf16 } from './file-kind.ts';
import { LineCounter } from './line-counter.ts';

/**
 * The text of a file that must be UTF-8: anything else would be delivered with every accent lost. Counts its lines.
 */
export class Utf8Text implements FeedText {
  readonly #name: string;
  readonly #counter = new LineCounter();
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes before those that are being decoded. */
  #bytes = 0;
  #hasUtf8 = false;

  /** @param name of the file, for messages */
  constructor(name: string) {
    this.#name = safeText(name);
  }

  /** Lines so far. */
  get lines(): number {
    return this.#counter.lines;
  }

  /** @throws PatronflowError SOURCE_QUERY that says what the file is instead, and how it becomes UTF-8 */
  decode(chunk: Buffer): string {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#bytes === 0) {
      refuseOtherKinds(bytes, this.#name);
      refuseUtf16(bytes, this.#name);
    }
    const whole = bytes.length - unfinishedBytes(bytes);
    this.#rest = Buffer.from(bytes.subarray(whole));
    const decoded = this.#text(bytes.subarray(0, whole));
    this.#bytes += whole;
    return decoded;
  }

  /** @returns whether the file breaks off inside a character */
  end(): boolean {
    if (this.#rest.length === 0) return false;
    if (!this.#hasUtf8) throw this.#notUtf8(this.#rest);
    return true;
  }

  #text(bytes: Buffer): string {
    let text: string;
    if (isAscii(bytes)) text = bytes.toString('latin1');
    else if (isUtf8(bytes)) {
      this.#hasUtf8 = true;
      text = bytes.toString('utf8');
    } else throw this.#notUtf8(bytes);
    this.#counter.add(text);
    return text;
  }

  #notUtf8(bytes: Buffer): PatronflowError {
    const bad = firstBadByte(bytes);
    this.#counter.add(bytes.toString('latin1', 0, bad));
    const where = `has bytes in line ${this.#counter.current} that are not UTF-8 (byte ${this.#bytes + bad + 1} of the file)`;
    // Converted as a whole, what is UTF-8 already would be encoded twice.
    if (this.#hasUtf8 || hasMultibyteUtf8(bytes)) {
      return this.#refusal(
        `${where}, beside others that are`,
        'The file mixes two encodings, or was cut off. Ask for it in UTF-8. Converting the entire file would damage the lines that are UTF-8 already.',
      );
    }
    if (bytes.some((byte) => notWindows1252.has(byte))) {
      return this.#refusal(
        where,
        'It is not Windows-1252 either. Ask which encoding it has, or for UTF-8, before you convert it.',
      );
    }
    return this.#refusal(`${where}; it looks like Windows-1252`, convertHint('WINDOWS-1252'));
  }

  #refusal(what: string, hint: string): PatronflowError {
    return new PatronflowError('SOURCE_QUERY', `${this.#name} ${what}.`, { hint });
  }
}

/** Bytes that Windows-1252 does not define. */
const notWindows1252 = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Bytes that a character has which begins with this one; 1 for what begins none. */
function lengthOfCharacter(lead: number): number {
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xc2 && lead < 0xe0 ? 2 : 1;
}

/** Bytes at the end that begin a character and do not finish it. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    return lengthOfCharacter(byte) > back ? back : 0;
  }
  return 0;
}

function firstBadByte(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; ) {
    const length = (bytes[at] ?? 0) < 0x80 ? 1 : lengthOfCharacter(bytes[at] ?? 0);
    if ((bytes[at] ?? 0) >= 0x80 && (length === 1 || !isUtf8(bytes.subarray(at, at + length)))) return at;
    at += length;
  }
  return bytes.length;
}

/** Tells whether bytes hold a character of UTF-8 beyond ASCII, which other encodings hardly hold by accident. */
function hasMultibyteUtf8(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += 1) {
    const length = lengthOfCharacter(bytes[at] ?? 0);
    if (length > 1 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) return true;
  }
  return false;
}
