import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FeedsJob, makeFeedsJob, oneGroup, readReport } from '../support/feeds-job.ts';

const header = 'PIDM,FIRST,LAST,ECLS,EXPIRES,ZIP';
const person = (id: number, group = 'STU') =>
  `9000000${String(id).padStart(2, '0')},Ada,Quince,${group},2027-05-31,12201`;
const feed = (...rows: readonly string[]) => `${[header, ...rows].join('\n')}\n`;
const range = (from: number, to: number, group?: string) =>
  Array.from({ length: to - from }, (_, at) => person(from + at, group));
const idsIn = (xml = '') => [...xml.matchAll(/<primary_id>9000000(\d\d)</g)].map(([, id]) => Number(id));

const two = (...lines: readonly string[]) => [
  'groups:',
  '  - name: staff',
  "    query: SELECT * FROM people WHERE ECLS = 'FAC'",
  '    person: PIDM',
  '    template: user.xml',
  ...lines,
  '  - name: student',
  '    query: |',
  '      SELECT p.*, c.CARD FROM people p',
  '      LEFT JOIN cards c ON c.PIDM = p.PIDM',
  "      WHERE p.ECLS = 'STU'",
  '    person: PIDM',
  '    template: user.xml',
  '    only_if: { has a card: "{{CARD}}" }',
  '    skip_if: { on hold: \'{{matches FIRST "HOLD"}}\' }',
];
const tables = (more = '') =>
  `tables: { people: { file: "PEOPLE_*.csv", pick: newest, person: PIDM${more} }, cards: { file: cards.csv } }`;

const jsonOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout);
const night = (day: number) => ['--now', `2026-03-${String(day).padStart(2, '0')}T12:00:00Z`];

async function withCards(): Promise<FeedsJob> {
  const job = await makeFeedsJob();
  await job.bring('cards.csv', 'PIDM,CARD\n900000020,A\n900000021,B\n900000022,C\n900000099,D\n');
  return job;
}

describe('groups from several tables', () => {
  it('are joined, filtered and counted: each line and each person is in the books', async () => {
    const job = await withCards();
    const hold = person(22).replace('Ada', 'HOLD');
    const rows = [
      ...range(1, 4, 'FAC'),
      person(1, 'FAC'),
      person(20),
      '900000021',
      person(21),
      hold,
      person(23),
      person(50, 'XXX'),
    ];
    await job.bring('PEOPLE_1.csv', feed(...rows));
    await job.configure(tables(), ...two());

    const { code, stdout } = await job.load('--json', '--report', 'report.html', ...night(1));
    const report = JSON.parse(stdout);

    expect(code, stdout).toBe(0);
    const [people, cards] = report.tables;
    expect(people).toMatchObject({
      rows: 9,
      file: { lines: 11, header: 1, rows: 9, unreadable: 1 },
      people: { all: 8, inNoGroup: 1 },
    });
    expect(people.unreadable).toMatchObject([{ file: 'PEOPLE_1.csv', line: 7, reason: 'too_few_fields' }]);
    expect(cards).toMatchObject({ rows: 4, file: { lines: 5, rows: 4 }, people: null });
    const [staff, student] = report.groups;
    expect(staff.books).toMatchObject({ read: 4, written: 3, duplicate: 1, skipped: 0, rejected: 0 });
    expect(student.books).toMatchObject({ read: 4, written: 2, duplicate: 0, skipped: 2, rejected: 0 });
    expect(student.skipped).toEqual({ 'not has a card': 1, 'on hold': 1 });
    const xml = await job.xml();
    expect(idsIn(xml.staff)).toEqual([1, 2, 3]);
    expect(idsIn(xml.student)).toEqual([20, 21]);
    const page = await readReport(job);
    for (const text of ['on hold', 'not has a card', 'PEOPLE_1.csv, line 7']) expect(page).toContain(text);
    expect(job.files('work')).toEqual([]);
  });

  it('name the file and the line of who is rejected', async () => {
    const job = await withCards();
    const late = person(3, 'FAC').replace('2027-05-31', 'never');
    await job.bring('PEOPLE_1.csv', feed(person(1, 'FAC'), person(2, 'FAC'), late, person(20)));
    await job.configure(tables(), 'max_rejects: 0.9', ...two());
    const { stdout } = await job.load('--out', 'out', ...night(1));
    expect(stdout).toMatch(/PEOPLE_1\.csv, line 4/);
    expect(stdout).not.toMatch(/never|900000003/);
  });

  it('have SQL that points into the configuration, and delivers nothing', async () => {
    const job = await withCards();
    await job.bring('PEOPLE_1.csv', feed(person(1, 'FAC'), person(20)));
    await job.configure(
      tables(),
      ...two().map((line) => line.replace('c.CARD FROM', 'CAST(LAST AS DATE) AS CARD FROM')),
    );
    const yaml = readFileSync(join(job.directory, 'patronflow.yaml'), 'utf8').split('\n');
    const line = yaml.findIndex((each) => each.includes('CAST('));
    const { code, stdout, stderr } = await job.load(...night(1));
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain(
      `The query of group student cannot convert a value (line ${line + 1}, column ${(yaml[line] ?? '').indexOf('CAST') + 1} of the configuration).`,
    );
    expect(stdout + stderr).not.toContain('Quince');
    expect(job.files('out')).toEqual([]);
    expect(job.files('work')).toEqual([]);
  });

  it('can ask for the last line of a person, by its number and not by its text', async () => {
    const job = await makeFeedsJob();
    const rows = range(1, 12).map((row, at) => row.replace('Ada', `Line${at + 2}`));
    const lines = [2, 9, 10, 11, 12].map((line) => `900000001,Line${line},Quince,STU,2027-05-31,12201`);
    await job.bring(
      'P.csv',
      feed(...rows.map((row, at) => lines.find((each) => each.includes(`Line${at + 2},`)) ?? row)),
    );
    await job.configure(
      'tables: { people: { file: P.csv } }',
      'groups:',
      '  - name: people',
      '    query: |',
      "      SELECT *, _file || ':' || _line AS place, _line + 1 AS behind FROM people",
      '      QUALIFY row_number() OVER (PARTITION BY PIDM ORDER BY _line DESC) = 1',
      '      ORDER BY _line',
      '    person: PIDM',
      '    template: user.xml',
    );
    const { code, stdout } = await job.load('--out', 'out', ...night(1));
    expect(code, stdout).toBe(0);
    const xml = (await job.xml()).people ?? '';
    expect([...xml.matchAll(/<first_name>Line(\d+)</g)].map(([, line]) => Number(line))).toEqual([
      3, 4, 5, 6, 7, 8, 12,
    ]);
  });

  it('are told to come from a query that returns nothing', async () => {
    const job = await withCards();
    await job.bring('PEOPLE_1.csv', feed(...range(20, 23)));
    await job.configure(tables(), ...two());
    const { error } = jsonOf(await job.load('--json', ...night(1)));
    expect(error).toMatchObject({ code: 'GUARD_STOPPED' });
    expect(error.hint).toContain('The query of staff returned no rows: look at it, and at what it reads.');
  });

  it('may be one table of several groups, which is read once', async () => {
    const job = await makeFeedsJob();
    await job.bring('PEOPLE_1.csv', feed(...range(1, 4)));
    const group = (name: string) =>
      `  - { name: ${name}, table: people, person: PIDM, template: user.xml, only_if: { mine: '{{matches ZIP "${name === 'a' ? '12201' : 'x'}"}}' } }`;
    await job.configure(
      'tables: { people: { file: PEOPLE_1.csv } }',
      'groups:',
      group('a'),
      group('b'),
      group('c'),
      'guard: { min_people: 0 }',
    );
    const report = jsonOf(await job.load('--json', '--dry-run', ...night(1)));
    expect(report.tables[0]).toMatchObject({ rows: 3, file: { lines: 4 } });
    expect(report.groups.map(({ books }: { books: { read: number } }) => books.read)).toEqual([3, 3, 3]);
    expect(report.groups.map(({ skipped }: { skipped: object }) => skipped)).toEqual([
      {},
      { 'not mine': 3 },
      { 'not mine': 3 },
    ]);
  });
});

describe('SQL over a folder of CSV files', () => {
  const start = async () => {
    const job = await makeFeedsJob();
    await job.configure('source: { url: "csv:./feeds" }', ...two().slice(0, 5));
    await job.bring('people.csv', feed(...range(1, 4, 'FAC')));
    return job;
  };

  it('reads the files that it names, and no others', async () => {
    const job = await start();
    await job.bring('copy of 2019.csv', Buffer.from('ID\nZo\xeb\n', 'latin1'));
    const report = jsonOf(await job.load('--json', '--out', 'out', ...night(1)));
    expect(report).toMatchObject({ outcome: 'written', tables: [{ name: 'people', rows: 3 }] });
  });

  it('says which files are one table', async () => {
    const job = await start();
    await job.bring('PEOPLE.CSV', feed());
    const { code, stderr, stdout } = await job.load('--out', 'out', ...night(1));
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('PEOPLE.CSV and people.csv in');
    await job.configure('tables: { people: { file: people.csv }, People: { file: people.csv } }', oneGroup);
    const twins = await job.load(...night(1));
    expect(twins.stdout + twins.stderr).toMatch(/tables\.People \(line \d+\): another table is called so/);
  });
});

describe('the guard of tables', () => {
  it('stops a run whose file is much smaller, or whose people are in no group', async () => {
    const job = await withCards();
    await job.configure(
      tables(),
      'guard: { min_people: 0.1, max_code_loss: 1, max_value_loss: 1 }',
      ...two(),
    );
    const all = [...range(20, 23), ...range(30, 80, 'FAC')];
    await job.bring('PEOPLE_1.csv', feed(...all));
    expect((await job.load(...night(1))).code).toBe(0);

    await job.bring('PEOPLE_2.csv', feed(...all.slice(0, 20)), 1);
    const small = await job.load(...night(2));
    expect(small.code).toBe(3);
    expect(small.stdout).toContain('table people: bytes of its files, 2,259 last time, 873 now');

    const moved = all.map((row, at) => (at > 30 ? row.replace('FAC', 'FCX') : row));
    await job.bring('PEOPLE_3.csv', feed(...moved), 0.5);
    const left = await job.load('--json', ...night(3));
    expect(left.code).toBe(3);
    expect(jsonOf(left).error.message).toContain('table people: people in no group, 0 last time, 22 now');
    expect(jsonOf(left).tables[0].people).toEqual({ all: 53, inNoGroup: 22 });

    // What was held is delivered, with what is known of its tables.
    const { heldAt } = jsonOf(left);
    expect(readdirSync(heldAt).map((name) => name.replace(/_.*\./, '.'))).toEqual([
      'held.json',
      'staff.zip',
      'student.zip',
    ]);
    const held = await job.load('--held', heldAt, ...night(4));
    expect(held.code, held.stdout).toBe(0);
    const again = await job.load('--json', ...night(5));
    expect(again.code, again.stdout).toBe(0);
    expect(jsonOf(again).tables[0].last).toMatchObject({ people: 53, inNoGroup: 22 });
  });
});

describe('the files of a feed after a run', () => {
  const start = async (after: string, ...more: string[]) => {
    const job = await makeFeedsJob();
    await job.bring('P.csv', feed(...range(1, 30)));
    await job.bring('P.csv.done', '');
    await job.bring('other.csv', '');
    await job.configure(
      `tables: { people: { file: "P.csv", marker: .done, after: ${after} } }`,
      oneGroup,
      ...more,
    );
    return job;
  };
  const kept = ['P.csv', 'P.csv.done', 'other.csv'];

  it.each([
    ['keep', kept],
    ['delete', ['other.csv']],
    ['{ move_to: done }', ['done', 'done/P.csv', 'done/P.csv.done', 'other.csv']],
  ])('are gone with their marker, or not, once they were delivered: %s', async (after, left) => {
    const job = await start(after);
    for (const options of [['--dry-run'], ['--out', 'elsewhere'], ['--limit', '3', '--out', 'elsewhere']]) {
      expect((await job.load(...options, ...night(1))).code).toBe(0);
      expect(job.files('feeds')).toEqual(kept);
    }
    const { code, stdout } = await job.load(...night(1));
    expect(code, stdout).toBe(0);
    expect(job.files('feeds')).toEqual(left);
  });

  it('stay where no group reads their table', async () => {
    const job = await start('delete');
    await job.configure(
      'tables: { people: { file: P.csv, after: delete }, others: { file: other.csv, after: delete } }',
      oneGroup,
    );
    expect((await job.load(...night(1))).code).toBe(0);
    expect(job.files('feeds')).toEqual(['P.csv.done', 'other.csv']);
  });

  it('stay after a run of some groups: the others are still to come', async () => {
    const job = await start('delete');
    expect((await job.load('--group', 'people', ...night(1))).code).toBe(0);
    expect(job.files('out')).toHaveLength(1);
    expect(job.files('feeds')).toEqual(kept);
  });

  /** A job whose second night the guard stopped. */
  const stopped = async (after: string) => {
    const job = await start(after);
    expect((await job.load(...night(1))).code).toBe(0);
    await job.bring('P.csv', feed(person(1)));
    await job.bring('P.csv.done', '');
    const { code, stdout } = await job.load('--json', ...night(2));
    expect(code).toBe(3);
    return { job, heldAt: String(jsonOf({ stdout }).heldAt) };
  };

  it('stay after a run that the guard stops, and go when what it held is delivered', async () => {
    const { job, heldAt } = await stopped('delete');
    expect(job.files('feeds')).toEqual(kept);
    expect((await job.load('--held', heldAt, '--dry-run', ...night(3))).code).toBe(0);
    expect(job.files('feeds')).toEqual(kept);
    const { code, stdout } = await job.load('--held', heldAt, ...night(3));
    expect(code, stdout).toBe(0);
    expect(job.files('feeds')).toEqual(['other.csv']);
  });

  it('are moved beside those of the night before, and take the place of none', async () => {
    const { job, heldAt } = await stopped('{ move_to: done }');
    expect((await job.load('--held', heldAt, ...night(3))).code).toBe(0);
    expect(job.files('feeds')).toEqual([
      'done',
      'done/P-2.csv',
      'done/P-2.csv.done',
      'done/P.csv',
      'done/P.csv.done',
      'other.csv',
    ]);
    expect(readFileSync(join(job.directory, 'feeds/done/P.csv'), 'utf8')).toBe(feed(...range(1, 30)));
  });

  it('stay where they are others than were delivered', async () => {
    const { job, heldAt } = await stopped('delete');
    await job.bring('P.csv', feed(person(2)), 1);
    const { code, stdout } = await job.load('--held', heldAt, ...night(3));
    expect(code, stdout).toBe(0);
    expect(job.files('feeds')).toEqual(kept);
    expect(stdout).toContain('P.csv is no longer the file that was delivered.');
  });

  it('stay where what was held lies in a manifest of an older version', async () => {
    const { job, heldAt } = await stopped('delete');
    const manifest = join(heldAt, 'held.json');
    const { feeds: _, ...older } = JSON.parse(readFileSync(manifest, 'utf8'));
    writeFileSync(manifest, JSON.stringify(older));
    expect((await job.load('--held', heldAt, ...night(3))).code).toBe(0);
    expect(job.files('feeds')).toEqual(kept);
  });
});

describe('a feed that is not whole', () => {
  it('is one that still grows, or is replaced while it is read', async () => {
    const job = await makeFeedsJob();
    await job.bring('P.csv', feed(...range(1, 30)), 0);
    await job.configure('tables: { people: { file: P.csv } }', oneGroup);
    const growing = job.load('--json', ...night(1));
    setTimeout(() => void job.bring('P.csv', feed(...range(1, 31)), 0), 1_000);
    expect(jsonOf(await growing).error).toMatchObject({
      code: 'FEED_CHANGED',
      message: expect.stringContaining('P.csv'),
    });
    expect(existsSync(join(job.directory, 'out'))).toBe(false);
  });

  it.each([
    ['no file', 'tables: { people: { file: Q.csv } }', 'FEED_MISSING'],
    ['no marker', 'tables: { people: { file: P1.csv, marker: .ok } }', 'FEED_MISSING'],
    ['two files', 'tables: { people: { file: "P?.csv" } }', 'FEED_AMBIGUOUS'],
    ['an old file', 'tables: { people: { file: P1.csv, max_age_hours: 1 } }', 'FEED_OLD'],
    ['no trailer', 'tables: { people: { file: P1.csv, format: { trailer: "T{count}" } } }', 'GUARD_STOPPED'],
    ['another delimiter', 'tables: { people: { file: P1.csv, format: { delimiter: tab } } }', 'SOURCE_QUERY'],
    ['no workbook', 'tables: { people: { file: P1.csv, format: { sheet: 1 } } }', 'SOURCE_QUERY'],
    ['two kinds of columns', 'tables: { people: { file: "P*.csv", pick: all } }', 'SOURCE_QUERY'],
  ])('is told, and nothing is delivered: %s', async (_what, table, code) => {
    const job = await makeFeedsJob();
    await job.bring('P1.csv', feed(...range(1, 30)));
    await job.bring('P2.csv', 'PIDM,FIRST\n1,Ada Quince\n', 1);
    await job.configure(table, oneGroup);
    const { error } = jsonOf(await job.load('--json'));
    expect(error.code).toBe(code);
    expect(error.hint).not.toBe('');
    expect(`${error.message}${error.hint}`).not.toMatch(/Quince|90000/);
    expect(job.files('out')).toEqual([]);
    // What the guard stops is held there, to be looked at.
    if (code !== 'GUARD_STOPPED') expect(job.files('work')).toEqual([]);
  });
});

describe('a folder for each group', () => {
  const staffFolder = '    deliver: { to: "file:./staff" }';

  it('gets the files of its group, whose old ones are replaced there and nowhere else', async () => {
    const job = await withCards();
    await job.bring('PEOPLE_1.csv', feed(...range(1, 4, 'FAC'), ...range(20, 23)));
    await job.configure(tables(), 'deliver: { to: "file:./out", replace: all }', ...two(staffFolder));
    for (const day of [1, 2]) {
      // Of another program: replace: all takes it away, in each folder.
      if (day === 2)
        for (const folder of ['staff', 'out']) writeFileSync(join(job.directory, folder, 'old.zip'), '');
      const { code, stdout } = await job.load(...night(day));
      expect(code, stdout).toBe(0);
      expect(job.files('staff')).toEqual([`staff_2026-03-0${day}_12.00.00.zip`]);
      expect(job.files('out').filter((name) => name.endsWith('.zip'))).toEqual([
        `student_2026-03-0${day}_12.00.00.zip`,
      ]);
    }
    expect(idsIn((await job.xml('staff')).staff)).toEqual([1, 2, 3]);
  });

  it('is not used by --out', async () => {
    const job = await withCards();
    await job.bring('PEOPLE_1.csv', feed(...range(1, 4, 'FAC'), ...range(20, 23)));
    await job.configure(tables(), ...two(staffFolder));
    expect((await job.load('--out', 'all', ...night(1))).code).toBe(0);
    expect(job.files('all')).toHaveLength(2);
    expect(job.files('staff')).toEqual([]);
  });
});

it('shows no odd sign of the names of files, sheets and columns, and no value', async () => {
  const job = await makeFeedsJob();
  const odd = 'P\u202e\u001b[31m\u200bx.csv';
  await job.bring(
    odd,
    `PIDM,FIRST,LAST,ECLS,EXPIRES,ZIP,B\u202eAD\u001b[0m\n${person(1)},x\n9000,Lovelace\n`,
  );
  await job.configure('tables: { people: { file: "P*.csv", person: PIDM } }', 'max_rejects: 0.9', oneGroup);
  const read = await job.load('--report', 'report.html', '--out', 'out', ...night(1));
  await job.configure('tables: { people: { file: "P*.csv", person: NOPE } }', oneGroup);
  const wrong = await job.load(...night(1));
  expect(wrong.stdout).toContain('The table people has no column NOPE, which identifies a person.');
  await job.bring(`${odd}2.csv`, 'x\n');
  const both = await job.load(...night(1));
  for (const text of [
    read.stdout,
    read.stderr,
    await readReport(job),
    wrong.stdout,
    wrong.stderr,
    both.stdout,
    both.stderr,
  ]) {
    expect(text).not.toMatch(/[\u001b\u202e\u200b]/);
    expect(text).not.toMatch(/Lovelace|Quince|900000001/);
  }
  expect(both.stdout + both.stderr).toContain('2 files at');
});
