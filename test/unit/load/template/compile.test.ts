import { describe, expect, it } from 'vitest';
import { around, problemsIn } from '../../support/templates.ts';

describe('a template with a mistake in its XML is refused with the line', () => {
  it.each([
    [
      'an unknown element, with the nearest name',
      '<frist_name>x</frist_name>',
      'line 3: <user> has no <frist_name>, did you mean "first_name"?',
    ],
    ['an element in the wrong place', '<email>x</email>', 'line 3: <user> has no <email>'],
    [
      'an element twice',
      '<last_name>{{A}}</last_name>\n<last_name>{{B}}</last_name>',
      'line 4: <last_name> appears twice in <user>',
    ],
    [
      'an unknown attribute, with the nearest name',
      '<user_group dsec="x">{{A}}</user_group>',
      'line 3: <user_group> has no attribute dsec, did you mean "desc"?',
    ],
    [
      'an attribute named like a property of every object',
      '<user_group constructor="x">{{A}}</user_group>',
      'line 3: <user_group> has no attribute constructor',
    ],
    [
      'an element named like a property of every object',
      '<constructor>x</constructor>',
      'line 3: <user> has no <constructor>',
    ],
    [
      'elements in a value',
      '<last_name>\n<b>x</b></last_name>',
      'line 4: <last_name> holds a value, not <b>',
    ],
    [
      'a bad date that is written down',
      '<birth_date>01/02/2000</birth_date>',
      'line 3: "01/02/2000" in <birth_date> is not a date',
    ],
    [
      'a bad boolean that is written down',
      '<is_researcher>yes</is_researcher>',
      'line 3: "yes" in <is_researcher> is not a boolean',
    ],
    [
      'a text too long that is written down',
      `<campus_code>${'x'.repeat(51)}</campus_code>`,
      'line 3: the text of <campus_code> is longer than 50 characters',
    ],
    [
      'an attribute too long that is written down',
      `<campus_code desc="${'x'.repeat(256)}">{{A}}</campus_code>`,
      'line 3: desc of <campus_code> is longer than 255 characters',
    ],
  ])('%s', (_, body, message) => {
    expect(problemsIn(around(body))).toEqual([`  - ${message}`]);
  });

  it('a bad boolean in an attribute', () => {
    const body =
      '<contact_info><emails>\n<email preferred="TRUE"><email_address>{{A}}</email_address><email_types><email_type>work</email_type></email_types></email></emails></contact_info>';
    expect(problemsIn(around(body))).toEqual([
      '  - line 4: preferred="TRUE" is not a boolean; write true or false',
    ]);
  });

  it('two preferred e-mail addresses', () => {
    const email =
      '<email preferred="true"><email_address>{{A}}</email_address><email_types><email_type>work</email_type></email_types></email>';
    expect(
      problemsIn(around(`<contact_info><emails>\n${email}\n${email}\n</emails></contact_info>`)),
    ).toEqual(['  - line 5: a second preferred="true" in <emails>; Alma accepts one']);
  });

  it('phones before emails, because only contact_info has an order', () => {
    const body = `<contact_info>
<phones><phone><phone_number>{{A}}</phone_number><phone_types><phone_type>home</phone_type></phone_types></phone></phones>
<emails><email><email_types><email_type>work</email_type></email_types><email_address>{{A}}</email_address></email></emails>
</contact_info>`;
    expect(problemsIn(around(body))).toEqual([
      '  - line 5: <emails> is in the wrong place; the order in <contact_info> is addresses, emails, phones',
    ]);
  });

  it('a part without a child that Alma needs, and one whose child is empty', () => {
    const body = `<user_identifiers>
<user_identifier><id_type>01</id_type></user_identifier>
<user_identifier><id_type/><value>{{A}}</value></user_identifier>
</user_identifiers>`;
    expect(problemsIn(around(body))).toEqual([
      '  - line 4: <user_identifier> lacks <value>, which Alma needs in it',
      '  - line 5: <id_type> is empty, but Alma needs it in <user_identifier>',
    ]);
  });

  it('a list without items that a part needs', () => {
    const phone = '<phone><phone_number>{{A}}</phone_number>\n<phone_types/></phone>';
    expect(problemsIn(around(`<contact_info><phones>${phone}</phones></contact_info>`))).toEqual([
      '  - line 4: <phone_types> is empty, but Alma needs it in <phone>',
    ]);
  });

  it('an identifier that is the same for everybody', () => {
    expect(problemsIn('<user><primary_id>p1</primary_id></user>')).toEqual([
      expect.stringContaining('line 1: <primary_id> must differ from user to user'),
    ]);
  });

  it('XML that is not well-formed, only for its first error', () => {
    expect(
      problemsIn('<user>\n<primary_id>{{A}}</primary_id>\n<last_name>{{B}}</first_name>\n</oops>'),
    ).toEqual([expect.stringMatching(/^ {2}- line 3: not well-formed XML: /)]);
  });

  it.each([
    [
      'another root',
      '<people>\n<user/></people>',
      'line 1: the root is <people>; a template must be a <user>, alone or inside <users>',
    ],
    ['no user', '<users>\n<person/></users>', 'line 2: <users> holds no <user>'],
    ['an empty list', '<userRecords/>', 'line 1: <userRecords> holds no <user>'],
  ])('%s', (_, xml, message) => {
    expect(problemsIn(xml)).toEqual([`  - ${message}`]);
  });

  it('a second user', () => {
    const user = '<user><primary_id>{{A}}</primary_id></user>';
    expect(problemsIn(`<users>\n${user}\n${user}\n</users>`)).toEqual([
      '  - line 3: a template holds one <user>; give each group its own file',
    ]);
  });

  it('an expression around the user, which would be lost without a word', () => {
    const user = '<user><primary_id>{{A}}</primary_id></user>';
    expect(problemsIn(`<users>\n\n{{#if A}}${user}{{/if}}\n</users>`)).toEqual([
      '  - line 3: expressions and texts must be inside <user>',
    ]);
  });

  it('a required element that is missing or empty', () => {
    const setup = { required: ['last_name', 'contact_info/emails'] };
    expect(problemsIn(around('<last_name/>'), setup)).toEqual([
      '  - line 3: last_name is required, but empty in the template',
      '  - line 1: the template lacks contact_info/emails, which is required',
    ]);
  });

  it('a template without primary_id, even if the configuration does not require it', () => {
    expect(problemsIn('<user>\n<last_name>{{A}}</last_name></user>')).toEqual([
      '  - line 1: the template lacks primary_id, which is required',
    ]);
  });

  it('allowed values for an element that no user has, but not for one that the template lacks', () => {
    const allowed = { user_grup: ['1'], contact_info: ['1'], 'user_notes/user_note/note_type': ['1'] };
    expect(problemsIn(around(''), { allowed })).toEqual([
      '  - line 1: allowed names user_grup, but users have no such element',
      '  - line 1: allowed names contact_info, but users have no such element',
    ]);
  });

  it('a written text that the configuration does not allow', () => {
    expect(problemsIn(around('<user_group>99</user_group>'), { allowed: { user_group: ['31'] } })).toEqual([
      '  - line 3: "99" in <user_group> is not among the allowed values',
    ]);
  });
});
