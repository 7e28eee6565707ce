import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../support/command.ts';
import { type Library, makeLibrary, twenty } from '../support/library.ts';

/** Pages of real loads, by what became of them: one for each way in which a load may end. */
export async function makeLoadPages(folder: string): Promise<Record<string, string>> {
  const makers: Readonly<Record<string, (library: Library) => Promise<void>>> = {
    'a load, delivered again': deliveredAgain,
    'a load, dry run': (library) => night(library, 1, '--dry-run'),
    'a load, stopped by the guard': heldByTheGuard,
    'a load, a drop accepted': (library) => heldByTheGuard(library, '--accept-drop'),
    'a load, with rejected rows': withRejectedRows,
    'a load, failed with a long hint': failedWithLongHint,
    'a load, stopped by a signal': stoppedBySignal,
    'a load, of sixty groups': ofSixtyGroups,
  };
  const pages: Record<string, string> = {};
  for (const [name, make] of Object.entries(makers)) {
    const directory = join(folder, name.replace(/\W+/g, '-'));
    await mkdir(directory, { recursive: true });
    await make(await makeLibrary(directory));
    pages[name] = join(directory, 'report.html');
  }
  return pages;
}

async function night({ directory }: Library, day: number, ...options: string[]): Promise<void> {
  const args = ['load', '--now', `2026-03-0${day}T02:30:00Z`, '--report', 'report.html', ...options];
  await run(args, { workingDirectory: directory });
}

async function deliveredAgain(library: Library): Promise<void> {
  await night(library, 1);
  await library.rows('staff', [
    ...twenty
      .slice(1)
      .map(([login = '', name = '', barcode = '', email = '']) => [
        login,
        name,
        login === 'P7' ? '' : barcode,
        email,
      ]),
    ['N1', 'New', 'NB1', 'n1@example.edu'],
    ['N2', 'Newer', 'NB2', ''],
  ]);
  await night(library, 2);
}

/** The warehouse has lost its barcodes, and most of the students. */
async function heldByTheGuard(library: Library, ...options: string[]): Promise<void> {
  const students = Array.from({ length: 40 }, (_, index) => [`S${index}`, 'Student', `SB${index}`, '']);
  await library.rows('student', students);
  await night(library, 1);
  await library.rows('student', students.slice(0, 10));
  await library.rows(
    'staff',
    twenty.map(([login = '', name = '', , email = '']) => [login, name, '', email]),
  );
  await night(library, 2, ...options);
}

/** Several reasons and more rows of one than are listed, duplicates, unknown and doubled codes, values that were cut. */
async function withRejectedRows(library: Library): Promise<void> {
  const { directory } = library;
  await writeFile(
    join(directory, 'person.xml'),
    `<user>
  <primary_id>{{login}}</primary_id>
  <last_name>{{name}}</last_name>
  <user_group>{{lookup "ranks" email}}</user_group>
  <user_identifiers><user_identifier><id_type>BARCODE</id_type><value>{{barcode}}</value></user_identifier></user_identifiers>
</user>
`,
  );
  await writeFile(join(directory, 'ranks.csv'), 'code,value\nA,FACULTY\nB,STAFF\nB,VISITOR\n');
  await library.configure(
    'lookups: { ranks: { file: ranks.csv, default: OTHER } }',
    'max_rejects: 1',
    'report: { row_keys: true, title: "Alma, every night" }',
  );
  const codes = ['A', 'B', 'a-code-no-table-contains', ''];
  const people = Array.from({ length: 900 }, (_, index) => [
    index % 90 === 0 ? '' : `P${index}`,
    index % 7 === 0 ? '' : index % 300 === 1 ? 'Long'.repeat(100) : `Name${index}`,
    index % 50 === 2 ? 'y'.repeat(300) : index % 60 === 3 ? 'B1' : `B${index}`,
    codes[index % codes.length] ?? '',
  ]);
  await library.rows('staff', [...people, ['too', 'few']]);
  await library.rows(
    'student',
    people.slice(0, 300).map(([login = '', name = ''], index) => [login, name, `SB${index}`, 'A']),
  );
  await night(library, 1);
}

/** The warehouse has renamed a column; the message lists those that there are, of which some have names without a space. */
async function failedWithLongHint(library: Library): Promise<void> {
  const columns = Array.from(
    { length: 40 },
    (_, index) => `a_column_of_the_warehouse_with_a_long_name_${index}`,
  );
  columns.push('x'.repeat(200));
  await writeFile(join(library.directory, 'data/staff.csv'), `${columns.join(',')}\n`);
  await night(library, 1);
}

async function stoppedBySignal({ directory }: Library): Promise<void> {
  const stop = new AbortController();
  const onStderr = (text: string) => {
    if (text.includes('"msg":"Published and verified."')) stop.abort();
  };
  await run(['load', '--report', 'report.html'], {
    workingDirectory: directory,
    signal: stop.signal,
    onStderr,
  });
}

async function ofSixtyGroups(library: Library): Promise<void> {
  const { directory } = library;
  const names = Array.from(
    { length: 60 },
    (_, index) => `visiting-scholars-of-the-department-number-${index}`,
  );
  const groups = names.map(
    (name) => `  - { name: ${name}, table: ${name}, person: login, template: person.xml }`,
  );
  const lines = [
    'job: load',
    'required: [primary_id]',
    'source: { url: "csv:./data" }',
    'groups:',
    ...groups,
  ];
  await writeFile(
    join(directory, 'patronflow.yaml'),
    [...lines, 'deliver: { to: "file:./out" }', 'max_rejects: 1', ''].join('\n'),
  );
  for (const day of [1, 2]) {
    for (const [index, name] of names.entries()) {
      const people = Array.from({ length: index + day }, (_, row) => [
        `G${index}P${row}`,
        'Name',
        `G${index}B${row}`,
        '',
      ]);
      await library.rows(name, [...people, ['', 'Absent', '', '']]);
    }
    // Alma takes 20 zip files, so most of the groups are only read.
    await night(library, day, '--group', names.at(-1) ?? '');
  }
}
