import { BookKeeper, type Books } from '../core/books.ts';
import { type Batch, booksOf, type TractOrigin, tractOrigins } from './batch.ts';
import type { ModeReport } from './poll-report.ts';
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
  enter(batch: Batch): void {
    const { leftOut, known, tracts, unknownInitialLibraries } = batch;
    this.#books.add(booksOf(batch));
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
