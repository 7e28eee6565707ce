import { describe, expect, it } from 'vitest';
import { type Change, type FateOf, PlanTally } from '../../../../src/load/roster/plan.ts';
import { type RosterUser, type SentUser, sentUser } from '../../../../src/load/roster/roster-user.ts';

interface Facts {
  readonly name?: string;
  readonly userGroup?: string;
  readonly barcode?: string;
  readonly group?: string;
}

const sent = (
  id: string,
  { name = 'Doe', userGroup = 'ST', barcode = `B-${id}`, group = 'staff' }: Facts = {},
) => {
  const identifier = `<user_identifier><id_type>BARCODE</id_type><value>${barcode}</value></user_identifier>`;
  return sentUser(
    `<user>\n<primary_id>${id}</primary_id>\n<last_name>${name}</last_name>\n<user_group>${userGroup}</user_group>\n` +
      `<user_identifiers>${barcode && identifier}</user_identifiers>\n</user>\n`,
    `key-${id}`,
    group,
  );
};
const missing = { last: '2026-02-01', day: '2026-02-02', runs: 1, superseded: false, sent: null };
const kept = (user: SentUser, isGone = false): RosterUser => ({
  ...user,
  since: '2026-01-01',
  gone: isGone ? missing : null,
  pending: false,
});

const none = { new: 0, changed: 0, unchanged: 0, returned: 0, gone: 0, superseded: 0, 'left out': 0 };

function tallyOf(
  pairs: readonly (readonly [RosterUser | null, SentUser | null])[],
  fateOf: FateOf = () => 'gone',
) {
  const tally = new PlanTally('2026-03-01T12:00:00Z', fateOf);
  const changes: (Change | null)[] = pairs.map(([before, now]) => tally.add({ before, now }));
  return { changes, superseded: tally.superseded(), plan: tally.plan() };
}

describe('a plan counts', () => {
  it('what becomes of each user, in all and by group of the job', () => {
    const { changes, plan } = tallyOf([
      [null, sent('new')],
      [kept(sent('same')), sent('same')],
      [kept(sent('other')), sent('other', { name: 'Roe', group: 'student' })],
      [kept(sent('gone')), null],
      [kept(sent('back'), true), sent('back', { name: 'Roe' })],
      [kept(sent('away'), true), null],
    ]);
    expect(changes).toEqual(['new', 'unchanged', 'changed', 'gone', 'returned', null]);
    expect(plan.counts).toEqual({ ...none, new: 1, unchanged: 1, changed: 1, gone: 1, returned: 1 });
    expect(plan.groups).toEqual({
      staff: { ...none, new: 1, unchanged: 1, gone: 1, returned: 1 },
      student: { ...none, changed: 1 },
    });
    expect(plan.since).toBe('2026-03-01T12:00:00Z');
  });

  it('those who are rejected or skipped today apart from those who are gone', () => {
    const { plan } = tallyOf([[kept(sent('a')), null]], () => 'left out');
    expect(plan.counts).toEqual({ ...none, 'left out': 1 });
  });

  it('as unchanged who is written otherwise and says the same', () => {
    const now = sent('a');
    const before = sentUser(
      now.xml.text.replaceAll('\n', '\n  ').replace('<last_name>', '<last_name desc="x">'),
      '',
      'staff',
    );
    expect(before.print).not.toBe(now.print);
    expect(tallyOf([[kept(before), now]]).changes).toEqual(['unchanged']);
  });

  it('changed elements, the most frequent first, and moves between user groups', () => {
    const { plan } = tallyOf([
      [kept(sent('a')), sent('a', { userGroup: 'AD' })],
      [kept(sent('b')), sent('b', { userGroup: 'AD', name: 'Roe' })],
      [kept(sent('c', { userGroup: 'F9' })), sent('c', { userGroup: 'AD' })],
    ]);
    expect(Object.entries(plan.elements)).toEqual([
      ['user_group', 3],
      ['last_name', 1],
    ]);
    expect(plan.moves).toEqual([
      { from: 'ST', to: 'AD', users: 2 },
      { from: 'F9', to: 'AD', users: 1 },
    ]);
  });

  it('who loses an identifier, and not who gets another one', () => {
    const { plan } = tallyOf([
      [kept(sent('a')), sent('a', { barcode: '' })],
      [kept(sent('b')), sent('b', { barcode: 'B-x' })],
      [kept(sent('c', { barcode: '' })), sent('c')],
    ]);
    expect(plan.lostIdentifiers).toEqual({ BARCODE: 1 });
  });
});

describe('another primary id', () => {
  it('is found by an identifier, and takes the user out of those who are gone', () => {
    const { superseded, plan } = tallyOf([
      [kept(sent('N123', { barcode: 'B1' })), null],
      [kept(sent('other')), null],
      [null, sent('jdoe', { barcode: 'b1', group: 'student' })],
    ]);
    expect([...superseded]).toEqual(['N123']);
    expect(plan.counts).toEqual({ ...none, new: 1, gone: 1, superseded: 1 });
    expect(plan.groups.staff).toEqual({ ...none, gone: 1, superseded: 1 });
  });

  it('is found in either order of the two ids', () => {
    expect([
      ...tallyOf([
        [null, sent('a', { barcode: 'B1' })],
        [kept(sent('z', { barcode: 'B1' })), null],
      ]).superseded,
    ]).toEqual(['z']);
  });

  it('is found by the row key', () => {
    const { changes, plan } = tallyOf([[kept(sent('old')), null]], ({ key }) =>
      key === 'key-old' ? 'superseded' : 'gone',
    );
    expect(changes).toEqual(['superseded']);
    expect(plan.counts).toEqual({ ...none, superseded: 1 });
  });

  it('is also that of a user who was there before and takes over the identifier', () => {
    const { superseded, plan } = tallyOf([
      [kept(sent('a', { barcode: 'B1' })), null],
      [kept(sent('b')), sent('b', { barcode: 'B1' })],
    ]);
    expect([...superseded]).toEqual(['a']);
    expect(plan.counts.gone).toBe(0);
  });
});

describe('unusual changes', () => {
  it('are the ten rarest, as shapes, and no plan holds a value', () => {
    const common = Array.from({ length: 5 }, (_, index): [RosterUser, SentUser] => [
      kept(sent(`c${index}`, { name: 'Aaa' })),
      sent(`c${index}`, { name: 'Bbb' }),
    ]);
    const rare = Array.from({ length: 10 }, (_, index): [RosterUser, SentUser] => [
      kept(sent(`r${index}`, { name: 'Geheim' })),
      sent(`r${index}`, { name: `Verborgen-${'7'.repeat(index + 1)}` }),
    ]);
    const { plan } = tallyOf([...common, ...rare]);
    expect(plan.unusual).toHaveLength(10);
    expect(plan.unusual[0]).toEqual({ element: 'last_name', from: 'Aaaaaa', to: 'Aaaaaaaaa-9', users: 1 });
    expect(plan.unusual.some(({ users }) => users === 5)).toBe(false);
    expect(JSON.stringify(plan)).not.toMatch(/Geheim|Verborgen|77|Bbb/);
  });

  it('tell that a value comes or goes', () => {
    const { plan } = tallyOf([[kept(sent('a')), sent('a', { barcode: '' })]]);
    expect(plan.unusual).toContainEqual({
      element: 'user_identifiers/user_identifier[BARCODE]/value',
      from: 'A-a',
      to: '(empty)',
      users: 1,
    });
  });
});
