import { isAscii, isUtf8 } from 'node:buffer';
import { PatronflowError } from '../core/errors.ts';
import { LineCounter } from './line-counter.ts';

/**
 * The text of a file that must be UTF-8: anything else would be delivered with every accent lost. Counts its lines.
 */
export class Utf8Text {
  readonly #name: string;
  readonly #counter = new LineCounter();
  #rest: Buffer = Buffer.alloc(0);
  #isFirst = true;
  #hasUtf8 = false;

  /** @param name of the file, for messages */
  constructor(name: string) {
    this.#name = name;
  }

  /** Lines so far. */
  get lines(): number {
    return this.#counter.lines;
  }

  /** @throws PatronflowError SOURCE_QUERY that says what the file is instead, and how it becomes UTF-8 */
  decode(chunk: Buffer): string {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#isFirst) this.#refuseOtherKinds(bytes);
    this.#isFirst = false;
    const whole = bytes.length - unfinishedBytes(bytes);
    this.#rest = Buffer.from(bytes.subarray(whole));
    return this.#text(bytes.subarray(0, whole));
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

  #refuseOtherKinds(bytes: Buffer): void {
    const hex = bytes.subarray(0, 4).toString('hex');
    const kind = fileKinds.find(({ begins }) => hex.startsWith(begins));
    if (kind) throw this.#refusal(kind.what, kind.hint);
    const utf16 = unmarkedUtf16(bytes);
    if (utf16) throw this.#refusal('is UTF-16, not UTF-8', convertHint(utf16));
  }

  #notUtf8(bytes: Buffer): PatronflowError {
    const bad = firstBadByte(bytes);
    this.#counter.add(bytes.toString('latin1', 0, bad));
    const where = `has bytes in line ${this.#counter.current} that are not UTF-8`;
    // Converted as a whole, what is UTF-8 already would be encoded twice.
    if (this.#hasUtf8 || hasMultibyteUtf8(bytes)) {
      return this.#refusal(
        `${where}, beside others that are`,
        'The file was put together from two encodings, or was cut. Ask for it in UTF-8; to convert it as a whole would damage the lines that are UTF-8 already.',
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

function convertHint(encoding: string): string {
  return `Export it as UTF-8, or convert it: iconv -f ${encoding} -t UTF-8 FILE > FILE.utf8, then put FILE.utf8 in its place.`;
}

/** What a file called .csv may be instead, told by its first bytes. */
const fileKinds = [
  // Before UTF-16, whose mark is the beginning of this one.
  { begins: 'fffe0000', what: 'is UTF-32, not UTF-8', hint: convertHint('UTF-32') },
  { begins: '0000feff', what: 'is UTF-32, not UTF-8', hint: convertHint('UTF-32') },
  { begins: 'fffe', what: 'is UTF-16, not UTF-8', hint: convertHint('UTF-16') },
  { begins: 'feff', what: 'is UTF-16, not UTF-8', hint: convertHint('UTF-16') },
  {
    begins: '504b0304',
    what: 'is a zip file or an Excel workbook, not CSV',
    hint: 'Unpack it, or save the sheet as "CSV UTF-8" in Excel.',
  },
  {
    begins: 'd0cf11e0',
    what: 'is an old Excel workbook, not CSV',
    hint: 'Save the sheet as "CSV UTF-8" in Excel.',
  },
  { begins: '1f8b', what: 'is compressed by gzip', hint: 'Unpack it: gunzip.' },
];

/** Bytes looked at for an encoding without a mark. */
const sample = 4096;

/** UTF-16 without its mark: of mostly Latin text every second byte is zero. Lone zero bytes are a matter of one value. */
function unmarkedUtf16(bytes: Buffer): string | null {
  const length = Math.min(bytes.length, sample) & ~1;
  if (length < 4) return null;
  const zeros = [0, 0];
  for (let at = 0; at < length; at += 1) if (bytes[at] === 0) zeros[at & 1] = (zeros[at & 1] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const many = length / 4;
  if (odd > many && even === 0) return 'UTF-16LE';
  if (even > many && odd === 0) return 'UTF-16BE';
  return null;
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
