import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PeopleRegister } from '../../../src/load/people-register.ts';
import { validateUsers } from '../../../src/load/validate-users.ts';
import { problemsOf, validate } from '../support/read-xml.ts';

const users = (body: string) => `<users>\n<user>\n<primary_id>a</primary_id>\n${body}\n</user>\n</users>`;
const email = (attributes = '', address = 'a@b.example') =>
  `<email${attributes}><email_address>${address}</email_address><email_types><email_type>work</email_type></email_types></email>`;
const contact = (inner: string) => `<contact_info>\n${inner}\n</contact_info>`;
const card = (value: string) =>
  `<user_identifiers><user_identifier><id_type>01</id_type><value>${value}</value></user_identifier></user_identifiers>`;

describe('a file of users is refused with the line and the reason', () => {
  it.each([
    [
      'an unknown element',
      '<frist_name>x</frist_name>',
      '4 error: <user> has no <frist_name>, did you mean "first_name"?',
    ],
    [
      'an element named like a property of every object',
      '<constructor/>',
      '4 error: <user> has no <constructor>',
    ],
    [
      'an element of a list that is another',
      contact('<emails>\n<phone/></emails>'),
      '6 error: <emails> has no <phone>',
    ],
    [
      'an element twice',
      '<last_name>x</last_name>\n<last_name>x</last_name>',
      '5 error: <last_name> appears twice in <user>',
    ],
    [
      'elements in a value',
      '<last_name>\n<b/></last_name>',
      '5 error: <last_name> holds a value, not elements',
    ],
    ['text between elements', contact('x'), '4 error: text between the elements of <contact_info>'],
    [
      'an unknown attribute',
      '<status dsec="x">A</status>',
      '4 error: <status> has no attribute dsec, did you mean "desc"?',
    ],
    [
      'an attribute too long',
      `<campus_code desc="${'x'.repeat(256)}">A</campus_code>`,
      '4 error: desc of <campus_code> is longer than 255 characters',
    ],
    [
      'an attribute that is no boolean',
      contact(`<emails>\n${email(' preferred="TRUE"')}</emails>`),
      '6 error: preferred of <email> is not true or false',
    ],
    [
      'a second preferred',
      contact(`<emails>\n${email(' preferred="true"')}\n${email(' preferred="1"')}</emails>`),
      '7 error: a second preferred <email>; Alma accepts one',
    ],
    [
      'phones before emails',
      contact('<phones/>\n<emails/>'),
      '6 error: <emails> is in the wrong place; the order in <contact_info> is addresses, emails, phones',
    ],
    [
      'a part without what Alma needs',
      '<user_statistics>\n<user_statistic/></user_statistics>',
      '5 error: <user_statistic> lacks <statistic_category>',
    ],
    [
      'an empty value that Alma needs',
      card(''),
      '4 error: <value> is empty, but Alma needs it in <user_identifier>',
    ],
    [
      'a blank value that Alma needs',
      contact(`<emails>${email('', '\n\u00a0')}</emails>`),
      '5 error: <email_address> is empty, but Alma needs it in <email>',
    ],
    [
      'an empty date',
      '<expiry_date/>',
      '4 warning: <expiry_date> is empty, which is not a date; leave the element out',
    ],
    [
      'an empty boolean',
      '<is_researcher></is_researcher>',
      '4 warning: <is_researcher> is empty, which is not a boolean; leave the element out',
    ],
    [
      'a date of another form',
      '<expiry_date>01/02/2026</expiry_date>',
      '4 error: <expiry_date> is not a date',
    ],
    [
      'a date in blanks that XML does not know',
      '<expiry_date>\u00a02026-01-01</expiry_date>',
      '4 error: <expiry_date> is not a date',
    ],
    [
      'a text too long',
      `<last_name>${'😀'.repeat(256)}</last_name>`,
      '4 error: <last_name> is longer than 255 characters',
    ],
    ['an identifier twice', card('A'), '2 error: a <user> with the same identifier twice'],
    [
      'blanks around an identifier',
      card(' b'),
      '4 error: blanks around the value of <value>; Alma keeps them as a part of it',
    ],
    [
      'blanks around a code',
      '<user_group>\n01</user_group>',
      '4 error: blanks around the value of <user_group>; Alma keeps them as a part of it',
    ],
    [
      'a code of version 1',
      '<status>Active</status>',
      '4 error: <status> is spelt as in version 1; Alma knows ACTIVE, INACTIVE',
    ],
    [
      'a namespace',
      contact('<emails xmlns="http://com/exlibris/alma/users"/>'),
      '5 error: a namespace on <emails>, which Alma does not know',
    ],
    [
      'a value beyond all',
      `<web_site_url/><source_link_id>${'x'.repeat(70_000)}</source_link_id>`,
      '4 error: <source_link_id> is longer than 65536 characters',
    ],
    ['a name with controls', '<x\u200dy/>', '4 error: <user> has no <x\\u200dy>'],
    [
      'an element of live feeds',
      '<pref_full_name>x</pref_full_name>',
      "4 warning: <pref_full_name> is not in Alma's schema; Alma loads files that have it",
    ],
  ])('%s', async (_, body, problem) => {
    expect(await problemsOf(users(body))).toEqual([problem]);
  });

  it.each([
    [
      '<Users>\n<user><primary_id>a</primary_id><x/></user></Users>',
      ['1 error: the root is <Users>, not <users>', '2 error: <user> has no <x>'],
    ],
    [
      '<user>\n<primary_id>a</primary_id>\n<x/></user>',
      [
        '1 error: the root is <user>; Alma loads users from <users> around them',
        '3 error: <user> has no <x>',
      ],
    ],
    [
      '<userRecords>\n<userRecord><userDetails/></userRecord>\n<userRecord/></userRecords>',
      [
        '2 error: <userRecord> is version 1 of the user XML, which Alma has retired; it loads <user> of version 2 in <users>',
      ],
    ],
    [
      '<userRecord/>',
      [
        '1 error: <userRecord> is version 1 of the user XML, which Alma has retired; it loads <user> of version 2 in <users>',
      ],
    ],
    ['<users>\n</users>', ['1 error: holds no user']],
    ['<users/>\n', ['1 error: holds no user']],
    [
      '<!DOCTYPE users [<!ENTITY a "&#160;">]>\n<users>&a;</users>',
      ['1 error: a DOCTYPE, which no user file has; what it defines is not read, nor the rest of the file'],
    ],
    [
      '<?xml version="1.0" encoding="utf-16"?><users><user><primary_id>a</primary_id></user></users>',
      ['1 error: declared as utf-16, but Alma accepts only UTF-8'],
    ],
    [
      '<?xml version="1.0" encoding="US-ASCII"?><users><user><primary_id>a</primary_id></user></users>',
      ['1 warning: declared as US-ASCII, which reads the same as UTF-8 only while all is ASCII'],
    ],
    [
      '<?xml version="1.0" encoding="iso-8859-1"?>\n<users><user>\n<primary_id>é</primary_id></user></users>',
      ['3 error: declared as iso-8859-1, but this line has characters beyond ASCII; declare UTF-8'],
    ],
  ])('for what it is as a whole: %s', async (xml, problems) => {
    expect(await problemsOf(xml)).toEqual(problems);
  });

  it('another root, of which nothing more is looked at', async () => {
    expect(await problemsOf('<people>\n<user/></people>')).toEqual([
      '1 error: the root is <people>, not <users>',
    ]);
  });

  it('a user without a primary id, with a warning', async () => {
    expect(await problemsOf('<users>\n<user><last_name>x</last_name></user></users>')).toEqual([
      '2 warning: a <user> without <primary_id>: Alma makes one up for new users',
    ]);
  });

  it('several problems at once, in their order', async () => {
    expect(await problemsOf(users('<oops/>\n<expiry_date/>\n<status desk="x">A</status>'))).toEqual([
      '4 error: <user> has no <oops>',
      '5 warning: <expiry_date> is empty, which is not a date; leave the element out',
      '6 error: <status> has no attribute desk, did you mean "desc"?',
    ]);
  });
});

describe('a file of users passes', () => {
  it.each([
    ['children in any order', users('<status>A</status><last_name>x</last_name>')],
    ['empty texts and lists', users('<last_name/><user_notes/>')],
    ['blanks around dates', users('<expiry_date>\n 2027-01-01Z </expiry_date>')],
    ['texts of just the right length', users(`<last_name>${'😀'.repeat(255)}</last_name>`)],
    [
      'attributes of exports and of other namespaces',
      '<users xmlns:x="urn:x" total_record_count="1"><user link="" x:y="1"><primary_id>a</primary_id></user></users>',
    ],
    ['CDATA and references', users('<last_name><![CDATA[<]]>&amp;&#x1F600;</last_name>')],
    ['the older root', '<userRecords><user><primary_id>a</primary_id></user></userRecords>'],
    [
      'elements newer than the schema',
      users(
        '<user_statistics><user_statistic><statistic_category>A</statistic_category><statistic_owner>B</statistic_owner></user_statistic></user_statistics>',
      ),
    ],
    [
      'what only looks like an ampersand',
      users('<!-- a & b &c; <!DOCTYPE --><?pi & ?><last_name><![CDATA[a & b]]>&#38;&#x000026;</last_name>'),
    ],
    ['dates in time', users('<expiry_date>2026-03-01</expiry_date><purge_date>2046-03-01Z</purge_date>')],
    ['a byte order mark', `\ufeff${users('')}`],
  ])('with %s', async (_, xml) => {
    expect(await problemsOf(xml)).toEqual([]);
  });

  it('and its users are counted', async () => {
    const user = (id: number) => `<user><primary_id>${id}</primary_id></user>`;
    expect((await validate([`<users>${user(1)}${user(2)}${user(3)}</users>`])).users).toBe(3);
  });
});

describe('the dates of a user', () => {
  it.each([
    [
      '2027-01-01',
      '2026-12-31',
      ['5 warning: <purge_date> lies before <expiry_date>: a purge would remove an account that is valid'],
    ],
    ['2026-02-28', '2026-03-01', ['4 warning: <expiry_date> has passed: the account is expired']],
    [
      '2026-02-01',
      '2026-02-28Z',
      [
        '4 warning: <expiry_date> has passed: the account is expired',
        '5 warning: <purge_date> has passed: the next purge removes the user, which cannot be undone',
      ],
    ],
    [
      '2999-12-31',
      '2999-12-31',
      [
        '4 warning: <expiry_date> is more than 20 years away: a typing error?',
        '5 warning: <purge_date> is more than 20 years away: a typing error?',
      ],
    ],
  ])('%s and %s are told with warnings', async (expiry, purge, problems) => {
    const body = `<expiry_date>${expiry}</expiry_date>\n<purge_date>${purge}</purge_date>`;
    expect(await problemsOf(users(body))).toEqual(problems);
  });

  it('are not taken from the user before', async () => {
    const xml =
      '<users>\n<user><primary_id>a</primary_id><expiry_date>2027-01-01</expiry_date></user>\n<user><primary_id>b</primary_id><purge_date>2026-06-01</purge_date></user></users>';
    expect(await problemsOf(xml)).toEqual([]);
  });
});

describe('a file that cannot be read', () => {
  const more = '<user><last_name>A &amp; B</last_name></user>\n'.repeat(3000);

  it.each([
    [
      'a tag that is not closed',
      '<users>\n<user>\n<last_name>x</first_name></user><oops/></users>',
      '3 another closing tag than the element of line 3 needs',
    ],
    [
      'a part that is not closed',
      '<users>\n<user>\n<user_notes><user_note>\n</user></users>',
      '4 another closing tag than the element of line 3 needs',
    ],
    [
      'a character that XML forbids',
      '<users>\n\u0007</users>',
      '2 a control character, or a < in an attribute',
    ],
    [
      'an unknown reference',
      '<users>\n&nbsp;</users>',
      '2 a reference that XML does not define, such as &nbsp; of HTML; write the character itself',
    ],
    [
      'an ampersand, with references behind it',
      `<users>\n<user>\n<last_name>A & B</last_name></user>${more}</users>`,
      '3 an & that is not escaped; write &amp;',
    ],
    [
      'an ampersand in an attribute',
      `<users>\r\n<user>\r<status desc="A&B">A</status></user>${more}</users>`,
      '3 an & that is not escaped; write &amp;',
    ],
    ['an ampersand at the end', '<users>\n\n&', '3 an & that is not escaped; write &amp;'],
    ['a reference to nothing', '<users>\n&#0;</users>', '2 a reference to a character that XML forbids'],
    [
      'a < in a value',
      '<users>\n<user>\n<last_name>A < B</last_name></user></users>',
      '3 a < that is not escaped (write &lt;), or a broken tag',
    ],
    [
      'an end that is missing',
      '<users>\n<user>\n',
      '3 it ends inside of an element that begins in line 2; was it cut off?',
    ],
    [
      'an end inside of a tag',
      '<users>\n<user',
      '2 it ends inside of an element that begins in line 1; was it cut off?',
    ],
    ['a comment that does not end', `<users>\n<user>\n<!-- a ${more}`, '3 a comment that does not end'],
    [
      'CDATA that does not end',
      '<users>\n<user>\n<last_name><![CDATA[a\n\n</last_name></user></users>',
      '3 a CDATA section that does not end',
    ],
    ['an attribute twice', '<users>\n<user SECRET="" SECRET=""/></users>', '2 an attribute twice in one tag'],
    ['nothing at all', '', '1 it holds no element'],
  ])('says only the first reason, in its line: %s', async (_, xml, problem) => {
    const { problems } = await validate([xml]);
    expect(problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
      problem.replace(' ', ' not well-formed XML, so Alma rejects the entire file: '),
    ]);
  });

  it.each([
    ['elements in elements', '<a>'.repeat(100_000), 'elements more than 50 deep'],
    ['a text', `<users><user><last_name>${'x'.repeat(3_000_000)}`, 'more than 1 MiB without the end'],
    ['a tag', `<users ${'a="1" '.repeat(500_000)}`, 'more than 1 MiB without the end'],
    ['a comment', `<users><!--${'x'.repeat(3_000_000)}`, 'more than 1 MiB without the end'],
  ])('is left at once when it has no measure: %s', async (_, xml, message) => {
    let read = 0;
    async function* chunks() {
      for (let at = 0; at < xml.length; at += 65_536) {
        read += 1;
        yield Buffer.from(xml.slice(at, at + 65_536));
      }
    }
    const problems: string[] = [];
    const run = {
      register: new PeopleRegister(false),
      now: new Date(),
      report: (problem: { message: string }) => problems.push(problem.message),
    };
    await validateUsers({ name: 'x', chunks: chunks(), hasChecksum: false }, run);
    expect(problems.at(-1)).toContain(message);
    expect(read).toBeLessThanOrEqual(18);
  });

  it('says from which line on it is not UTF-8', async () => {
    const { problems } = await validate([
      '<users>\n<user>\n<last_name>',
      Buffer.from([0x4d, 0xfc, 0x6c]),
      '</last_name>',
    ]);
    expect(problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '3 not UTF-8 from here on, so Alma rejects the entire file',
    ]);
  });

  it('says the line also where that is far from the start of a piece', async () => {
    const file = [
      Buffer.from(`<users>\n${'<!-- é -->\n'.repeat(500)}`),
      Buffer.from([0xe4]),
      Buffer.from('\n<!-- é -->'.repeat(500)),
    ];
    for (const pieces of [[Buffer.concat(file)], file]) {
      const { problems } = await validate(pieces);
      expect(problems.map(({ line }) => line)).toEqual([502]);
    }
  });

  it('says that it is UTF-16', async () => {
    const { problems } = await validate([Buffer.from('\ufeff<users/>', 'utf16le')]);
    expect(problems.map(({ message }) => message)).toEqual([
      'UTF-16, not UTF-8, so Alma rejects the entire file',
    ]);
  });

  it('says so when it ends inside of a character', async () => {
    const { problems } = await validate([Buffer.from(`${users('')}é`).subarray(0, -1)]);
    expect(problems.map(({ message }) => message)).toEqual([
      'not UTF-8 from here on, so Alma rejects the entire file',
    ]);
  });

  it('is no excuse for an error of the program', async () => {
    async function* chunks(): AsyncGenerator<Buffer> {
      yield Buffer.from('<users>');
      throw new TypeError('a mistake of ours');
    }
    await expect(
      validateUsers(
        { name: 'x', chunks: chunks(), hasChecksum: false },
        { register: new PeopleRegister(false), now: new Date(), report: () => {} },
      ),
    ).rejects.toThrow('a mistake of ours');
  });
});

describe('identifiers', () => {
  it('that a user of another file has are found in any case, with the place of both', async () => {
    const register = new PeopleRegister(false);
    const user = (id: string) => `<user><primary_id>${id}</primary_id></user>`;
    await validate([`<users>\n${user('x')}\n${user('AbC')}</users>`], register, 'one.xml');
    const { problems } = await validate([`<users>${user('y')}\n${user('aBc')}</users>`], register, 'two.xml');
    expect(problems).toEqual([
      {
        file: 'two.xml',
        line: 2,
        level: 'error',
        message: 'a <user> with an identifier that the one in one.xml, line 3 already has',
      },
    ]);
  });

  it('are never told in a message', async () => {
    const problems = await problemsOf(
      users(
        `${card(' SECRET')}<birth_date>SECRET</birth_date><last_name>A <SECRET B=""/></last_name><status desc="" SECRET="">A</status>`,
      ),
    );
    expect(problems.filter((each) => each.includes('SECRET'))).toEqual([
      '4 error: <status> has no attribute SECRET',
    ]);
  });
});

describe('a value with markup in it', () => {
  it.each([
    'A <SECRET> B',
    'A <SECRET',
    'A </SECRET> B',
    'A &SECRET; B',
    '&SECRET',
    '<SECRET a=""',
    'A<SECRET a="" a="">',
  ])('is never told: %s', async (value) => {
    const problems = await problemsOf(users(`<last_name>${value}</last_name>`));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join()).not.toContain('SECRET');
  });
});

describe('the pieces in which a file comes', () => {
  it('make no difference, wherever they are cut', async () => {
    const texts = [
      users(`<oops/>\r\n<last_name>Ünï😀</last_name>\r\n<expiry_date/>\n${card('a')}`),
      '<users>\n<user><primary_id>é</primary_id></user>\n<user>\n<oops></users><user/><bad/>',
      '<users>\r<!-- & -->\r\n<user><last_name>a &amp; b & c; d &amp;</last_name></user>\n</users>',
      '<users>\n<![CDATA[ ]] & <!-- ]]>\r\n<!-- ]]> &\n',
      '<users>\n<user\n><x/></user><!DOCTYPE x>',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...texts),
        fc.array(fc.integer({ min: 1, max: 30 })),
        async (text, sizes) => {
          const bytes = Buffer.from(text);
          const pieces: Buffer[] = [];
          let from = 0;
          for (const size of [...sizes, bytes.length]) {
            pieces.push(bytes.subarray(from, from + size));
            from += size;
          }
          expect(await validate(pieces)).toEqual(await validate([bytes]));
        },
      ),
    );
  });
});
