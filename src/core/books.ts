import { PatronflowError } from './errors.ts';

/** The finished books of one kind of record: `read = written + unchanged + duplicate + skipped + rejected`. */
export interface Books {
  readonly read: number;
  readonly written: number;
  readonly unchanged: number;
  readonly duplicate: number;
  /** Left out by a rule of the configuration. */
  readonly skipped: number;
  readonly rejected: number;
  /** Rejected, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

/**
 * What became of every physical line of a file: `lines = header + rows + blank + skipped + unreadable`. A quoted line break makes a
 * row of two lines; each line of what cannot be read as a row counts as one rejected row.
 */
export interface LineBooks {
  /** Counted apart from the reading of rows. */
  readonly lines: number;
  /** Lines that name columns, repeated ones too. */
  readonly header: number;
  /** Lines of rows that could be read. */
  readonly rows: number;
  /** Lines without any value. */
  readonly blank: number;
  /** Lines that the format passes over: at the beginning, comments, the trailer. */
  readonly skipped: number;
  readonly unreadable: number;
  /** Rows that could be read. */
  readonly records: number;
}

/** Counts what became of every record. Each record read is entered exactly once more. */
export class BookKeeper {
  #read = 0;
  #written = 0;
  #duplicate = 0;
  #skipped = 0;
  #rejected = 0;
  readonly #reasons = new Map<string, number>();

  read(records = 1): void {
    this.#read += records;
  }

  written(records = 1): void {
    this.#written += records;
  }

  duplicate(records = 1): void {
    this.#duplicate += records;
  }

  skipped(records = 1): void {
    this.#skipped += records;
  }

  rejected(reason: string, records = 1): void {
    if (records === 0) return;
    this.#rejected += records;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + records);
  }

  /** Enters the finished books of a part, such as a batch. */
  add(part: Books): void {
    this.read(part.read);
    this.written(part.written);
    this.duplicate(part.duplicate);
    this.skipped(part.skipped);
    for (const [reason, records] of Object.entries(part.reasons)) this.rejected(reason, records);
  }

  current(): Books {
    return {
      read: this.#read,
      written: this.#written,
      unchanged: 0,
      duplicate: this.#duplicate,
      skipped: this.#skipped,
      rejected: this.#rejected,
      reasons: Object.fromEntries(this.#reasons),
    };
  }
}

/** @throws PatronflowError BOOKS_UNBALANCED when a record was lost or counted twice: a bug, never bad data */
export function assertBalanced(kind: string, books: Books): void {
  const accounted = books.written + books.unchanged + books.duplicate + books.skipped + books.rejected;
  const byReason = Object.values(books.reasons).reduce((sum, count) => sum + count, 0);
  if (accounted === books.read && byReason === books.rejected) return;
  throw new PatronflowError(
    'BOOKS_UNBALANCED',
    `Record counts for ${kind} do not add up: ${books.read} read, ${accounted} accounted for.`,
    { hint: 'This is a bug in patronflow; nothing was delivered. Please report it with this line.' },
  );
}

/** @throws PatronflowError BOOKS_UNBALANCED when a line of a file was lost or counted twice: a bug, never bad data */
export function assertLinesBalanced(kind: string, { read }: Books, books: LineBooks): void {
  const { lines, header, rows, blank, skipped, unreadable, records } = books;
  const accounted = header + rows + blank + skipped + unreadable;
  if (accounted === lines && records + unreadable === read) return;
  throw new PatronflowError(
    'BOOKS_UNBALANCED',
    `Line counts for ${kind} do not add up: ${lines} in its file, ${accounted} accounted for; ${records + unreadable} rows in it, ${read} read.`,
    { hint: 'This is a bug in patronflow; nothing was delivered. Please report it with this line.' },
  );
}
