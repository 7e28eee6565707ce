import { describe, expect, it } from 'vitest';
import { type PollState, parseState, stateDocument } from '../../../src/poll/state.ts';
import { nothingWatched } from '../../../src/poll/watched-shares.ts';
import { failureOf } from '../support/fixtures.ts';

const zone = 'America/New_York';
const parse = (document: unknown) => parseState(document, 's3://b/state.json', zone);
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
      keyFingerprint: null,
      shares: nothingWatched,
      withoutDates: 0,
      crowds: null,
    });
  });

  it('is written back in its form, its keys untouched', () => {
    expect(stateDocument(parse(original), zone)).toEqual({
      ...original,
      ids: {},
      sent_as_new: [],
      key_fingerprint: null,
      shares: nothingWatched,
      without_dates: 0,
      crowds: null,
    });
  });

  it.each<[string, Record<string, unknown>, Partial<PollState>]>([
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
  const cursors: PollState = {
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
    keyFingerprint: '0123456789abcdef',
    shares: {
      known: { last: { hits: 190, of: 200 }, current: { hits: 1, of: 2 } },
      found: { last: null, current: { hits: 0, of: 0 } },
    },
    withoutDates: 3,
    crowds: { fields: ['geoid'], alone: { 512: 0.4 } },
  };

  it('keeps ids beside the times, which are in the zone', () => {
    expect(stateDocument(cursors, zone)).toEqual({
      creation_dt: '2026-03-01T07:00:00.123456-05:00',
      update_dt: '2026-07-01T08:00:00-04:00',
      deletion_date: '2026-02-28',
      ids: {
        creation_dt: { at: '2026-03-01T07:00:00.123456-05:00', id: '481030' },
        deletion_date: { at: '2026-02-28', id: '7' },
      },
      sent_as_new: cursors.sentAsNew,
      key_fingerprint: '0123456789abcdef',
      shares: cursors.shares,
      without_dates: 3,
      crowds: cursors.crowds,
    });
  });

  it('is read back, also as text', () => {
    expect(parse(JSON.parse(JSON.stringify(stateDocument(cursors, zone))))).toEqual(cursors);
  });

  it('has no ids any more for the times that the original has moved', () => {
    const document = { ...stateDocument(cursors, zone), creation_dt: '2026-03-01T07:00:01-05:00' };
    expect(parse(document)).toEqual({
      ...cursors,
      new: { at: '2026-03-01 12:00:01.000000', id: '' },
    });
    const deleted = { ...stateDocument(cursors, zone), deletion_date: '2026-03-01' };
    expect(parse(deleted).deleted).toEqual({ at: '2026-03-01', id: '' });
  });

  it('does not lend the id of one mode to another that stands at the same time', () => {
    const same = { ...cursors, updated: { ...cursors.new, id: '' } };
    expect(parse(stateDocument(same, zone))).toEqual(same);
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
    [
      'a share without a sample',
      { ...original, shares: { known: { last: null, current: 1 } } },
      'is not one that this version can read (shares.known.current)',
    ],
  ])('is refused: %s', async (_, document, message) => {
    expect(await failureOf(() => parse(document))).toMatchObject({
      code: 'CHECKPOINT_UNREADABLE',
      message: `The checkpoint at s3://b/state.json ${message}.`,
    });
  });
});
