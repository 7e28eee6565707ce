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
      '5 error: <last_name> stands twice in <user>',
    ],
    ['elements in a value', '<last_name>\n<b/></last_name>', '5 error: <last_name> holds a value, not <b>'],
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
      '7 error: a second preferred <email>; Alma takes one',
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
      '4 error: <expiry_date> is empty, which is not a date; leave the element out',
    ],
    [
      'an empty boolean',
      '<is_researcher></is_researcher>',
      '4 error: <is_researcher> is empty, which is not a boolean; leave the element out',
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
    ['an identifier twice', card(' A '), '2 error: a <user> with the same identifier twice'],
  ])('%s', async (_, body, problem) => {
    expect(await problemsOf(users(body))).toEqual([problem]);
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
      '5 error: <expiry_date> is empty, which is not a date; leave the element out',
      '6 error: <status> has no attribute desk, did you mean "desc"?',
    ]);
  });
});

describe('a file of users passes', () => {
  it.each([
    ['children in any order', users('<status>A</status><last_name>x</last_name>')],
    ['empty texts and lists', users('<last_name/><user_notes/>')],
    ['blanks around dates', users('<expiry_date>\n 2026-01-01Z </expiry_date>')],
    ['texts of just the right length', users(`<last_name>${'😀'.repeat(255)}</last_name>`)],
    [
      'attributes of exports and of other namespaces',
      '<users xmlns:x="urn:x" total_record_count="1"><user link="" x:y="1"><primary_id>a</primary_id></user></users>',
    ],
    ['CDATA and references', users('<last_name><![CDATA[<]]>&amp;&#x1F600;</last_name>')],
    ['the older root', '<userRecords/>'],
    ['one user without a root around it', '<user><primary_id>a</primary_id></user>'],
    ['a byte order mark', `\ufeff${users('')}`],
  ])('with %s', async (_, xml) => {
    expect(await problemsOf(xml)).toEqual([]);
  });

  it('and its users are counted', async () => {
    const user = (id: number) => `<user><primary_id>${id}</primary_id></user>`;
    expect((await validate([`<users>${user(1)}${user(2)}${user(3)}</users>`])).users).toBe(3);
  });
});

describe('a file that cannot be read', () => {
  it.each([
    ['a tag that is not closed', '<users>\n<user>\n<last_name>x</first_name></user><oops/></users>', 3],
    ['a character that XML forbids', '<users>\n\u0007</users>', 2],
    ['an unknown reference', '<users>\n&nbsp;</users>', 2],
    ['an end that is missing', '<users>\n<user>\n', 3],
    ['nothing at all', '', 1],
  ])('says only the first reason: %s', async (_, xml, line) => {
    const { problems } = await validate([xml]);
    expect(problems.map(({ message }) => message.replace(/:.*/s, ''))).toEqual([
      'not well-formed XML, so Alma refuses the whole file',
    ]);
    expect(problems[0]?.line).toBe(line);
  });

  it('says from which line on it is not UTF-8', async () => {
    const { problems } = await validate([
      '<users>\n<user>\n<last_name>',
      Buffer.from([0x4d, 0xfc, 0x6c]),
      '</last_name>',
    ]);
    expect(problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '3 not UTF-8 from here on, so Alma refuses the whole file',
    ]);
  });

  it('says so when it ends inside of a character', async () => {
    const { problems } = await validate([Buffer.from('<users/>é').subarray(0, -1)]);
    expect(problems.map(({ message }) => message)).toEqual([
      'not UTF-8 from here on, so Alma refuses the whole file',
    ]);
  });

  it('is no excuse for an error of the program', async () => {
    async function* chunks(): AsyncGenerator<Buffer> {
      yield Buffer.from('<users>');
      throw new TypeError('a mistake of ours');
    }
    await expect(
      validateUsers({ name: 'x', chunks: chunks() }, new PeopleRegister(false), () => {}),
    ).rejects.toThrow('a mistake of ours');
  });
});

describe('identifiers', () => {
  it('that a user of another file has are found whatever their case, with the place of both', async () => {
    const register = new PeopleRegister(false);
    const user = (id: string) => `<user><primary_id>${id}</primary_id></user>`;
    await validate([`<users>\n${user('x')}\n${user('AbC')}</users>`], register, 'one.xml');
    const { problems } = await validate(
      [`<users>${user('y')}\n${user(' aBc')}</users>`],
      register,
      'two.xml',
    );
    expect(problems).toEqual([
      {
        file: 'two.xml',
        line: 2,
        level: 'error',
        message: 'a <user> with an identifier that the one in one.xml, line 3 has',
      },
    ]);
  });

  it('are never told in a message', async () => {
    const problems = await problemsOf(
      users(`${card('SECRET')}<birth_date>SECRET</birth_date><status desc="" SECRET="">A</status>`),
    );
    expect(problems.filter((each) => each.includes('SECRET'))).toEqual([
      '4 error: <status> has no attribute SECRET',
    ]);
  });
});

describe('the pieces in which a file comes', () => {
  it('make no difference, wherever they are cut', async () => {
    const texts = [
      users(`<oops/>\r\n<last_name>Ünï😀</last_name>\r\n<expiry_date/>\n${card('a')}`),
      '<users>\n<user><primary_id>é</primary_id></user>\n<user>\n<oops></users><user/><bad/>',
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
