import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  type Cursors,
  comparePositions,
  cursorsDocument,
  parseCursors,
} from '../../../src/poll/cursor.ts';
import type { PatronMode, Position } from '../../../src/poll/ports.ts';
import { failureOf } from '../support/fixtures.ts';

const zone = 'America/New_York';
const parse = (document: unknown) => parseCursors(document, 's3://b/state.json', zone);
const original = {
  creation_dt: '2026-03-01T07:00:00.123456-05:00',
  update_dt: '2026-03-01T07:00:00-05:00',
  deletion_date: '2026-02-28',
};

describe('the state of the original', () => {
  it('is read: its times, and the place before every patron of them', () => {
    expect(parse(original)).toEqual({
      new: { at: '2026-03-01 12:00:00.123456', id: '' },
      updated: { at: '2026-03-01 12:00:00.000000', id: '' },
      deleted: { at: '2026-02-28', id: '' },
      sentAsNew: [],
    });
  });

  it('is written back in its form, its keys untouched', () => {
    expect(cursorsDocument(parse(original), zone)).toEqual({ ...original, ids: {}, sent_as_new: [] });
  });

  it.each<[string, Record<string, unknown>, Partial<Cursors>]>([
    [
      'as its README has them in variables',
      { creation_dt: '2020-01-01 00:00:00-05', update_dt: '2020-01-01' },
      {
        new: { at: '2020-01-01 05:00:00.000000', id: '' },
        updated: { at: '2020-01-01 05:00:00.000000', id: '' },
      },
    ],
    [
      'of a session in UTC',
      { creation_dt: '2026-07-01T12:00:00.5+00:00' },
      { new: { at: '2026-07-01 12:00:00.500000', id: '' } },
    ],
    [
      'with a time behind the day',
      { deletion_date: '2026-02-28T00:00:00' },
      { deleted: { at: '2026-02-28', id: '' } },
    ],
  ])('may hold times %s', (_, change, expected) => {
    expect(parse({ ...original, ...change })).toMatchObject(expected);
  });

  it('may hold more than we know, which does no harm', () => {
    expect(parse({ ...original, comment: 'by hand', ids: undefined })).toEqual(parse(original));
  });
});

describe('our own state', () => {
  const cursors: Cursors = {
    new: { at: '2026-03-01 12:00:00.123456', id: '481030' },
    updated: { at: '2026-07-01 12:00:00.000000', id: '' },
    deleted: { at: '2026-02-28', id: '7' },
    sentAsNew: [
      {
        after: { at: '2026-02-01 00:00:00.000000', id: '' },
        through: { at: '2026-03-01 12:00:00.123456', id: '481030' },
        before: '2026-03-02 12:00:00.000000',
      },
    ],
  };

  it('keeps ids beside the times, which are in the zone', () => {
    expect(cursorsDocument(cursors, zone)).toEqual({
      creation_dt: '2026-03-01T07:00:00.123456-05:00',
      update_dt: '2026-07-01T08:00:00-04:00',
      deletion_date: '2026-02-28',
      ids: {
        creation_dt: { at: '2026-03-01T07:00:00.123456-05:00', id: '481030' },
        deletion_date: { at: '2026-02-28', id: '7' },
      },
      sent_as_new: cursors.sentAsNew,
    });
  });

  it('is read back, also as text', () => {
    expect(parse(JSON.parse(JSON.stringify(cursorsDocument(cursors, zone))))).toEqual(cursors);
  });

  it('has no ids any more for the times that the original has moved', () => {
    const document = { ...cursorsDocument(cursors, zone), creation_dt: '2026-03-01T07:00:01-05:00' };
    expect(parse(document)).toEqual({
      ...cursors,
      new: { at: '2026-03-01 12:00:01.000000', id: '' },
    });
    const deleted = { ...cursorsDocument(cursors, zone), deletion_date: '2026-03-01' };
    expect(parse(deleted).deleted).toEqual({ at: '2026-03-01', id: '' });
  });

  it('does not lend the id of one mode to another that stands at the same time', () => {
    const same = { ...cursors, updated: { ...cursors.new, id: '' } };
    expect(parse(cursorsDocument(same, zone))).toEqual(same);
  });
});

describe('a state that cannot be read', () => {
  it.each<[string, unknown, string]>([
    ['no object', [1], 'is not one that this version can read (the whole)'],
    ['nothing', null, 'is not one that this version can read (the whole)'],
    [
      'an object that lacks a key',
      { ...original, update_dt: undefined },
      'is not one that this version can read (update_dt)',
    ],
    [
      'a time that is null',
      { ...original, creation_dt: null },
      'is not one that this version can read (creation_dt)',
    ],
    ['a time that is none', { ...original, update_dt: 'never' }, 'has no time in update_dt'],
    [
      'a time that no calendar has',
      { ...original, creation_dt: '2026-02-30 00:00' },
      'has no time in creation_dt',
    ],
    ['a day that is none', { ...original, deletion_date: 'None' }, 'has no day in deletion_date'],
    [
      'an id that is none',
      { ...original, ids: { creation_dt: { at: original.creation_dt, id: '1; drop' } } },
      'is not one that this version can read (ids.creation_dt.id)',
    ],
    [
      'a pass without an end',
      { ...original, sent_as_new: [{ after: { at: 'x', id: '' }, before: 'y' }] },
      'is not one that this version can read (sent_as_new.0.through)',
    ],
  ])('is refused: %s', async (_, document, message) => {
    expect(await failureOf(() => parse(document))).toMatchObject({
      code: 'CHECKPOINT_UNREADABLE',
      message: `The checkpoint at s3://b/state.json ${message}.`,
    });
  });
});

const position = fc.record({
  at: fc.constantFrom(
    '2026-01-01 00:00:00.000000',
    '2026-01-01 00:00:00.000001',
    '2026-01-02 00:00:00.000000',
  ),
  id: fc.oneof(fc.constant(''), fc.bigInt({ min: 0n, max: 1100n }).map(String)),
});
/** What the order is said to be, in other words. */
const rank = ({ at, id }: Position) => [at, id === '' ? -1n : BigInt(id)] as const;

describe('the order of positions', () => {
  it('is that of the times, then of the numbers, whose absence comes first', () => {
    fc.assert(
      fc.property(position, position, (a, b) => {
        const [atA, idA] = rank(a);
        const [atB, idB] = rank(b);
        const expected = atA < atB ? -1 : atA > atB ? 1 : idA < idB ? -1 : idA > idB ? 1 : 0;
        expect(Math.sign(comparePositions(a, b))).toBe(expected);
      }),
    );
  });

  it('is total', () => {
    fc.assert(
      fc.property(position, position, position, (a, b, c) => {
        expect(comparePositions(a, a)).toBe(0);
        expect(Math.sign(comparePositions(a, b))).toBe(0 - Math.sign(comparePositions(b, a)));
        if (comparePositions(a, b) <= 0 && comparePositions(b, c) <= 0)
          expect(comparePositions(a, c)).toBeLessThanOrEqual(0);
        if (comparePositions(a, b) === 0) expect(a).toEqual(b);
      }),
    );
  });
});

describe('cursors that advance', () => {
  const modes: readonly PatronMode[] = ['new', 'updated', 'deleted'];

  it('never go back, nor over patrons that nobody read, and leave the other modes alone', () => {
    fc.assert(
      fc.property(
        fc.tuple(position, position, position),
        fc.constantFrom(...modes),
        position,
        position,
        ([a, b, c], mode, from, to) => {
          const before: Cursors = { new: a, updated: b, deleted: c, sentAsNew: [] };
          const after = advance(before, mode, { after: from, through: to });
          const isGapless = comparePositions(from, before[mode]) <= 0;
          const moves = isGapless && comparePositions(to, before[mode]) > 0;
          expect(after[mode]).toEqual(moves ? to : before[mode]);
          expect(after).toEqual({ ...before, [mode]: after[mode] });
        },
      ),
    );
  });
});
