import { BookKeeper, type Books } from '../core/books.ts';
import { type Batch, type TractOrigin, tractOrigins } from './batch.ts';
import type { ModeReport, RejectReason } from './poll-report.ts';
import type { PatronMode } from './ports.ts';

/** Counts what becomes of the patrons of one mode, batch by batch. */
export class ModeTally {
  readonly #mode: PatronMode;
  readonly #books = new BookKeeper();
  readonly #tracts: Record<TractOrigin, number> = {
    known: 0,
    match: 0,
    no_match: 0,
    tie: 0,
    error: 0,
    no_address: 0,
  };
  #sentAsNew = 0;
  #leftToDeleted = 0;
  #known = 0;
  #unknownInitialLibraries = 0;

  constructor(mode: PatronMode) {
    this.#mode = mode;
  }

  /** Enters a batch whose records were sent. */
  enter({ read, leftOut, rejected, records, known, tracts, unknownInitialLibraries }: Batch): void {
    const reasons: Record<RejectReason, number> = {
      too_long_to_hash: rejected.tooLongToHash,
      refused_by_schema: rejected.refusedBySchema,
    };
    this.#books.read(read);
    this.#books.written(records.length);
    this.#books.duplicate(leftOut.sentAsNew + leftOut.leftToDeleted);
    for (const [reason, count] of Object.entries(reasons)) this.#books.rejected(reason, count);
    for (const origin of tractOrigins) this.#tracts[origin] += tracts[origin];
    this.#sentAsNew += leftOut.sentAsNew;
    this.#leftToDeleted += leftOut.leftToDeleted;
    this.#known += known;
    this.#unknownInitialLibraries += unknownInitialLibraries;
  }

  books(): Books {
    return this.#books.current();
  }

  report(pass: Pick<ModeReport, 'from' | 'before' | 'through' | 'isComplete' | 'milliseconds'>): ModeReport {
    return {
      mode: this.#mode,
      ...pass,
      books: this.books(),
      sentAsNew: this.#sentAsNew,
      leftToDeleted: this.#leftToDeleted,
      known: this.#known,
      tracts: this.#tracts,
      unknownInitialLibraries: this.#unknownInitialLibraries,
    };
  }
}
