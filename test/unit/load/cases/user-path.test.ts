import { describe, expect, it } from 'vitest';
import { readUser } from '../../../../src/load/cases/read-user.ts';
import { flatten, parseUserPath, valuesAt } from '../../../../src/load/cases/user-path.ts';

const xml = `<user>
<primary_id>p1</primary_id>
<user_group desc="Staff">11</user_group>
<contact_info>
<addresses><address preferred="true"><line1>1 Elm</line1><address_types><address_type desc="Home">home</address_type></address_types></address></addresses>
<emails>
<email preferred="true"><email_address>a@b.edu</email_address><email_types><email_type>work</email_type><email_type>school</email_type></email_types></email>
<email preferred="false"><email_address>c@d.edu</email_address><email_types><email_type>home</email_type></email_types></email>
</emails>
</contact_info>
<user_identifiers>
<user_identifier><id_type desc="Barcode">01</id_type><value>02</value></user_identifier>
<user_identifier><id_type desc="University id">02</id_type><value>900</value></user_identifier>
</user_identifiers>
<user_statistics><user_statistic><statistic_category>BIOL</statistic_category></user_statistic><user_statistic><statistic_category>CHEM</statistic_category></user_statistic></user_statistics>
</user>`;
const user = readUser(xml);

function at(text: string): readonly string[] | string {
  const path = parseUserPath(text);
  if (!user) throw new Error('no user');
  return typeof path === 'string' ? path : valuesAt(user, path);
}

describe('a path to values of a user', () => {
  it.each([
    ['primary_id', ['p1']],
    ['user_group@desc', ['Staff']],
    ['contact_info.emails', ['a@b.edu', 'c@d.edu']],
    ['contact_info.emails.email[2].email_address', ['c@d.edu']],
    ['contact_info.emails.email.email_address', ['a@b.edu', 'c@d.edu']],
    ['contact_info.emails[school]', ['a@b.edu']],
    ['contact_info.emails[school].email_types', ['work', 'school']],
    ['contact_info.emails[3]', []],
    ['contact_info.emails.email@preferred', ['true', 'false']],
    ['contact_info.emails@preferred', ['true', 'false']],
    ['contact_info.emails[home]@preferred', ['false']],
    ['contact_info.addresses[Home]', ['1 Elm']],
    ['contact_info.phones', []],
    ['contact_info', ['<contact_info>']],
    ['user_identifiers[Barcode]', ['02']],
    ['user_identifiers[02]', ['900']],
    ['user_identifiers[2].id_type', ['02']],
    ['user_statistics', ['BIOL', 'CHEM']],
    ['middle_name', []],
  ])('%s', (path, expected) => {
    expect(at(path)).toEqual(expected);
  });

  it.each([
    ['usergroup', 'user has no usergroup, did you mean "user_group"?'],
    ['contact_info.email', 'contact_info has no email, did you mean "emails"?'],
    ['contact_info.emails.email_address', 'emails has no email_address; it has email'],
    ['user_group.desc', 'user_group has no desc, and holds a value'],
    ['user_group@dsec', 'user_group has no attribute dsec, did you mean "desc"?'],
    ['contact_info..emails', '"contact_info..emails" is not a path'],
    ['emails[', '"emails[" is not a path'],
    ['', '"" is not a path'],
    ['constructor', 'user has no constructor'],
  ])('%j is refused', (path, message) => {
    expect(at(path)).toContain(message);
  });

  it('of each value leads back to it', () => {
    if (!user) throw new Error('no user');
    const values = flatten(user);
    expect(values.size).toBe(22);
    for (const [path, value] of values) expect(at(path), path).toEqual([value]);
  });
});
