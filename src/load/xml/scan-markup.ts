/** What makes a file useless in a way that the parser would tell late and as something else. */
export type MarkupFault = 'ampersand' | 'reference' | 'doctype';

/** A comment, CDATA or instruction that is open at the end of a piece. */
export type Section = 'comment' | 'CDATA section' | 'processing instruction';

export interface ScannedPiece {
  /** What the parser may have now. */
  readonly ready: string;
  /** Stands right behind `ready`. */
  readonly fault: MarkupFault | null;
  /** Where in `ready` a section begins that does not end in it. */
  readonly opened: { readonly section: Section; readonly at: number } | null;
}

const sections: Readonly<Record<string, { readonly section: Section; readonly end: string }>> = {
  '<!--': { section: 'comment', end: '-->' },
  '<![CDATA[': { section: 'CDATA section', end: ']]>' },
  '<?': { section: 'processing instruction', end: '?>' },
};

/** Begins of sections and of a document type, and every ampersand that does not begin a reference that XML defines by itself. */
const marks = /<!--|<!\[CDATA\[|<\?|<!DOCTYPE|&(?!(?:amp|lt|gt|quot|apos|#\d{1,20}|#x[\da-fA-F]{1,20});)/g;

/** No mark and no reference is longer, so a piece that ends with the beginning of one is held back this far. */
const maxMark = 24;

/**
 * Looks for ampersands that are not escaped, before the parser sees them. The parser reads on to the next semicolon,
 * which may stand a thousand users further on, and names that line.
 */
export class MarkupScanner {
  #held = '';
  #end = '';

  /** Whether a section is open behind what was scanned. */
  get isInSection(): boolean {
    return this.#end !== '';
  }

  /** @param isLast whether nothing follows */
  scan(piece: string, isLast = false): ScannedPiece {
    const text = this.#held + piece;
    this.#held = '';
    let opened: ScannedPiece['opened'] = null;
    for (let from = 0; ; ) {
      if (this.#end !== '') {
        const end = text.indexOf(this.#end, from);
        if (end < 0)
          return { ready: this.#hold(text, from, this.#end.length - 1, isLast), fault: null, opened };
        from = end + this.#end.length;
        this.#end = '';
        opened = null;
      }
      marks.lastIndex = from;
      const mark = marks.exec(text);
      const begin = lastBegin(text, from);
      if (!mark || (!isLast && begin >= 0 && mark.index >= begin)) {
        const ready = begin < 0 ? text : this.#hold(text, from, text.length - begin, isLast);
        return { ready, fault: null, opened: null };
      }
      const section = sections[mark[0]];
      if (!section)
        return { ready: text.slice(0, mark.index), fault: faultAt(text, mark.index), opened: null };
      opened = { section: section.section, at: mark.index };
      this.#end = section.end;
      from = mark.index + mark[0].length;
    }
  }

  #hold(text: string, from: number, length: number, isLast: boolean): string {
    if (isLast) return text;
    const at = Math.max(from, text.length - length);
    this.#held = text.slice(at);
    return text.slice(0, at);
  }
}

/** The beginning of a mark or of a reference. */
const unfinished = /^(?:<(?:!(?:-|\[[CDAT]*|D[OCTYPE]*)?)?|&#?\w*)$/;

/** Where in the last characters a mark or a reference begins that goes on in the next piece; -1 when none does. */
function lastBegin(text: string, from: number): number {
  const start = Math.max(from, text.length - maxMark);
  const tail = text.slice(start);
  const begin = Math.max(tail.lastIndexOf('<'), tail.lastIndexOf('&'));
  return begin >= 0 && unfinished.test(tail.slice(begin)) ? start + begin : -1;
}

function faultAt(text: string, index: number): MarkupFault {
  if (text[index] === '<') return 'doctype';
  return /^&#?[\w.-]{1,40};/.test(text.slice(index, index + 50)) ? 'reference' : 'ampersand';
}
