import { describe, expect, it } from 'vitest';
import { readXml, textsAt } from '../../support/read-xml.ts';
import { around, compile, fillOnce, problemsIn } from '../../support/templates.ts';

const purge = '<purge_date>{{days 180 @expiry_date}}</purge_date>';
const expiry = (text: string) => `<expiry_date>${text}</expiry_date>`;
const dates = (body: string, A = '') => {
  const user = readXml(fillOnce(body, { A }).xml);
  return ['expiry_date', 'purge_date'].map((name) => textsAt(user, name).join());
};

describe('@expiry_date', () => {
  it('is the date of the user, wherever the element stands', () => {
    const both = ['2026-06-30', '2026-12-27'];
    expect(dates(expiry('{{date A}}') + purge, '2026-06-30')).toEqual(both);
    expect(dates(purge + expiry('{{date A}}'), '2026-06-30')).toEqual(both);
    expect(dates(purge + expiry('{{date A}}Z'), '2026-06-30')).toEqual(['2026-06-30Z', '2026-12-27']);
  });

  it('is also one that all users have', () => {
    expect(dates(expiry('{{months 6}}') + purge)).toEqual(['2026-09-01', '2027-02-28']);
    expect(dates(expiry('2026-09-01') + purge)).toEqual(['2026-09-01', '2027-02-28']);
  });

  it('is empty for a user who has none, also behind one who has', () => {
    const template = compile(around(purge + expiry('{{date A}}')));
    expect(template.fill({ ID: 'p', A: '2026-06-30' }).xml).toContain('<purge_date>');
    expect(template.fill({ ID: 'q', A: '' }).xml).not.toContain('_date>');
  });

  it('can stand in what is inside other elements, and in a list', () => {
    const body = `<user_notes><user_note each="{{split A ';'}}"><note_type>X</note_type><note_text>{{this}} until {{@expiry_date}}</note_text><user_viewable>true</user_viewable><popup_note>false</popup_note></user_note></user_notes>${expiry('{{months 6}}')}`;
    expect(textsAt(readXml(fillOnce(body, { A: 'a;b' }).xml), 'user_notes/user_note/note_text')).toEqual([
      'a until 2026-09-01',
      'b until 2026-09-01',
    ]);
  });

  it.each([
    ['without an expiry date', purge, 'the template names @expiry_date, but has no expiry_date'],
    ['of itself', expiry('{{days 1 @expiry_date}}'), 'expiry_date is made of itself'],
    [
      'by another name',
      `${expiry('{{date A}}')}<purge_date>{{days 1 @purge_date}}</purge_date>`,
      '"@purge_date" is not a column',
    ],
  ])('is refused %s', (_, body, message) => {
    expect(problemsIn(around(body))).toEqual([expect.stringContaining(message)]);
  });
});
