import { describe, expect, it } from 'vitest';
import { nextUser, type RunFates, type Sent } from '../../../../src/load/roster/next-user.ts';
import type { Gone, RosterUser } from '../../../../src/load/roster/roster-user.ts';
import { UserXml } from '../../../../src/load/roster/user-xml.ts';

const user = (more: Partial<RosterUser> = {}): RosterUser => ({
  id: 'jdoe',
  key: '17',
  group: 'staff',
  print: 'x',
  since: '2025-01-01',
  gone: null,
  pending: false,
  order: 'jdoe',
  xml: UserXml.of('<user/>'),
  ...more,
});
const missing = (more: Partial<Gone> = {}): Gone => ({
  last: '2026-03-01',
  day: '2026-03-02',
  runs: 1,
  superseded: false,
  sent: null,
  ...more,
});
const fates = (more: Partial<RunFates> = {}): RunFates => ({
  today: '2026-03-05',
  lastDay: '2026-03-04',
  fateOf: () => 'gone',
  superseded: new Set(),
  taken: new Set(),
  tellsGone: true,
  isNewFeed: true,
  ...more,
});
const nothing: Sent = { files: {}, has: () => false, leavers: new Set() };
const next = (before: RosterUser, more: Partial<RunFates> = {}, sent: Partial<Sent> = {}) =>
  nextUser({ before, now: null }, fates(more), { ...nothing, ...sent });

describe('the line of a user who is there', () => {
  it('is pending when the user is in a file', () => {
    const { id, order, key, group, print, xml } = user();
    const now = { id, order, key, group, print, xml };
    const line = nextUser({ before: user({ gone: missing() }), now }, fates(), {
      ...nothing,
      has: () => true,
    });
    expect(line).toEqual(user({ pending: true }));
    expect(nextUser({ before: null, now }, fates(), nothing)).toMatchObject({
      since: '2026-03-05',
      pending: false,
    });
  });
});

describe('the line of a user who is there and is not sent again', () => {
  it('keeps what was sent last', () => {
    const now = { ...user({ key: '18', print: 'y', xml: UserXml.of('<user>other</user>') }) };
    expect(nextUser({ before: user(), now }, fates(), nothing)).toEqual(user({ key: '18' }));
    const sent = nextUser({ before: user(), now }, fates(), { ...nothing, has: () => true });
    expect(sent).toMatchObject({ print: 'y', xml: now.xml });
  });
});

describe('the line of a user who is missing', () => {
  it('counts the runs, and keeps the first day', () => {
    expect(next(user()).gone).toEqual(missing({ last: '2026-03-04', day: '2026-03-05' }));
    expect(next(user({ gone: missing() })).gone).toEqual(missing({ runs: 2 }));
  });

  it('counts no run of the same rows, and none of a part', () => {
    expect(next(user({ gone: missing() }), { isNewFeed: false }).gone).toEqual(missing());
    expect(next(user({ gone: missing() }), { tellsGone: false, fateOf: () => 'left out' }).gone).toEqual(
      missing(),
    );
  });

  it('is as before for one who is rejected or skipped, and for one who was missing and is in the source again', () => {
    expect(next(user(), { fateOf: () => 'left out' }).gone).toBeNull();
    expect(next(user({ gone: missing({ runs: 5 }) }), { fateOf: () => 'left out' }).gone).toBeNull();
  });

  it('stays expired for one who was expired, until a file brings them back', () => {
    const sent = missing({ sent: '2026-03-04' });
    expect(next(user({ gone: sent }), { fateOf: () => 'left out' }).gone).toMatchObject({
      sent: '2026-03-04',
    });
  });

  it('marks those who are there under another primary id', () => {
    expect(next(user(), { fateOf: () => 'superseded' }).gone?.superseded).toBe(true);
    expect(next(user({ gone: missing() }), { superseded: new Set(['jdoe']) }).gone?.superseded).toBe(true);
  });

  it('says that a leaver was sent, until Alma has taken the file', () => {
    expect(next(user({ gone: missing() }), {}, { leavers: new Set(['jdoe']) })).toMatchObject({
      pending: true,
      gone: { sent: '2026-03-05' },
    });
    const waiting = user({ pending: true, gone: missing({ sent: '2026-03-04' }) });
    expect(next(waiting, { taken: new Set(['leavers']) })).toMatchObject({
      pending: false,
      gone: { sent: '2026-03-04' },
    });
    expect(next(waiting, { taken: new Set(['staff']) })).toMatchObject({
      pending: false,
      gone: { sent: null },
    });
  });
});
