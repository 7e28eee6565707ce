import type { Breakage, FeedRecord, RecordReader } from './feed-record.ts';

/** How a text divides its rows into fields. */
export interface DelimitedText {
  /** One sign or several. */
  readonly delimiter: string;
  /** What stands around a value that holds a delimiter or a line end; null where nothing does. */
  readonly quote: '"' | "'" | null;
  /** The lines at the beginning that are no rows. */
  readonly skipLines: number;
  /** What begins a line that is no row; null where no line is one. */
  readonly comment: string | null;
}

/** How long a record may be before it counts as broken. */
interface RecordLimits {
  readonly maxLines: number;
  readonly maxCharacters: number;
}

/**
 * The longest address has some ten lines; what is longer is a quote that swallows rows. And 1 MiB of plain text: a file
 * without line ends must not fill the memory.
 */
const usualLimits: RecordLimits = { maxLines: 20, maxCharacters: 1024 * 1024 };

const plainText = { delimiter: ',', quote: '"', skipLines: 0, comment: null } as const;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

const endMark = 0x1a;

const isLineEnd = (unit: number): boolean => unit === lineFeed || unit === carriageReturn;

/** Where files were put together, a line may begin with the byte order mark or behind the end mark of DOS. */
const isMark = (unit: number): boolean => unit === 0xfeff || unit === endMark;

/**
 * Divides delimited text into records and fields. LF, CRLF and CR each end a record, also mixed. A quote opens right
 * behind a delimiter or a line end and closes right before one; inside it is written twice. Any other quote breaks the
 * record, which then ends at its line end, as does one that is too long. No line is lost: the `lines` of all records
 * are the lines of the text.
 *
 * Text is pushed as it arrives, and records are taken one by one, so that few are in memory.
 */
export class DelimitedReader implements RecordReader {
  readonly #delimiter: string;
  readonly #quote: string | null;
  readonly #doubledQuote: string;
  readonly #comment: string | null;
  readonly #skipLines: number;
  readonly #limits: RecordLimits;
  #text = '';
  #position = 0;
  #line = 1;
  #isLast = false;
  #isSkipping = false;
  #marks = 0;
  // The next of each at or behind the place that is read; the length of the text where there is none.
  #nextLineFeed = -1;
  #nextReturn = -1;
  #nextQuote = -1;

  constructor(text: Partial<DelimitedText & RecordLimits> = {}) {
    const { delimiter, quote, skipLines, comment } = { ...plainText, ...text };
    this.#limits = { ...usualLimits, ...text };
    this.#delimiter = delimiter;
    this.#quote = quote;
    this.#doubledQuote = `${quote}${quote}`;
    this.#skipLines = skipLines;
    this.#comment = comment;
  }

  push(text: string): void {
    this.#text = this.#position === this.#text.length ? text : this.#text.slice(this.#position) + text;
    this.#position = 0;
    this.#forgetPlaces();
  }

  /** Says that no more text comes. */
  end(): void {
    this.#isLast = true;
    // The end mark of DOS is no part of the last value; on a line of its own it is a line without a value.
    let end = this.#text.length;
    while (end > this.#position && this.#text.charCodeAt(end - 1) === endMark) end -= 1;
    if (end > this.#position && !isLineEnd(this.#text.charCodeAt(end - 1)))
      this.#text = this.#text.slice(0, end);
    this.#forgetPlaces();
  }

  /** Marks taken away from the beginning of a line other than the first. */
  get marks(): number {
    return this.#marks;
  }

  /** The next record; null where more text is needed, or none comes. */
  next(): FeedRecord | null {
    const start = this.#position;
    if (this.#isSkipping) return this.#skip();
    if (start >= this.#text.length) return null;
    let first = start;
    while (isMark(this.#text.charCodeAt(first))) first += 1;
    const record = this.#recordFrom(first);
    if (record && record.line > 1) this.#marks += first - start;
    return record;
  }

  #recordFrom(first: number): FeedRecord | null {
    const text = this.#text;
    const end = this.#lineEnd(first);
    if (end === text.length && !this.#isLast) return this.#wait();
    const isNoRow =
      this.#line <= this.#skipLines || (this.#comment !== null && text.startsWith(this.#comment, first));
    if (!isNoRow && this.#quoteFrom(first) < end) return this.#quoted(first);
    const behind = this.#behind(end);
    if (behind < 0) return null;
    if (isNoRow) return { ...this.#record([], null, behind, 1), isSkipped: true };
    if (end - first > this.#limits.maxCharacters) return this.#broken('record_too_long', behind, 1);
    return this.#record(this.#plainFields(first, end), null, behind, 1);
  }

  /** The fields of a line without quotes: nearly all lines are. */
  #plainFields(first: number, end: number): string[] {
    const text = this.#text;
    const fields: string[] = [];
    let at = first;
    for (
      let found = text.indexOf(this.#delimiter, at);
      found >= 0 && found < end;
      found = text.indexOf(this.#delimiter, at)
    ) {
      fields.push(text.slice(at, found));
      at = found + this.#delimiter.length;
    }
    fields.push(text.slice(at, end));
    return fields;
  }

  /** A record with quotes, field by field. */
  #quoted(first: number): FeedRecord | null {
    const text = this.#text;
    const fields: string[] = [];
    let lines = 1;
    let at = first;
    for (;;) {
      let end: number;
      if (this.#quote !== null && text.startsWith(this.#quote, at)) {
        const close = this.#closingQuote(at + 1, this.#quote);
        for (let line = this.#lineEnd(at); line < close; ) {
          const behind = this.#behind(line);
          if (behind < 0) return null;
          if (lines === this.#limits.maxLines) return this.#broken('record_too_long', behind, lines);
          // Behind the last line end of the text no line begins.
          if (behind === text.length && this.#isLast) break;
          lines += 1;
          line = this.#lineEnd(behind);
        }
        end = close + 1;
        if (end >= text.length && !this.#isLast) return this.#wait();
        if (close === text.length) return this.#broken('unclosed_quote', close, lines);
        const value = text.slice(at + 1, close);
        fields.push(value.includes(this.#quote) ? value.replaceAll(this.#doubledQuote, this.#quote) : value);
      } else {
        end = this.#fieldEnd(at);
        if (this.#quoteFrom(at) < end) end = this.#quoteFrom(at);
        fields.push(text.slice(at, end));
      }
      if (end < text.length && text.startsWith(this.#delimiter, end)) {
        at = end + this.#delimiter.length;
        continue;
      }
      const lineEnd = this.#lineEnd(end);
      if (lineEnd === text.length && !this.#isLast) return this.#wait();
      const behind = this.#behind(lineEnd);
      if (behind < 0) return null;
      if (lineEnd !== end) return this.#broken('broken_quotes', behind, lines);
      if (lineEnd - this.#position > this.#limits.maxCharacters)
        return this.#broken('record_too_long', behind, lines);
      return this.#record(fields, null, behind, lines);
    }
  }

  /** The quote that closes the field; the length of the text where none does. */
  #closingQuote(from: number, quote: string): number {
    let at = from;
    for (;;) {
      const found = this.#text.indexOf(quote, at);
      if (found < 0) return this.#text.length;
      if (!this.#text.startsWith(quote, found + 1)) return found;
      at = found + 2;
    }
  }

  #fieldEnd(from: number): number {
    const delimiter = this.#text.indexOf(this.#delimiter, from);
    const line = this.#lineEnd(from);
    return delimiter < 0 ? line : Math.min(delimiter, line);
  }

  /** What is wrong ends with the line in which it shows: what follows are rows again. */
  #broken(broken: Breakage, behind: number, lines: number): FeedRecord {
    return this.#record([], broken, behind, lines);
  }

  #record(fields: readonly string[], broken: Breakage | null, behind: number, lines: number): FeedRecord {
    const line = this.#line;
    this.#line += lines;
    this.#position = behind;
    const isEnded = isLineEnd(this.#text.charCodeAt(behind - 1));
    return { fields, line, lines, broken, isEnded };
  }

  /** Asks for more text, unless the record is longer than any can be: it ends with its last whole line, or with the line that is being read. */
  #wait(): FeedRecord | null {
    const text = this.#text;
    if (text.length - this.#position <= this.#limits.maxCharacters) return null;
    this.#forgetPlaces();
    let lines = 0;
    let at = this.#position;
    for (let end = this.#lineEnd(at); end < text.length; end = this.#lineEnd(at)) {
      const behind = this.#behind(end);
      if (behind < 0) break;
      at = behind;
      lines += 1;
    }
    if (lines > 0) return this.#broken('record_too_long', at, lines);
    this.#isSkipping = true;
    this.#position = text.length;
    return null;
  }

  /** Goes to the end of an endless line, of which nothing is kept. */
  #skip(): FeedRecord | null {
    const end = this.#lineEnd(this.#position);
    if (end === this.#text.length && !this.#isLast) {
      this.#position = end;
      return null;
    }
    const behind = this.#behind(end);
    if (behind < 0) return null;
    this.#isSkipping = false;
    return this.#broken('record_too_long', behind, 1);
  }

  /** The first line end at or behind a place; the length of the text where there is none. */
  #lineEnd(from: number): number {
    if (this.#nextLineFeed < from) this.#nextLineFeed = this.#find('\n', from);
    if (this.#nextReturn < from) this.#nextReturn = this.#find('\r', from);
    return Math.min(this.#nextLineFeed, this.#nextReturn);
  }

  #quoteFrom(from: number): number {
    if (this.#quote === null) return this.#text.length;
    if (this.#nextQuote < from) this.#nextQuote = this.#find(this.#quote, from);
    return this.#nextQuote;
  }

  #find(what: string, from: number): number {
    const found = this.#text.indexOf(what, from);
    return found < 0 ? this.#text.length : found;
  }

  #forgetPlaces(): void {
    this.#nextLineFeed = -1;
    this.#nextReturn = -1;
    this.#nextQuote = -1;
  }

  /** The place behind a line end; -1 where the text ends with a CR of which the LF may still come. */
  #behind(lineEnd: number): number {
    if (lineEnd === this.#text.length || this.#text.charCodeAt(lineEnd) === lineFeed)
      return Math.min(lineEnd + 1, this.#text.length);
    if (lineEnd + 1 === this.#text.length) return this.#isLast ? lineEnd + 1 : -1;
    return lineEnd + (this.#text.charCodeAt(lineEnd + 1) === lineFeed ? 2 : 1);
  }
}
