import { describe, expect, it } from 'vitest';
import {
  type Cursors,
  type SentAsNew,
  wasSentAsNew,
  withoutPassesBefore,
  withSentAsNew,
} from '../../../src/poll/cursor.ts';
import { rowsOf, sierraPatron } from '../support/memory-sierra.ts';

const day = (number: number) => `2026-03-0${number} 00:00:00.000000`;
const pass = (change: Partial<SentAsNew> = {}): SentAsNew => ({
  after: { at: day(2), id: '50' },
  through: { at: day(4), id: '50' },
  before: day(6),
  ...change,
});
const cursors = (...sentAsNew: SentAsNew[]): Cursors => ({
  new: { at: day(1), id: '' },
  updated: { at: day(1), id: '' },
  deleted: { at: '2026-03-01', id: '' },
  sentAsNew,
});

describe('an updated patron', () => {
  const row = (createdAt: string | null, updatedAt: string, id = 50) => {
    const [only] = rowsOf(sierraPatron(id, { createdAt, updatedAt }));
    if (!only) throw new Error('no row');
    return only;
  };

  it.each<[string, ReturnType<typeof row>, boolean]>([
    ['was sent as new when created inside of the pass and updated before its end', row(day(3), day(5)), true],
    ['was not when created before the pass', row(day(1), day(5)), false],
    ['was not when it is the one behind which the pass began', row(day(2), day(5)), false],
    ['was when it is the next after that one', row(day(2), day(5), 51), true],
    ['was when it is the one through which the pass came', row(day(4), day(5)), true],
    ['was not when it is the next after that one', row(day(4), day(5), 51), false],
    ['was not when created after the pass', row(day(5), day(5)), false],
    ['was not as it is now when updated at the end of the pass', row(day(3), day(6)), false],
    ['was not as it is now when updated later', row(day(3), day(7)), false],
    ['was not when its creation is unknown', row(null, day(5)), false],
    ['is told by the number of the id, not by its text', row(day(4), day(5), 9), true],
  ])('%s', (_, patron, expected) => {
    expect(wasSentAsNew(patron, [pass()])).toBe(expected);
  });

  it('may be of any of the passes', () => {
    const later = pass({ after: { at: day(4), id: '50' }, through: { at: day(5), id: '' }, before: day(7) });
    expect(wasSentAsNew(row(day(4), day(6), 60), [pass(), later])).toBe(true);
    expect(wasSentAsNew(row(day(4), day(6), 60), [later, pass()])).toBe(true);
    // Created within one pass and updated before the end of the other is neither.
    expect(wasSentAsNew(row(day(3), day(6)), [pass(), later])).toBe(false);
    expect(wasSentAsNew(row(day(3), day(5)), [])).toBe(false);
  });
});

describe('the passes over new patrons', () => {
  it('are entered once each, however far they have come', () => {
    const further = pass({ through: { at: day(5), id: '1' } });
    expect(withSentAsNew(cursors(pass()), further).sentAsNew).toEqual([further]);
  });

  it('are kept apart when they began elsewhere, or look to another end', () => {
    const others = [pass({ before: day(7) }), pass({ after: { at: day(3), id: '50' } })];
    const all = others.reduce(withSentAsNew, cursors(pass())).sentAsNew;
    expect(all).toEqual([pass(), ...others]);
  });

  it('are forgotten when all updates before their end were read, and not sooner', () => {
    const passes = [pass(), pass({ before: day(7) })];
    expect(withoutPassesBefore(cursors(...passes), day(5)).sentAsNew).toEqual(passes);
    expect(withoutPassesBefore(cursors(...passes), day(6)).sentAsNew).toEqual([passes[1]]);
    expect(withoutPassesBefore(cursors(...passes), day(7)).sentAsNew).toEqual([]);
  });

  it('are no more than a hundred, of which the oldest go', () => {
    const passes = Array.from({ length: 130 }, (_, index) =>
      pass({ after: { at: day(1), id: String(index) } }),
    );
    expect(withoutPassesBefore(cursors(...passes), day(1)).sentAsNew).toEqual(passes.slice(30));
  });

  it('are left as they are when there is none to forget', () => {
    const before = cursors(pass());
    expect(withoutPassesBefore(before, day(5))).toBe(before);
  });
});
