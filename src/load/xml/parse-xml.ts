import { SaxesParser, type SaxesTag } from 'saxes';
import { Utf8Decoder } from './decode-utf8.ts';
import { causeOf } from './error-causes.ts';
import { type MarkupFault, MarkupScanner, type Section } from './scan-markup.ts';

/** Users of Alma are seven elements deep. The parser keeps all that are open, so a small zip of nested ones took gigabytes. */
const maxDepth = 50;

/**
 * Characters from one tag, text or comment to the end of the next. The parser keeps them; the longest value that Alma
 * documents has 4,000.
 */
const maxPiece = 2 ** 20;

const notWellFormed = 'not well-formed XML, so Alma rejects the entire file';

/** What a file consists of, each part with the line where it begins. */
export interface XmlHandlers {
  /** The encoding that the file says it has. */
  readonly declared: (encoding: string) => void;
  readonly opened: (tag: SaxesTag, line: number) => void;
  readonly text: (text: string) => void;
  readonly closed: () => void;
  /** Called once: nothing more is read after it. */
  readonly broken: (line: number, message: string) => void;
}

/** Reads XML in pieces of bytes, in memory that does not depend on the file, and names the line where a fault is. */
export class XmlParser {
  readonly #handlers: XmlHandlers;
  readonly #decoder = new Utf8Decoder();
  readonly #scanner = new MarkupScanner();
  readonly #parser = new SaxesParser({ position: true });
  /** Lines of the elements that are open. */
  readonly #open: number[] = [];
  #isBroken = false;
  #isTooLarge = false;
  #startLine = 1;
  #closedLine = 1;
  #isClosing = false;
  #eventPosition = 0;
  #section: { readonly section: Section; readonly line: number } | null = null;
  #beyondAsciiLine = 0;

  constructor(handlers: XmlHandlers) {
    this.#handlers = handlers;
    const parser = this.#parser;
    parser.on('error', ({ message }) => this.#failed(message.replace(/^\d+:\d+: /, '')));
    parser.on('xmldecl', ({ encoding }) => {
      if (encoding) handlers.declared(encoding);
    });
    parser.on('opentagstart', () => {
      // The character behind the name has been read already, and may be the end of the line.
      this.#startLine = parser.column === 0 ? parser.line - 1 : parser.line;
    });
    parser.on('opentag', (tag) => this.#opened(tag));
    const text = (piece: string) => {
      this.#progress();
      if (!this.#isBroken) handlers.text(piece);
    };
    parser.on('text', text);
    parser.on('cdata', text);
    parser.on('comment', () => this.#progress());
    parser.on('processinginstruction', () => this.#progress());
    parser.on('closetag', () => this.#closed());
  }

  /** The first line with a character that is not ASCII; 0 while there is none. */
  get beyondAsciiLine(): number {
    return this.#beyondAsciiLine;
  }

  /** Whether nothing more is read. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Whether one of the limits was met. */
  get isTooLarge(): boolean {
    return this.#isTooLarge;
  }

  write(chunk: Buffer): void {
    if (this.#isBroken) return;
    const isStart = this.#parser.position === 0;
    const { text, badByte } = this.#decoder.decode(chunk);
    this.#feed(text, badByte !== null);
    if (badByte === null) return;
    // No UTF-8 has these bytes; at the start they are the byte order mark of UTF-16.
    const isUtf16 = isStart && text === '' && (badByte === 0xff || badByte === 0xfe);
    this.#break(
      this.#line,
      `${isUtf16 ? 'UTF-16, not UTF-8' : 'not UTF-8 from here on'}, so Alma rejects the entire file`,
    );
  }

  close(): void {
    if (this.#decoder.isInsideOfCharacter)
      this.#break(this.#line, 'not UTF-8 from here on, so Alma rejects the entire file');
    this.#feed('', true);
    if (this.#section && this.#scanner.isInSection) {
      const { line, section } = this.#section;
      this.#break(line, `${notWellFormed}: a ${section} that does not end`);
    }
    if (!this.#isBroken) this.#parser.close();
    this.#settle();
  }

  #feed(text: string, isLast: boolean): void {
    if (this.#isBroken) return;
    const { ready, fault, opened } = this.#scanner.scan(text, isLast);
    if (opened) {
      this.#parse(ready.slice(0, opened.at));
      this.#section = { section: opened.section, line: this.#line };
      this.#parse(ready.slice(opened.at));
    } else this.#parse(ready);
    if (!fault) return;
    // A CR is counted by the parser when it sees what follows.
    this.#break(ready.endsWith('\r') ? this.#line + 1 : this.#line, faults[fault]);
  }

  #parse(text: string): void {
    if (this.#isBroken) return;
    const at = this.#beyondAsciiLine === 0 ? text.search(beyondAscii) : -1;
    this.#parser.write(at > 0 ? text.slice(0, at) : text);
    if (at >= 0) this.#beyondAsciiLine = this.#line;
    if (at > 0) this.#parser.write(text.slice(at));
    this.#settle();
    if (this.#parser.position - this.#eventPosition > maxPiece)
      this.#exceed(
        'more than 1 MiB without the end of an element, a text or a comment; Alma’s users have no such value',
      );
  }

  get #line(): number {
    return this.#parser.line;
  }

  #opened(tag: SaxesTag): void {
    this.#progress();
    if (this.#isBroken) return;
    this.#open.push(this.#startLine);
    this.#handlers.opened(tag, this.#startLine);
    if (this.#open.length > maxDepth)
      this.#exceed(`elements more than ${maxDepth} deep; Alma’s users are seven deep`);
  }

  #closed(): void {
    this.#progress();
    if (this.#isBroken) return;
    this.#closedLine = this.#open.pop() ?? 1;
    this.#isClosing = true;
  }

  #progress(): void {
    this.#settle();
    this.#eventPosition = this.#parser.position;
  }

  /** The parser tells an element's end before it tells that it was another element's. */
  #settle(): void {
    if (this.#isClosing && !this.#isBroken) this.#handlers.closed();
    this.#isClosing = false;
  }

  #failed(message: string): void {
    if (this.#isBroken) return;
    const line = this.#line;
    if (message.startsWith('unclosed tag'))
      return this.#break(
        line,
        `${notWellFormed}: it ends inside of an element that begins in line ${this.#open.at(-1)}; was it cut off?`,
      );
    if (message === 'unexpected close tag.')
      return this.#break(
        line,
        `${notWellFormed}: another closing tag than the element of line ${this.#closedLine} needs`,
      );
    this.#break(line, `${notWellFormed}: ${causeOf(message)}`);
  }

  #exceed(message: string): void {
    this.#isTooLarge ||= !this.#isBroken;
    this.#break(this.#line, message);
  }

  #break(line: number, message: string): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#handlers.broken(line, message);
  }
}

const beyondAscii = /[^\u0000-\u007f\ufeff]/;

const faults: Readonly<Record<MarkupFault, string>> = {
  ampersand: `${notWellFormed}: an & that is not escaped; write &amp;`,
  reference: `${notWellFormed}: a reference that XML does not define, such as &nbsp; of HTML; write the character itself`,
  doctype: 'a DOCTYPE, which no user file has; what it defines is not read, nor the rest of the file',
};
