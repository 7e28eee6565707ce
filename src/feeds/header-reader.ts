import { PatronflowError } from '../core/errors.ts';
import type { FeedFormat } from './feed-format.ts';
import type { FeedRecord } from './feed-record.ts';
import { HeaderNames } from './header-names.ts';
import { otherDelimiter, shownSign } from './wrong-delimiter.ts';

/** Characters in which the first row stands; where comments and blank lines are longer, nothing is told of it. */
const maxBeginning = 1024 * 1024;

/** Finds the names of a feed's columns: in the configuration, or in the first rows. */
export class HeaderReader {
  /** Names that the configuration gives; null where the feed has them. */
  readonly given: HeaderNames | null;
  readonly #name: string;
  readonly #format: FeedFormat;
  readonly #rowsLeft: (readonly string[])[] = [];
  /** The beginning of a text with delimiters, until its first row was looked at: to tell what is wrong with it. */
  #beginning: string | null;

  constructor(name: string, format: FeedFormat) {
    this.#name = name;
    this.#format = format;
    this.#beginning = format.kind === 'delimited' ? '' : null;
    const names = format.kind === 'fixed' ? format.layout.names : format.header;
    this.given = names ? new HeaderNames(names) : null;
  }

  beginsWith(text: string): void {
    if (this.#beginning !== null && this.#beginning.length < maxBeginning) this.#beginning += text;
  }

  /** Takes a row of the header. @returns the names, with the last of them */
  read(record: FeedRecord): HeaderNames | null {
    if (this.#isSeparatorLine(record)) return null;
    this.refuseWrongDelimiter(record);
    if (record.broken) {
      throw new PatronflowError('SOURCE_QUERY', `${this.#name} has a broken quote in its header line.`, {
        hint: 'Correct the file: a quote inside a quoted field is written twice.',
      });
    }
    this.#rowsLeft.push(record.fields);
    const wanted = this.#format.kind === 'fixed' ? 1 : this.#format.headerRows;
    return this.#rowsLeft.length < wanted ? null : new HeaderNames(joined(this.#rowsLeft));
  }

  /** A row of one field although there are several columns: it is not divided by what the format says. */
  refuseWrongDelimiter({ broken, fields, line }: FeedRecord): void {
    const beginning = this.#beginning;
    if (beginning === null || this.#format.kind !== 'delimited') return;
    this.#beginning = null;
    const isDivided = !broken && fields.length > 1;
    const other = isDivided ? null : otherDelimiter(lineOf(beginning, line), this.#format.delimiter);
    if (other)
      throw this.#notDelimited(
        `is not delimited by ${shownSign(this.#format.delimiter)}: its first line ${other}`,
      );
  }

  /** @throws PatronflowError SOURCE_QUERY for a feed that ends before its header */
  fail(): never {
    throw new PatronflowError('SOURCE_QUERY', `${this.#name} has no header line.`, {
      hint: "The first line names the columns. Where a feed has no such line, name them in its format's header.",
    });
  }

  /** Excel's own line, which it does not show. */
  #isSeparatorLine({ fields, line }: FeedRecord): boolean {
    if (this.#format.kind !== 'delimited' || line !== 1 || fields.length > 2) return false;
    const separator = /^sep=(.?)$/i.exec(fields[0] ?? '')?.[1];
    if (separator === undefined) return false;
    if (separator === '' || separator === this.#format.delimiter) return true;
    throw this.#notDelimited(`says in its first line that its delimiter is ${shownSign(separator)}`);
  }

  #notDelimited(what: string): PatronflowError {
    return new PatronflowError('SOURCE_QUERY', `${this.#name} ${what}.`, {
      hint: 'Set delimiter in the format of its table, or export it with the other delimiter. Do not just replace the characters: that breaks values that contain one.',
    });
  }
}

function lineOf(text: string, line: number): string {
  return text.split(/\r\n|\n|\r/, line)[line - 1] ?? '';
}

/** `Home` above `City` is the column `Home City`. */
function joined(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(({ length }) => length));
  return Array.from({ length: width }, (_, at) =>
    rows
      .map((row) => (row[at] ?? '').trim())
      .filter(Boolean)
      .join(' '),
  );
}
