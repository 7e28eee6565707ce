import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from './command.ts';

/** A small job of a test's own: one group or two, rows that the test gives, files in ./out. */
export interface Library {
  readonly directory: string;
  /** Writes the rows of a group. */
  rows(group: string, rows: readonly (readonly string[])[]): Promise<void>;
  /** Changes the configuration: lines put behind the standard ones. */
  configure(...lines: string[]): Promise<void>;
}

export const header = ['login', 'name', 'barcode', 'email'] as const;

const template = `<user>
  <primary_id>{{login}}</primary_id>
  <last_name>{{name}}</last_name>
  <contact_info><emails><email><email_address>{{email}}</email_address><email_types><email_type>work</email_type></email_types></email></emails></contact_info>
  <user_identifiers><user_identifier><id_type desc="Barcode">BARCODE</id_type><value>{{barcode}}</value></user_identifier></user_identifiers>
</user>
`;

/** Twenty people with everything that they can have. */
export const twenty = Array.from({ length: 20 }, (_, index) => [
  `P${index}`,
  `Name${index}`,
  `B${index}`,
  `p${index}@example.edu`,
]);

/** @param at a directory that outlives the test */
export async function makeLibrary(at?: string): Promise<Library> {
  const directory = at ?? (await temporaryDirectory());
  await mkdir(join(directory, 'data'));
  await writeFile(join(directory, 'person.xml'), template);
  const library: Library = {
    directory,
    async rows(group, rows) {
      const text = [header, ...rows]
        .map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','))
        .join('\n');
      await writeFile(join(directory, 'data', `${group}.csv`), `${text}\n`);
    },
    async configure(...lines) {
      const groups = ['staff', 'student'].map(
        (name) => `  - { name: ${name}, table: ${name}, person: login, template: person.xml }`,
      );
      const standard = [
        'job: load',
        'required: [primary_id, last_name]',
        'source: { url: "csv:./data" }',
        'groups:',
        ...groups,
      ];
      const delivery = lines.some((line) => line.startsWith('deliver:'))
        ? []
        : ['deliver: { to: "file:./out" }'];
      const work = lines.some((line) => line.startsWith('work_directory:')) ? [] : ['work_directory: work'];
      await mkdir(join(directory, 'work'), { recursive: true });
      await writeFile(
        join(directory, 'patronflow.yaml'),
        `${[...standard, ...delivery, ...work, ...lines].join('\n')}\n`,
      );
    },
  };
  await library.rows('staff', twenty);
  await library.rows('student', [
    ['S1', 'Student', 'SB1', 's1@example.edu'],
    ['P1', 'Again', 'SB2', 'x@example.edu'],
  ]);
  await library.configure();
  return library;
}
