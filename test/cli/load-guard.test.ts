import { readFileSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/command.ts';
import { type Library, makeLibrary, twenty } from '../support/library.ts';

const night = (library: Library, day: number, ...options: string[]) =>
  run(['load', '--now', `2026-03-0${day}T12:00:00Z`, ...options], { workingDirectory: library.directory });
const ledgerFile = (library: Library) => join(library.directory, 'out-ledger/ledger.json');
const staffOf = (library: Library) => JSON.parse(readFileSync(ledgerFile(library), 'utf8')).groups.staff;

/** Sixty people, of whom the first are faculty; their rank is a code of the lookup table `ranks`. */
async function makeFaculty(faculty = 40): Promise<Library> {
  const library = await makeLibrary();
  const template = await readFile(join(library.directory, 'person.xml'), 'utf8');
  await writeFile(
    join(library.directory, 'person.xml'),
    template.replace('<contact_info>', '<user_group>{{lookup "ranks" email}}</user_group><contact_info>'),
  );
  await writeFile(join(library.directory, 'ranks.csv'), 'code,value\nF,FACULTY\nV,VISITOR\n');
  await library.configure('lookups: { ranks: { file: ranks.csv, default: VISITOR } }');
  await peopleOf(library, faculty);
  return library;
}

const peopleOf = (library: Library, faculty: number, all = 100) =>
  library.rows(
    'staff',
    Array.from({ length: all }, (_, index) => [
      `P${index}`,
      `Name${index}`,
      `B${index}`,
      index < faculty ? 'F' : 'V',
    ]),
  );

describe('the guard sees which value is there', () => {
  it('stops when a code loses half of its users, and says so in counts', async () => {
    const library = await makeFaculty(60);
    await night(library, 1);
    expect(staffOf(library).codes).toEqual({ user_group: { FACULTY: 60, VISITOR: 40 } });
    await peopleOf(library, 20);
    const { code, stdout } = await night(library, 2);
    expect(code).toBe(3);
    expect(stdout).toContain('staff: user_group FACULTY, 60 last time, 20 now');
    expect(stdout).toContain('  user_group: VISITOR 80, FACULTY 20');
  });

  it('keeps values that are no codes out of the ledger', async () => {
    const library = await makeLibrary();
    const template = await readFile(join(library.directory, 'person.xml'), 'utf8');
    await writeFile(
      join(library.directory, 'person.xml'),
      template.replace('<contact_info>', '<user_group>{{name}}</user_group><contact_info>'),
    );
    await night(library, 1);
    expect(staffOf(library).codes).toEqual({ user_group: { '(others)': 20 } });
    expect(readFileSync(ledgerFile(library), 'utf8')).not.toContain('Name');
  });

  it('notices a code that is written down in a template', async () => {
    const library = await makeLibrary();
    await peopleOf(library, 60);
    const template = await readFile(join(library.directory, 'person.xml'), 'utf8');
    const withGroup = (group: string) =>
      writeFile(
        join(library.directory, 'person.xml'),
        template.replace('<contact_info>', `<user_group>${group}</user_group><contact_info>`),
      );
    await withGroup('FACULTY');
    await night(library, 1);
    await withGroup('VISITOR');
    const { code, stdout } = await night(library, 2);
    expect(code).toBe(3);
    expect(stdout).toContain('staff: user_group FACULTY, 100 last time, 0 now');
    expect(stdout).toContain('Changed for staff since the last delivery: the template.');
  });
});

describe('the guard says what changed', () => {
  it('names the source when nothing else did', async () => {
    const library = await makeLibrary();
    await night(library, 1);
    await library.rows('staff', twenty.slice(0, 10));
    expect((await night(library, 2)).stdout).toContain(
      'Nothing but the source has changed for staff since the last delivery',
    );
  });

  it('names the lookup table and the configuration, and that the rows are the same', async () => {
    const library = await makeFaculty(60);
    await night(library, 1);
    await writeFile(join(library.directory, 'ranks.csv'), 'code,value\nV,VISITOR\n');
    await library.configure(
      'lookups: { ranks: { file: ranks.csv, default: VISITOR } }',
      'allowed: { user_group: [VISITOR, FACULTY] }',
    );
    const { code, stdout } = await night(library, 2);
    expect(code).toBe(3);
    expect(stdout).toContain(
      'Changed for staff since the last delivery: the configuration, the lookup table ranks. Look there before you ask the owners of the source. Its rows have not changed since.',
    );
  });

  it('takes a wrong file for a wrong file when everybody is rejected', async () => {
    const library = await makeLibrary();
    await night(library, 1);
    await library.rows(
      'staff',
      twenty.map(([login = '']) => [login, '', '', '']),
    );
    const { code, stdout } = await night(library, 2);
    expect(code).toBe(3);
    expect(stdout).toContain(
      'All rows of staff were rejected (20); the report gives the reasons. Nothing but the source has changed for staff since the last delivery: ask its owners whether this is the right feed.',
    );
  });

  it('does not accuse anything at the first run, nor after a ledger that does not know', async () => {
    const library = await makeLibrary();
    await library.rows(
      'staff',
      twenty.map(([login = '']) => [login, '', '', '']),
    );
    expect((await night(library, 1)).stdout).toContain('Is this the right file or table for staff?');
  });
});

describe('rows that are all the same as last time', () => {
  it('are told in report and log, and delivered', async () => {
    const library = await makeLibrary();
    const first = await night(library, 1);
    expect(first.stdout).not.toContain('the same as at the last delivery');
    await library.rows('staff', twenty.toReversed());
    const { code, stdout, stderr } = await night(library, 2);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'staff: all 20 rows are the same as at the last delivery of 2026-03-01. Check whether the source sent a new feed.',
    );
    expect(stderr).toContain('All rows are the same as at the last delivery.');
    await appendFile(join(library.directory, 'data/staff.csv'), 'N1,New,NB1,n1@example.edu\n');
    expect((await night(library, 3)).stdout).not.toContain('staff: all');
  });

  it('stop where the configuration says so, for all groups or for one', async () => {
    const library = await makeLibrary();
    await library.configure('guard: { unchanged: stop }');
    await night(library, 1);
    const { code, stdout } = await night(library, 2);
    expect(code).toBe(3);
    expect(stdout).toContain('student: all 2 rows are the same as at the last delivery');
    expect((await night(library, 3, '--accept-drop')).code).toBe(0);
  });
});

describe('a slow decline', () => {
  const staff = (library: Library, people: number) => peopleOf(library, people, people);

  it('stops against the best of the last seven deliveries, until a person accepts it', async () => {
    const library = await makeLibrary();
    for (const [index, people] of [500, 405].entries()) {
      await staff(library, people);
      expect((await night(library, index + 1)).code).toBe(0);
    }
    await staff(library, 328);
    const { code, stdout } = await night(library, 3);
    expect(code).toBe(3);
    expect(stdout).toContain('staff: users, up to 500 in the last 7 deliveries, 328 now');
    expect((await night(library, 4, '--accept-drop')).code).toBe(0);
    expect(staffOf(library)).toMatchObject({ users: 328, earlier: [] });
    await staff(library, 270);
    expect((await night(library, 5)).code).toBe(0);
    expect(staffOf(library).earlier).toHaveLength(1);
  });

  it('is not hidden by a ledger of the first version', async () => {
    const library = await makeLibrary();
    await night(library, 1);
    const { users, rows, columns, elements } = staffOf(library);
    const groups = { staff: { users, rows, columns, elements } };
    await writeFile(
      ledgerFile(library),
      JSON.stringify({ version: 1, deliveredAt: '2026-03-01T12:00:00.000Z', groups }),
    );
    expect((await night(library, 2)).code).toBe(0);
    expect(staffOf(library).earlier).toHaveLength(1);
  });
});
