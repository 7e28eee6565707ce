import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/command.ts';
import { type Library, makeLibrary, twenty } from '../support/library.ts';
import { at, deliveredUsers, type Element, textAt } from '../support/users.ts';

const load = (library: Library, ...options: string[]) =>
  run(['load', '--now', '2026-03-01T12:00:00Z', ...options], { workingDirectory: library.directory });
const users = (library: Library, group: string) => deliveredUsers(join(library.directory, 'out'), group);
const barcodesOf = (user: Element) =>
  at(user, 'user_identifiers/user_identifier/value').map(({ text }) => text);

describe('an identifier that is the primary id of another', () => {
  it('is left out of files that were finished before, and the other is written', async () => {
    const library = await makeLibrary();
    await library.configure('output: { users_per_file: 7 }', 'report: { row_keys: true }');
    await library.rows(
      'staff',
      twenty.map(([login = '', name = '', ...others]) =>
        login === 'P8' ? [login, name, 's1', 'x@example.edu'] : [login, name, ...others],
      ),
    );
    await library.rows('student', [
      ['Q', 'Thief', 'S1', 'q@example.edu'],
      ['S1', 'Student', 'SB1', 's1@example.edu'],
      ['R', 'Later thief', 'p2', 'r@example.edu'],
    ]);
    const { code, stdout } = await load(library);
    expect(code).toBe(0);
    expect(stdout).toContain('staff: 20 read = 20 written + 0 duplicate + 0 rejected');
    expect(stdout).toContain('student: 3 read = 2 written + 0 duplicate + 1 rejected');
    expect(stdout).toContain(
      'staff, row 9 (P8): user_identifiers/user_identifier[Barcode]/value is the primary id of student, row 2 (S1)',
    );
    expect(stdout).toContain(
      'student, row 3 (R): user_identifiers/user_identifier[Barcode]/value is the primary id of staff, row 3 (P2)',
    );
    const staff = await users(library, 'staff');
    expect(staff.map((user) => textAt(user, 'primary_id'))).toEqual(twenty.map(([login]) => login));
    expect(staff.flatMap((user) => barcodesOf(user))).toEqual(
      twenty.flatMap(([login, , card]) => (login === 'P8' ? [] : [card])),
    );
    const students = await users(library, 'student');
    expect(students.map((user) => [textAt(user, 'primary_id'), ...barcodesOf(user)])).toEqual([
      ['S1', 'SB1'],
      ['R'],
    ]);
    expect(readdirSync(join(library.directory, 'work'))).toEqual([]);
    const files = readdirSync(join(library.directory, 'out')).map((file) =>
      join(library.directory, 'out', file),
    );
    expect((await run(['validate', ...files], { workingDirectory: library.directory })).code).toBe(0);
  });

  it('is found among thousands, in every file of a group', async () => {
    const library = await makeLibrary();
    await library.configure('output: { users_per_file: 700 }');
    const count = 3000;
    // Everybody has the login of the one behind as barcode; the last has a free one.
    await library.rows(
      'staff',
      Array.from({ length: count }, (_, index) => [
        `P${index}`,
        `N\u00e4me & <${index}>`,
        `P${index + 1}`,
        '',
      ]),
    );
    await library.rows('student', [['S1', 'S', '', '']]);
    const { code, stdout } = await load(library, '--out', 'try', '--json');
    expect(code).toBe(0);
    const [staff] = JSON.parse(stdout).groups;
    expect(staff.books).toMatchObject({ read: count, written: count });
    expect(staff).toMatchObject({ leftOutIdentifiers: count - 1 });
    expect(staff.files[0]).toMatchObject({ users: count, xmlFiles: 5 });
    expect(staff.counts.elements[`user_identifiers/user_identifier[Barcode]/value`]).toBe(1);
    const found = await deliveredUsers(join(library.directory, 'try'), 'staff');
    expect(found.map((user) => textAt(user, 'last_name'))).toEqual(
      Array.from({ length: count }, (_, index) => `N\u00e4me & <${index}>`),
    );
    expect(found.flatMap((user) => barcodesOf(user))).toEqual([`P${count}`]);
  });

  it('rejects its user where an identifier is required, and the books still balance', async () => {
    const library = await makeLibrary();
    await library.configure('max_rejects: 1');
    const yaml = join(library.directory, 'patronflow.yaml');
    const text = (await readFile(yaml, 'utf8')).replace('last_name]', 'last_name, user_identifiers]');
    await writeFile(yaml, text);
    await library.rows('student', [
      ['Q', 'Thief', 'S1', ''],
      ['S1', 'Student', 'SB1', ''],
    ]);
    await library.rows('staff', [...twenty, ['T', 'Thief', 's1', '']]);
    const { stdout } = await load(library);
    expect(stdout).toContain('staff: 21 read = 20 written + 0 duplicate + 1 rejected');
    expect(stdout).toContain(
      '1 rejected: an identifier that another person of this run has (user_identifiers/user_identifier[Barcode]/value 1×)',
    );
    expect((await users(library, 'staff')).map((user) => textAt(user, 'primary_id'))).not.toContain('T');
  });

  it('shows in the XML of one person', async () => {
    const library = await makeLibrary();
    await library.rows('student', [
      ['S1', 'Student', '', ''],
      ['S2', 'Thief', 'S3', ''],
      ['S3', 'Student', '', ''],
    ]);
    const { stdout } = await load(library, '--person', 's2');
    expect(stdout).toContain('is the primary id of student, row 3 (S3)');
    expect(stdout).not.toContain('<value>');
  });
});

describe('a person who was rejected', () => {
  it('stays out of the groups behind, and the report ties the rows', async () => {
    const library = await makeLibrary();
    await library.configure('max_rejects: 1');
    await library.rows('staff', [...twenty, ['PROF', '', 'B99', '']]);
    await library.rows('student', [
      ['prof', 'Professor', 'B98', ''],
      ['S1', 'Student', 'SB1', ''],
    ]);
    const { stdout } = await load(library);
    expect(stdout).toContain(
      '1 rejected: an element that the configuration requires came out empty (last_name 1×)',
    );
    expect(stdout).toContain(
      'student, row 1: the same person was rejected in an earlier group; first: staff, row 21',
    );
    expect((await users(library, 'student')).map((user) => textAt(user, 'primary_id'))).toEqual(['S1']);
  });

  it('comes in the next group where the configuration says so', async () => {
    const library = await makeLibrary();
    await library.configure('max_rejects: 1', 'after_reject: try_next_group');
    await library.rows('staff', [...twenty, ['PROF', '', 'B99', '']]);
    await library.rows('student', [['prof', 'Professor', 'B98', '']]);
    await load(library);
    expect((await users(library, 'student')).map((user) => textAt(user, 'primary_id'))).toEqual(['prof']);
  });
});

describe('expiry dates that have passed', () => {
  const template = `<user><primary_id>{{login}}</primary_id><last_name>{{name}}</last_name><expiry_date>{{email}}</expiry_date></user>`;
  const people = (past: number) =>
    Array.from({ length: 40 }, (_, index) => [
      `P${index}`,
      'N',
      '',
      index < past ? '2026-02-01' : '2027-01-01',
    ]);

  it('are counted, and too many new ones stop the run', async () => {
    const library = await makeLibrary();
    await writeFile(join(library.directory, 'person.xml'), template);
    await library.rows('staff', people(1));
    await library.rows('student', [['S1', 'S', '', '2027-01-01']]);
    const first = await load(library);
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('staff: 1 person is written with an expiry date that has passed.');
    await library.rows('staff', people(4));
    const { code, stdout } = await load(library);
    expect(code).toBe(3);
    expect(stdout).toContain('staff: users past their expiry date, 1 last time, 4 now');
    expect(existsSync(join(library.directory, 'out'))).toBe(true);
  });
});

describe('--person', () => {
  const rows = [
    ['P1', 'Doe', 'B1', 'p1@example.edu'],
    ['P2', '', 'B2', 'p2@example.edu'],
    ['P3', 'Roe', 'p3', ''],
    ['P4', 'Poe', '', ''],
  ];
  const library = async () => {
    const made = await makeLibrary();
    await made.rows('staff', rows);
    await made.rows('student', [['S1', 'Doe', 'B1', 's1@example.edu']]);
    return made;
  };

  it.each([
    ['the login', 'p1', 0, '<!-- staff, row 1 (P1) -->\n<user>'],
    [
      'a barcode that two rows have',
      ' b1 ',
      0,
      'student, row 1 (S1): rejected, an identifier that another person',
    ],
    [
      'the barcode of who is rejected',
      'B2',
      1,
      'staff, row 2 (P2): rejected, an element that the configuration requires came out empty: last_name',
    ],
    [
      'an empty column, which names no one',
      ' ',
      1,
      'No row has this identifier. Check the value and the person column of the groups.',
    ],
    [
      'what is no identifier',
      'Doe',
      1,
      'No row has this identifier. Check the value and the person column of the groups.',
    ],
  ])('finds by %s', async (_, key, code, text) => {
    const ran = await load(await library(), '--person', key);
    expect([ran.code, ran.stdout]).toEqual([code, expect.stringContaining(text)]);
  });

  it('finds by the primary id that Alma has', async () => {
    const made = await library();
    const xml = '<user><primary_id>{{login}}@example.edu</primary_id><last_name>{{name}}</last_name></user>';
    await writeFile(join(made.directory, 'person.xml'), xml);
    const { stdout } = await load(made, '--person', 'p4@Example.edu');
    expect(stdout).toContain('<!-- staff, row 4 (P4) -->');
  });

  it('finds who is rejected by one of several barcodes', async () => {
    const made = await library();
    const xml = `<user><primary_id>{{login}}</primary_id><last_name>{{name}}</last_name><user_identifiers><user_identifier each="{{split email ';'}}"><id_type>BARCODE</id_type><value>{{this}}</value></user_identifier></user_identifiers></user>`;
    await writeFile(join(made.directory, 'person.xml'), xml);
    await made.rows('staff', [['P1', '', '', 'B8; B9']]);
    expect((await load(made, '--person', 'b9')).stdout).toContain('staff, row 1 (P1): rejected');
  });

  it('does not find by what a condition asks', async () => {
    const made = await library();
    const xml = '<user><primary_id>{{#if (is name "Doe")}}{{login}}{{/if}}</primary_id></user>';
    await writeFile(
      join(made.directory, 'person.xml'),
      xml.replace('</user>', '<last_name>{{name}}</last_name></user>'),
    );
    expect((await load(made, '--person', 'Doe')).stdout).toBe(
      'No row has this identifier. Check the value and the person column of the groups.\n',
    );
  });

  it('explains each value: expression, inputs, what it gave, and what was left out and why', async () => {
    const made = await library();
    const { code, stdout, stderr } = await load(made, '--person', 'P3', '--explain');
    expect(code).toBe(0);
    expect(stdout).toContain(`<!-- staff, row 3 (P3)
  primary_id
      {{login}}
      login is "P3"
      gives "P3"
  last_name
      {{name}}
      name is "Roe"
      gives "Roe"
  contact_info/emails/email/email_address
      {{email}}
      email is empty
      gives empty
      left out: it is empty
  contact_info/emails/email
      left out completely: Alma needs contact_info/emails/email/email_address in it
  contact_info/emails
      left out: nothing is in it
  contact_info
      left out: nothing is in it
  user_identifiers/user_identifier[Barcode]/value
      {{barcode}}
      barcode is "p3"
      gives "p3"
      left out: the user has this identifier already
`);
    expect(stderr).not.toMatch(/P3|Roe/);
  });

  it('explains a cut, a function that rejects, and a value of a list', async () => {
    const made = await library();
    const xml = `<user><primary_id>{{login}}</primary_id><last_name>{{concat name "${'x'.repeat(300)}"}}</last_name>
<user_statistics><user_statistic each="{{split email '@'}}"><statistic_category>{{upper this}}</statistic_category></user_statistic></user_statistics>
<expiry_date>{{date barcode}}</expiry_date></user>`;
    await writeFile(join(made.directory, 'person.xml'), xml);
    const { code, stdout } = await load(made, '--person', 'P1', '--explain');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^staff, row 1 \(P1\): rejected, a date that cannot be read, .*: date in expiry_date\n/,
    );
    expect(stdout).toContain('      cut to 255 characters, the length that Alma accepts\n');
    expect(stdout).toContain('      this is "example.edu"\n      gives "EXAMPLE.EDU"\n');
    expect(stdout).toContain('      barcode is "B1"\n      gives a reject\n');
  });

  it('says file and line where the source has them', async () => {
    const made = await library();
    const csv = 'login,name,barcode,email,_file,_line\nP1,Doe,B1,,feed-1.txt,17\n';
    await writeFile(join(made.directory, 'data', 'staff.csv'), csv);
    const { stdout } = await load(made, '--person', 'B1');
    expect(stdout).toContain('<!-- staff, feed-1.txt, line 17 (P1) -->');
  });

  it('shows no more rows than a person has', async () => {
    const made = await library();
    await made.rows(
      'student',
      Array.from({ length: 30 }, () => ['S1', 'Doe', 'B1', '']),
    );
    const { stdout } = await load(made, '--person', 'S1');
    expect(stdout.match(/student, row/g)).toHaveLength(20);
    expect(stdout).toContain('These are the first 20 rows; there may be more.');
  });

  it('is what --explain needs', async () => {
    const { code, stderr } = await load(await library(), '--explain');
    expect([code, stderr]).toEqual([64, expect.stringContaining('Add --person and an identifier.')]);
  });
});

describe('a value that a function cannot read', () => {
  it('is reported by function and element, never as it is; an optional lookup table lists nothing', async () => {
    const library = await makeLibrary();
    const tables = ['places', 'others'].map(
      (name) => `${name}: { file: t.json, optional: ${name === 'others'} }`,
    );
    await library.configure(
      `lookups: { ${tables.join(', ')} }`,
      'max_rejects: 1',
      'calendars: { terms: terms.csv }',
    );
    await writeFile(join(library.directory, 't.json'), '{"a": "b"}');
    await writeFile(join(library.directory, 'terms.csv'), 'code,start,end\n1,2026-01-01,2026-05-31\n');
    const xml =
      '<user><primary_id>{{login}}</primary_id><last_name>{{name}}</last_name><gender>{{lookup "places" email}}{{lookup "others" email}}</gender><expiry_date>{{term "terms" barcode "end"}}</expiry_date></user>';
    await writeFile(join(library.directory, 'person.xml'), xml);
    await library.rows('staff', [
      ['P1', 'Doe', '1', 'there'],
      ['P2', 'Roe', 'secret', 'there'],
    ]);
    await library.rows('student', []);
    const explained = await load(library, '--person', 'P1', '--explain');
    expect(explained.stdout).toContain(
      'gives empty\n      places does not have this value\n      others does not have this value\n',
    );
    const { stdout, stderr } = await load(library);
    expect(stdout).toContain('(term in expiry_date 1×)');
    expect(stdout).toContain('staff, row 2: a term that the calendar does not have');
    expect(stdout).toMatch(/places: like aaaaa 2×/);
    expect(stdout).not.toMatch(/others[^\n]*there/);
    expect(stdout + stderr).not.toContain('secret');
  });
});
