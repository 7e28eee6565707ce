import { describe, expect, it } from 'vitest';
import { assertBalanced, BookKeeper } from '../../../src/core/books.ts';

describe('the books of a batch at a time', () => {
  it('count many records at once', () => {
    const keeper = new BookKeeper();
    keeper.read(10);
    keeper.read(5);
    keeper.written(8);
    keeper.duplicate(3);
    keeper.rejected('a', 2);
    keeper.rejected('b', 1);
    keeper.rejected('a', 1);
    expect(keeper.current()).toEqual({
      read: 15,
      written: 8,
      unchanged: 0,
      duplicate: 3,
      skipped: 0,
      rejected: 4,
      reasons: { a: 3, b: 1 },
    });
    expect(() => assertBalanced('mode new', keeper.current())).not.toThrow();
  });

  it('take over the books of a part', () => {
    const part = new BookKeeper();
    part.read(6);
    part.written(2);
    part.duplicate(1);
    part.rejected('a', 3);
    const keeper = new BookKeeper();
    keeper.read();
    keeper.rejected('a');
    keeper.add(part.current());
    expect(keeper.current()).toEqual({
      read: 7,
      written: 2,
      unchanged: 0,
      duplicate: 1,
      skipped: 0,
      rejected: 4,
      reasons: { a: 4 },
    });
  });

  it('do not name a reason that no record has', () => {
    const keeper = new BookKeeper();
    keeper.rejected('a', 0);
    keeper.written(0);
    expect(keeper.current()).toEqual({
      read: 0,
      written: 0,
      unchanged: 0,
      duplicate: 0,
      skipped: 0,
      rejected: 0,
      reasons: {},
    });
  });

  it('are a copy that later entries leave alone', () => {
    const keeper = new BookKeeper();
    keeper.rejected('a', 1);
    const before = keeper.current();
    keeper.rejected('a', 1);
    expect(before).toMatchObject({ rejected: 1, reasons: { a: 1 } });
  });
});
