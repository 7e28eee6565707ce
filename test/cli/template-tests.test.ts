import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, temporaryDirectory } from '../support/command.ts';
import { makeLibrary } from '../support/library.ts';

const person = `now: 2026-03-01
row: { LOGIN: p1, name: Doe }
cases:
  - case: with a barcode
    row: { barcode: 007 }
    expect:
      primary_id: p1
      user_identifiers[BARCODE]: 007
      contact_info.emails: null
`;

/** Runs the tests that a library has for its template. */
async function testing(cases: string, ...options: string[]) {
  const library = await makeLibrary();
  await writeFile(join(library.directory, 'person.test.yaml'), cases);
  return {
    library,
    ...(await run(['test', ...options], { workingDirectory: library.directory })),
  };
}

describe('patronflow test', () => {
  it.each(['preset:starter', 'preset:patronload'])(
    'finds nothing wrong with %s, without any of its variables',
    async (config) => {
      const { code, stdout } = await run(['test', '--config', config]);
      expect(stdout).toMatch(/\d+ tests, 0 failed\.\n$/);
      expect(stdout).not.toContain('no tests');
      expect(code).toBe(0);
    },
  );

  it('runs at once in what init writes', async () => {
    const workingDirectory = await temporaryDirectory();
    await run(['init', 'load', 'mine'], { workingDirectory });
    const { stdout } = await run(['test'], { workingDirectory: join(workingDirectory, 'mine') });
    expect(stdout).toContain('13 tests, 0 failed.');
  });

  it('passes what is as expected, with columns in any letters', async () => {
    const { code, stdout } = await testing(person);
    expect(stdout).toBe('person.test.yaml\n  ok      with a barcode\n\n1 test, 0 failed.\n');
    expect(code).toBe(0);
  });

  it('shows what differs, with the line, and exits with 1', async () => {
    const cases = person
      .replace('p1\n      user', 'p2\n      user')
      .replace('emails: null', 'emails: a@b.edu')
      .replace('007\n      con', '7\n      con');
    const { code, stdout } = await testing(cases);
    expect(code).toBe(1);
    expect(stdout).toBe(`person.test.yaml
  FAILED  with a barcode (line 4)
            primary_id
              expected  p2
              got       p1
            user_identifiers[BARCODE]
              expected  7
              got       007
            contact_info.emails
              expected  a@b.edu
              got       nothing: the element is left out

1 test, 1 failed.
`);
  });

  it('tells of users where none is expected, of none where one is, and of another reason', async () => {
    const cases = `row: { login: p1 }
cases:
  - { case: a user, row: { name: Doe }, rejects: missing_required }
  - { case: none, expect: { primary_id: p1 } }
  - { case: another, rejects: { reason: missing_required, element: user_group } }
  - { case: right, rejects: { reason: missing_required, element: last_name } }
`;
    const { stdout } = await testing(cases);
    expect(
      stdout
        .split('\n')
        .filter((line) => /expected|got|ok/.test(line))
        .map((line) => line.trim()),
    ).toEqual([
      'expected  rejected: missing_required',
      'got       a user',
      'expected  a user',
      'got       rejected: missing_required (last_name)',
      'expected  rejected: missing_required (user_group)',
      'got       rejected: missing_required (last_name)',
      'ok      right',
    ]);
  });

  it.each([
    ['trim', 'Doe'],
    ['keep', '" Doe"'],
  ])('reads values as the configuration says: %s', async (values, shown) => {
    const library = await makeLibrary();
    await library.configure(`values: ${values}`);
    const cases = 'cases: [{ row: { login: p1, name: " Doe" }, expect: { last_name: X } }]';
    await writeFile(join(library.directory, 'person.test.yaml'), cases);
    const { stdout } = await run(['test'], { workingDirectory: library.directory });
    expect(stdout).toContain(`got       ${shown}\n`);
  });

  it('knows aliases of YAML, and rows that are empty', async () => {
    const { stdout } = await testing(
      'row:\ncases:\n  - { row: &p { login: p1, name: Doe }, expect: { last_name: Doe } }\n  - { row: *p, expect: { primary_id: p1 } }\n',
    );
    expect(stdout).toContain('2 tests, 0 failed.');
  });

  it('wants all values of a path, in order', async () => {
    const library = await makeLibrary();
    const xml =
      '<user><primary_id>{{login}}</primary_id><last_name>{{name}}</last_name><rs_libraries><rs_library each="{{split barcode \';\'}}"><code>{{this}}</code></rs_library></rs_libraries></user>';
    await writeFile(join(library.directory, 'person.xml'), xml);
    const expecting = (codes: string) =>
      `  - { case: x, expect: { rs_libraries.rs_library.code: ${codes} } }\n`;
    const cases = `row: { login: p1, name: Doe, barcode: A;B }\ncases:\n${['[A, B]', 'A', '[B, A]', '[A, B, C]'].map(expecting).join('')}`;
    await writeFile(join(library.directory, 'person.test.yaml'), cases);
    const { stdout } = await run(['test', '--json'], { workingDirectory: library.directory });
    const { cases: results } = JSON.parse(stdout).files[0];
    expect(results.map(({ differences }: { differences: unknown[] }) => differences.length)).toEqual([
      0, 1, 1, 1,
    ]);
  });

  it('compares with a whole user in a file, value by value', async () => {
    const { library } = await testing(person);
    const cases = 'row: { login: p1, name: Doe, email: a@b.edu }\ncases: [{ case: whole, expect: p1.xml }]\n';
    await writeFile(join(library.directory, 'person.test.yaml'), cases);
    const xml = '<user><last_name>Roe</last_name><primary_id>p1</primary_id><contact_info/></user>';
    await writeFile(join(library.directory, 'p1.xml'), xml);
    const { stdout } = await run(['test', '--json'], { workingDirectory: library.directory });
    expect(JSON.parse(stdout).files[0].cases[0].differences).toEqual([
      { what: 'last_name', expected: ['Roe'], got: ['Doe'] },
      { what: 'contact_info.emails.email[1].email_address', expected: [], got: ['a@b.edu'] },
      { what: 'contact_info.emails.email[1].email_types.email_type[1]', expected: [], got: ['work'] },
    ]);
  });

  it('names every mistake in a file of tests with its line', async () => {
    const { code, stderr } = await testing(`now: soon
rwo: {}
cases:
  - { case: a, expect: { usr_group: X } }
  - { case: b, expect: { contact_info.emails.adress: X } }
  - { case: c }
  - { case: d, rejects: mising_required }
  - { case: e, expect: {}, rejcts: x }
  - { case: f, expect: { last_name: { a: b } } }
`);
    expect(code).toBe(78);
    expect(stderr).toContain(`person.test.yaml have 9 problems:
  - line 2: the file has no key rwo
  - line 1: now must be a date or a time, such as 2026-03-01
  - line 4: user has no usr_group, did you mean "user_group"?
  - line 5: emails has no adress; it has email
  - line 6: a test needs either expect or rejects, not both
  - line 7: "mising_required" is not a reason, did you mean "missing_required"?
  - line 8: a test has no key rejcts, did you mean "rejects"?
  - line 8: expect must have paths with values, or name an XML file
  - line 9: a value must be a string or a number`);
  });

  it('refuses a column that the template does not name', async () => {
    const { code, stderr } = await testing('cases: [{ row: { logn: p1 }, expect: { primary_id: p1 } }]');
    expect(code).toBe(78);
    expect(stderr).toContain('line 1: the template names no column logn, did you mean "login"?');
  });

  it('says where tests would be', async () => {
    const library = await makeLibrary();
    const { code, stderr } = await run(['test'], { workingDirectory: library.directory });
    expect([code, stderr]).toEqual([
      64,
      expect.stringContaining('person.xml has no tests: there is no person.test.yaml.'),
    ]);
    expect(existsSync(join(library.directory, 'person.test.yaml'))).toBe(false);
  });

  it('needs no variable of the source or the delivery', async () => {
    const { library } = await testing(person);
    const file = join(library.directory, 'patronflow.yaml');
    const yaml = await readFile(file, 'utf8');
    await writeFile(
      file,
      yaml.replace('csv:./data', '${NOT_SET}').replace('table: staff', 'table: "${NOT_SET}"'),
    );
    expect(await run(['test'], { workingDirectory: library.directory })).toMatchObject({ code: 0 });
  });

  it('makes a test of a real row, found by its barcode, with invented values', async () => {
    const library = await makeLibrary();
    const record = ['test', '--record', '--person', 'B7', '--anonymize', '--now', '2026-03-01'];
    const { code, stdout } = await run(record, { workingDirectory: library.directory });
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^Wrote the test "staff, recorded on .* to person\.test\.yaml\./),
    ]);
    const yaml = await readFile(join(library.directory, 'person.test.yaml'), 'utf8');
    expect(yaml).not.toMatch(/Name7|P7|B7/);
    await run(record, { workingDirectory: library.directory });
    const tested = await run(['test'], { workingDirectory: library.directory });
    expect(tested.stdout).toContain('2 tests, 0 failed.');
  });

  it.each([
    [['--record'], 'Add --person with an identifier, and --anonymize.'],
    [['--record', '--person', 'B7'], 'Real values do not belong into a file of tests.'],
    [['--person', 'B7'], 'Add --record'],
    [
      ['--record', '--person', 'B7', '--anonymize', '--config', 'preset:starter'],
      'to a directory of your own',
    ],
  ])('refuses %j', async (options, hint) => {
    const { code, stderr } = await run(['test', ...options]);
    expect([code, stderr]).toEqual([64, expect.stringContaining(hint)]);
  });

  it('records no one who is not there', async () => {
    const library = await makeLibrary();
    const record = ['test', '--record', '--person', 'no one', '--anonymize'];
    expect(await run(record, { workingDirectory: library.directory })).toMatchObject({
      code: 1,
      stdout: 'No row has this identifier. Check the value and the person column of the groups.\n',
    });
  });
});
