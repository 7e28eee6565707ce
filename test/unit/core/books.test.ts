import { describe, expect, it } from 'vitest';
import { assertBalanced, assertLinesBalanced, BookKeeper, type Books } from '../../../src/core/books.ts';

const balanced: Books = {
  read: 10,
  written: 5,
  unchanged: 1,
  duplicate: 2,
  skipped: 0,
  rejected: 2,
  reasons: { a: 1, b: 1 },
};

describe('the books', () => {
  it('count what became of every record', () => {
    const keeper = new BookKeeper();
    for (let record = 0; record < 6; record += 1) keeper.read();
    keeper.written();
    keeper.written();
    keeper.duplicate();
    keeper.rejected('wrong_value');
    keeper.rejected('wrong_value');
    keeper.rejected('constructor');
    const books = keeper.current();
    expect(books).toEqual({
      read: 6,
      written: 2,
      unchanged: 0,
      duplicate: 1,
      skipped: 0,
      rejected: 3,
      reasons: { wrong_value: 2, constructor: 1 },
    });
    expect(() => assertBalanced('people', books)).not.toThrow();
  });

  it('balance when everything is accounted for', () => {
    expect(() => assertBalanced('people', balanced)).not.toThrow();
  });

  it.each<Partial<Books>>([
    { read: 11 },
    { written: 6 },
    { unchanged: 0 },
    { duplicate: 3 },
    { rejected: 1, written: 6 },
    { reasons: { a: 1 } },
  ])('that do not balance are a bug: %j', (change) => {
    expect(() => assertBalanced('people', { ...balanced, ...change })).toThrow(
      expect.objectContaining({ code: 'BOOKS_UNBALANCED', kind: 'bug' }),
    );
  });
});

describe('the books of lines', () => {
  const lines = { lines: 18, header: 1, rows: 9, blank: 3, skipped: 2, unreadable: 3, records: 7 };

  it('balance when every line of a file is accounted for, and every row was read', () => {
    expect(() => assertLinesBalanced('people', balanced, lines)).not.toThrow();
  });

  it.each(['lines', 'header', 'rows', 'blank', 'skipped', 'unreadable', 'records'] as const)(
    'do not balance when %s is one less',
    (name) => {
      const wrong = { ...lines, [name]: lines[name] - 1 };
      expect(() => assertLinesBalanced('people', balanced, wrong)).toThrow(
        /Line counts for people do not add up/,
      );
    },
  );
});
