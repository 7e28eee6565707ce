import { describe, expect, it } from 'vitest';
import { assertBalanced } from '../../../src/core/books.ts';
import { type Batch, booksOf } from '../../../src/poll/batch.ts';
import { emptyPatronInfo } from '../../../src/poll/encode-patron-info.ts';
import { ModeTally } from '../../../src/poll/mode-tally.ts';
import type { EncodedRecord } from '../../../src/poll/ports.ts';
import { noShares } from '../../../src/poll/watched-shares.ts';

const record: EncodedRecord = { info: { ...emptyPatronInfo, patron_id: 'x' }, avro: Buffer.alloc(0) };
const batch = (change: Partial<Batch> = {}): Batch => ({
  read: 10,
  leftOut: { sentAsNew: 2, leftToDeleted: 1 },
  rejected: { tooLongToHash: 1, refusedBySchema: 2 },
  records: [record, record, record, record],
  known: 3,
  tracts: { known: 1, match: 2, no_match: 3, tie: 4, error: 5, no_address: 6 },
  unknownInitialLibraries: 2,
  shares: noShares,
  ...change,
});
const pass = { from: 'a', before: 'z', through: 'm', isComplete: false, milliseconds: 7 };

describe('the books of a batch', () => {
  it('account for everybody', () => {
    expect(booksOf(batch())).toEqual({
      read: 10,
      written: 4,
      unchanged: 0,
      duplicate: 3,
      skipped: 0,
      rejected: 3,
      reasons: { too_long_to_hash: 1, refused_by_schema: 2 },
    });
  });

  it.each<Partial<Batch>>([
    { read: 11 },
    { records: [record] },
    { leftOut: { sentAsNew: 2, leftToDeleted: 0 } },
    { rejected: { tooLongToHash: 1, refusedBySchema: 1 } },
  ])('do not balance when a patron was lost', (change) => {
    expect(() => assertBalanced('a batch', booksOf(batch(change)))).toThrow(
      expect.objectContaining({ code: 'BOOKS_UNBALANCED' }),
    );
  });
});

describe('the tally of a mode', () => {
  it('adds up its batches', () => {
    const tally = new ModeTally('updated');
    tally.enter(batch());
    tally.enter(batch({ rejected: { tooLongToHash: 3, refusedBySchema: 0 }, known: 4 }));
    assertBalanced('updated', tally.books());
    expect(tally.report(pass)).toEqual({
      mode: 'updated',
      ...pass,
      books: {
        read: 20,
        written: 8,
        unchanged: 0,
        duplicate: 6,
        skipped: 0,
        rejected: 6,
        reasons: { too_long_to_hash: 4, refused_by_schema: 2 },
      },
      sentAsNew: 4,
      leftToDeleted: 2,
      known: 7,
      tracts: { known: 2, match: 4, no_match: 6, tie: 8, error: 10, no_address: 12 },
      unknownInitialLibraries: 4,
    });
  });

  it('has books that do not balance when a batch lost a patron', () => {
    const tally = new ModeTally('new');
    tally.enter(batch({ records: [record] }));
    expect(() => assertBalanced('new', tally.books())).toThrow(
      expect.objectContaining({ code: 'BOOKS_UNBALANCED' }),
    );
  });

  it('is empty before the first batch', () => {
    const { books, tracts } = new ModeTally('deleted').report(pass);
    assertBalanced('deleted', books);
    expect(Object.values(tracts)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(books.reasons).toEqual({});
  });
});
