import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/command.ts';
import { type Library, makeLibrary } from '../support/library.ts';
import { deliveredUsers, textAt } from '../support/users.ts';

const header = 'login,name,barcode,email';
const row = (number: number) => `P${number},Name${number},B${number},p${number}@example.edu`;
const rows = (count: number) => Array.from({ length: count }, (_, index) => row(index));

const write = (library: Library, content: string | Buffer) =>
  writeFileSync(join(library.directory, 'data/staff.csv'), content);
const load = (library: Library, ...options: string[]) =>
  run(['load', '--group', 'staff', ...options], { workingDirectory: library.directory });
const staff = (stdout: string) => JSON.parse(stdout).groups[0];

describe('the lines of a file', () => {
  it('are all in the report with any line ending', async () => {
    const library = await makeLibrary();
    write(library, `${header}\r\n${rows(1_000).join('\r\n')}\r\n${rows(1_150).slice(1_000).join('\n')}\n\n`);
    const { code, stdout } = await load(library);
    expect(code).toBe(0);
    expect(stdout).toContain('staff: 1,150 read = 1,150 written + 0 duplicate + 0 rejected');
    expect(stdout).toContain('  1,152 lines = 1 header + 1,150 rows + 1 blank + 0 unreadable');
  });

  it('that a quote swallows are rejected rows, and more than a few of them stop the run', async () => {
    const library = await makeLibrary();
    const people = rows(1_150);
    people[10] = 'P10,"Name10,B10,p10@example.edu';
    people[13] = 'P13,Name13",B13,p13@example.edu';
    write(library, `${header}\n${people.join('\n')}\n`);
    const stopped = await load(library);
    expect(stopped.code).toBe(3);
    expect(stopped.stdout).toContain('The feed cannot be trusted; nothing was delivered.');
    expect(stopped.stdout).toContain(
      'In the file of staff 1 broken record takes 4 of 1151 lines, the first in line 12.',
    );
    expect(stopped.stdout).toContain('staff: 1,150 read = 1,146 written + 0 duplicate + 4 rejected');
    expect(stopped.stdout).toContain('staff, lines 12 to 15: rows joined into one by stray quotes');
    expect((await load(library, '--accept-drop')).code).toBe(3);
    expect(readdirSync(library.directory)).not.toContain('out');

    await library.configure('guard: { max_broken_lines: 0.01 }');
    const passed = await load(library, '--json');
    expect(passed.code).toBe(0);
    expect(staff(passed.stdout).file).toMatchObject({ lines: 1_151, rows: 1_146, unreadable: 4 });
    await library.configure('guard: { max_broken_lines: 0.01, max_broken_records: 0 }');
    expect((await load(library)).code).toBe(3);
  });

  it('stop the run when the last of them breaks off, not when it lacks a line end', async () => {
    const library = await makeLibrary();
    write(library, [header, ...rows(30)].join('\n'));
    expect((await load(library, '--dry-run')).code).toBe(0);
    write(library, `${[header, ...rows(30)].join('\n')}\nP30,Na`);
    const { code, stdout } = await load(library, '--dry-run');
    expect(code).toBe(3);
    expect(stdout).toContain('The file of staff breaks off in line 32: it is not complete.');
    expect(stdout).not.toContain('P30');
  });

  it('are on the page', async () => {
    const library = await makeLibrary();
    write(library, `${[header, ...rows(3), '"'].join('\n')}\n`);
    const { stdout } = await load(library, '--report', 'report.html', '--dry-run', '--json');
    expect(JSON.parse(stdout).untrusted).toHaveLength(2);
    const page = readFileSync(join(library.directory, 'report.html'), 'utf8');
    expect(page).toContain('Feeds that cannot be trusted');
    expect(page).toContain('The file of staff breaks off in line 5');
    expect(page).toContain('Lines = header + rows + blank + unreadable');
  });
});

describe('what does not show', () => {
  it('never reaches an identifier; it is counted, as is what looks damaged', async () => {
    const library = await makeLibrary();
    write(
      library,
      [
        header,
        'A\u200b1,Ada,\u202aB1\u202c,',
        '\ufeffA2,Z\u00adoe,B\u00ad2,',
        'A3,MÃ¼ller,B3,',
        'A4,O\u0092Neill,B4,',
        'A5,M\ufffdller,B5,',
        '\u200e,Absent,\u200b,',
        '',
      ].join('\n'),
    );
    await library.configure('max_rejects: 0.5');
    const { code, stdout } = await load(library);
    expect(code).toBe(0);
    const users = await deliveredUsers(join(library.directory, 'out'), 'staff');
    expect(users.map((user) => textAt(user, 'primary_id'))).toEqual(['A1', 'A2', 'A3', 'A4', 'A5']);
    expect(users.map((user) => textAt(user, 'user_identifiers/user_identifier/value'))).toEqual([
      'B1',
      'B2',
      'B3',
      'B4',
      'B5',
    ]);
    expect(stdout).toContain('invisible characters were removed from 1 value of primary_id');
    expect(stdout).toContain('invisible characters were removed from 2 values of');
    for (const kind of [
      'invisible characters, such as',
      'control characters',
      'U+FFFD',
      'read in another encoding',
    ])
      expect(stdout).toMatch(new RegExp(`staff: values .*${kind.replace('+', '\\+')}.*: last_name 1×`));
    expect(stdout).toContain('1 byte order mark or end mark inside the file left out');
    expect(stdout).not.toMatch(/Müller|Neill|Zoe/);
  });
});

describe('a CSV source', () => {
  it('refuses a query that cannot be read, and columns without a table: people would be loaded whom they leave out', async () => {
    const library = await makeLibrary();
    const yaml = (group: string) =>
      [
        'job: load',
        'required: [primary_id]',
        'source: { url: "csv:./data" }',
        `groups: [{ name: staff, person: login, template: person.xml, ${group} }]`,
        'deliver: { to: "file:./out" }',
      ].join('\n');
    for (const [group, words] of [
      [
        'query: "select * from staff where status = 1"',
        'The query of group staff cannot be read: Referenced column',
      ],
      ['columns: [login]', 'groups.0.columns (line 4): without a table'],
    ] as const) {
      writeFileSync(join(library.directory, 'patronflow.yaml'), yaml(group));
      const { code, stderr } = await load(library);
      expect(code).toBe(78);
      expect(stderr).toContain(words);
    }
    writeFileSync(join(library.directory, 'patronflow.yaml'), yaml('table: staff, columns: [login]'));
    expect((await load(library)).code).toBe(0);
  });
});
