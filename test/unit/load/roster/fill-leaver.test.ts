import { describe, expect, it } from 'vitest';

import { RejectedPerson } from '../../../../src/load/rejected-person.ts';
import { fillLeaver } from '../../../../src/load/roster/fill-leaver.ts';
import { compileLeaversTemplate } from '../../../../src/load/roster/leavers-template.ts';
import { fieldIn } from '../../../../src/load/roster/overlay-user.ts';
import type { RosterUser } from '../../../../src/load/roster/roster-user.ts';
import { UserXml } from '../../../../src/load/roster/user-xml.ts';
import { failureOf } from '../../../support/failure.ts';
import { runFacts } from '../../support/templates.ts';

const now = new Date('2026-03-10T12:00:00Z');
const run = runFacts({ now: now.toISOString() });
const compile = (inner: string) => compileLeaversTemplate('leavers.xml', `<user>\n${inner}\n</user>`, run);
const gone = { last: '2026-03-06', day: '2026-03-07' };

const userWith = (inner: string): RosterUser => ({
  id: 'J&D',
  key: '17',
  group: 'staff',
  print: 'x',
  since: '2025-01-01',
  gone: null,
  pending: false,
  order: 'j&d',
  xml: UserXml.of(
    `<user>\n<primary_id>J&amp;D</primary_id>\n<user_group>FAC</user_group>\n${inner}</user>\n`,
  ),
});

const fill = (template: string, inner = '<expiry_date>2027-01-01</expiry_date>\n', purgeAfterDays = 180) =>
  fillLeaver(userWith(inner), gone, { template: compile(template), purgeAfterDays }, now);

describe('the user of a leaver', () => {
  it('is the one that was sent, with what the template changes', () => {
    const note =
      '<user_notes><user_note segment_type="External"><note_type>OTHER</note_type><note_text>{{group}} {{user_group}} {{last_day}} {{gone_day}} {{sent_expiry_date}} {{primary_id}}</note_text><user_viewable>false</user_viewable><popup_note>false</popup_note></user_note></user_notes>';
    const xml = fill(`<expiry_date>{{days 0}}</expiry_date>${note}`);
    expect(xml).toContain('<primary_id>J&amp;D</primary_id>');
    expect(fieldIn(xml, 'expiry_date')).toBe('2026-03-10');
    expect(xml).toContain('<note_text>staff FAC 2026-03-06 2026-03-07 2027-01-01 J&amp;D</note_text>');
  });

  it('is never let in for longer than before', () => {
    expect(fieldIn(fill('<expiry_date>{{days 30 gone_day}}</expiry_date>'), 'expiry_date')).toBe(
      '2026-04-06',
    );
    const expired = '<expiry_date>2026-02-01Z</expiry_date>\n';
    expect(fieldIn(fill('<expiry_date>{{days 30 gone_day}}</expiry_date>', expired), 'expiry_date')).toBe(
      '2026-02-01Z',
    );
  });

  it.each([
    ['before the least days', '<purge_date>{{days 179}}</purge_date>', true],
    ['after them', '<purge_date>{{days 180}}</purge_date>', false],
    ['none', '<status>INACTIVE</status>', false],
  ])('with a purge date %s is %j: rejected %s', (_, purge, isRejected) => {
    const inner = '<expiry_date>2026-04-01</expiry_date>\n';
    if (isRejected) expect(() => fill(purge, inner)).toThrow(RejectedPerson);
    else expect(fill(purge, inner)).toContain('<user>');
  });

  it('is not purged before it expires', () => {
    expect(() =>
      fill('<purge_date>{{days 200}}</purge_date>', '<expiry_date>2028-01-01</expiry_date>\n'),
    ).toThrow(RejectedPerson);
  });
});

describe('a template of leavers', () => {
  it.each([
    ['<primary_id>{{primary_id}}</primary_id>', 'remove <primary_id>; a leaver keeps the one that was sent'],
    ['<user_identifiers/>', '<user_identifiers> stays as it was sent'],
    ['<contact_info/>', '<contact_info> stays as it was sent'],
    ['<last_name>{{gone_dya}}</last_name>', 'there is no gone_dya, did you mean "gone_day"?'],
    ['<expiry_dat>2027-01-01</expiry_dat>', 'expiry_dat'],
    ['<expiry_date>2020-01-01</expiry_date>', 'before the day of the run'],
  ])('with %s is refused', async (inner, message) => {
    const error = await failureOf((async () => compile(inner))());
    expect(error).toMatchObject({ code: 'TEMPLATE_INVALID' });
    expect(error.message).toContain(message);
  });
});
