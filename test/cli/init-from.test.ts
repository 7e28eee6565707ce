import { readdirSync } from 'node:fs';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RunOptions, run, temporaryDirectory } from '../support/command.ts';
import { at, deliveredUsers, type Element, textAt } from '../support/users.ts';

const names = ['MÜLLER', "O'BRIEN", 'DE LA CRUZ', 'GARCÍA'];
const pick = (values: readonly string[], at: number) => values[at % values.length] ?? '';
const person = (at: number, more: readonly string[] = []): readonly string[] => [
  `A${10_000_000 + at * 7}`,
  pick(names, at),
  pick(['José', 'Zoë', 'Anna'], at),
  `user${at}`,
  `user${at}@uni.example`,
  pick(['STU', 'FAC', 'STU', 'EMER'], at),
  pick(['BIOL', 'CHEM'], at),
  `${at} Main St`,
  'Springfield',
  '62701',
  pick(['05/31/2031', '12/31/2030', ''], at),
  `2${1_000_000_000_000 + at * 13}`,
  ...more,
];
const columns =
  'SPRIDEN_ID|LAST_NAME|FIRST_NAME|NET_ID|CAMPUS_EMAIL|PATRON_TYPE|MAJOR|ADDR1|CITY|ZIP|APPT_END_DATE|CARD_BARCODE';

/** A folder with files of people, separated by pipes, in Windows-1252. */
async function folderWith(files: Readonly<Record<string, readonly string[]>>) {
  const workingDirectory = await temporaryDirectory();
  // Of a file that was just written it is looked whether it still grows, which takes seconds.
  const anHourAgo = new Date(Date.now() - 3_600_000);
  for (const [name, lines] of Object.entries(files)) {
    const path = join(workingDirectory, name);
    await writeFile(path, Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1'));
    await utimes(path, anHourAgo, anHourAgo);
  }
  const job = join(workingDirectory, 'job');
  return {
    init: (options: RunOptions = {}) =>
      run(['init', 'load', 'job', '--from', ...Object.keys(files)], { workingDirectory, ...options }),
    patronflow: (...args: string[]) => run(args, { workingDirectory: job }),
    text: (name: string) => readFile(join(job, name), 'utf8'),
    change: async (name: string, from: string | RegExp, to: string) => {
      const text = await readFile(join(job, name), 'utf8');
      expect(text).toMatch(from);
      await writeFile(join(job, name), text.replace(from, to));
    },
    names: () => readdirSync(job).sort(),
    users: () => deliveredUsers(join(job, 'try'), 'people'),
    zips: () => readdirSync(join(job, 'try')).map((name) => join(job, 'try', name)),
  };
}

const fifty = Array.from({ length: 50 }, (_, at) => person(at).join('|'));

describe('init load --from', () => {
  it('makes a job of a file, whose users are valid and whose test passes', async () => {
    const { init, patronflow, text, names, users, zips } = await folderWith({
      'PEOPLE_20260301.txt': [columns, ...fifty],
    });

    expect((await init()).code).toBe(0);

    expect(names()).toEqual([
      'departments.csv',
      'patronflow.yaml',
      'people.test.yaml',
      'people.xml',
      'user_groups.csv',
    ]);
    expect(await text('patronflow.yaml')).toContain('# In the files: STU 25, FAC 13, EMER 12');
    expect(await text('patronflow.yaml')).toMatch(/^# roster: beside$/m);
    expect((await patronflow('check')).code).toBe(0);
    const { code, stdout } = await patronflow('load', '--out', 'try');
    expect(stdout).toContain('people: 50 read = 50 written + 0 duplicate + 0 rejected');
    expect(code).toBe(0);
    expect((await patronflow('validate', ...zips())).stdout).toContain('50 users, 0 errors, 0 warnings');
    expect((await patronflow('test')).stdout).toContain('1 test, 0 failed.');
    const user = (await users())[1];
    expect(user && textAt(user, 'last_name')).toBe("O'Brien");
    expect(user && textAt(user, 'expiry_date')).toMatch(/^2030-12-31/);
  });

  it('asks on a terminal, and takes the word of the person for a column of codes', async () => {
    const rows = fifty.map((row) => row.replace('PATRON_TYPE', 'X7'));
    const { init, text } = await folderWith({
      'people.txt': [columns.replace('PATRON_TYPE', 'X7'), ...rows],
    });

    const { stdout } = await init({ answers: ['', 'campus_email', 'X7', '2', '1', 'yes'] });

    expect(stdout).toContain('Which column has what Alma calls the primary id?');
    expect(stdout.match(/A number/g)).toHaveLength(6);
    expect(await text('people.xml')).toContain('<primary_id>{{CAMPUS_EMAIL}}</primary_id>');
    expect(await text('people.xml')).toContain('{{lookup "user_groups" X7}}');
    expect(await text('patronflow.yaml')).not.toContain('these were guessed');
    expect(await text('patronflow.yaml')).toMatch(/^roster: beside$/m);
  });

  it('tells of people with several rows, and how to take the best', async () => {
    const twice = [
      ...fifty,
      ...fifty.slice(0, 5).map((row) => row.replace(/\d\d\/\d\d\/\d{4}/, '06/30/2035')),
    ];
    const { init, patronflow, change, users } = await folderWith({ 'people.txt': [columns, ...twice] });
    await init();
    expect((await patronflow('load', '--out', 'try')).stdout).toContain(
      '55 read = 50 written + 5 duplicate + 0 rejected',
    );

    await change('patronflow.yaml', /table: people\n/, '\n');
    await change('patronflow.yaml', /# (query:.*\n) +# ( +SELECT.*\n) +# ( +QUALIFY)/, '$1    $2    $3');
    await change('patronflow.yaml', 'BY APPT_END_DATE', "BY strptime(nullif(APPT_END_DATE, ''), '%m/%d/%Y')");
    const { stdout } = await patronflow('load', '--out', 'try2');
    expect(stdout).toContain('50 read = 50 written + 0 duplicate + 0 rejected');
    expect(await users()).toHaveLength(50);
  });

  it('joins a second file by the column that both have', async () => {
    const cards = fifty.map((row) =>
      row
        .split('|')
        .filter((_, index) => index === 0 || index === 11)
        .join('|'),
    );
    const without = (row: string) => row.split('|').slice(0, 11).join('|');
    const { init, patronflow, text, users } = await folderWith({
      'people.txt': [without(columns), ...fifty.map(without)],
      'cards.txt': ['SPRIDEN_ID|CARD_BARCODE', ...cards],
    });

    await init();

    expect(await text('patronflow.yaml')).toContain('LEFT JOIN cards USING (SPRIDEN_ID)');
    expect((await patronflow('load', '--out', 'try')).code).toBe(0);
    const identifiers = (user: Element) => at(user, 'user_identifiers/user_identifier/value').length;
    expect((await users()).map(identifiers)).toEqual(Array(50).fill(2));
  });
});

describe('init load', () => {
  it.each([
    [['yes'], /^roster: beside$/m],
    [['no'], /^# roster: beside$/m],
    [undefined, /^# roster: beside$/m],
  ] as const)('keeps a roster where a person answers %j', async (answers, line) => {
    const workingDirectory = await temporaryDirectory();
    const { code } = await run(['init', 'load', 'job'], { workingDirectory, ...(answers && { answers }) });
    expect(code).toBe(0);
    expect(await readFile(join(workingDirectory, 'job/patronflow.yaml'), 'utf8')).toMatch(line);
  });
});
