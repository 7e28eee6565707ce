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
      rejected: 4,
      reasons: { a: 3, b: 1 },
    });
    expect(() => assertBalanced('mode new', keeper.current())).not.toThrow();
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
