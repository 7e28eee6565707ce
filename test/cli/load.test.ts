import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../support/command.ts';
import { type Library, makeLibrary, twenty } from '../support/library.ts';
import { folderBench, sftpBench } from '../support/objects-benches.ts';
import { deliveredUsers, textAt } from '../support/users.ts';

const load = (library: Library, ...options: string[]) =>
  run(['load', ...options], { workingDirectory: library.directory });
const files = (library: Library, folder = 'out') =>
  existsSync(join(library.directory, folder)) ? readdirSync(join(library.directory, folder)).sort() : [];
const ledger = (library: Library) =>
  JSON.parse(readFileSync(join(library.directory, 'out-ledger/ledger.json'), 'utf8'));

describe('patronflow load', () => {
  it('delivers each group, says so, and leaves nothing behind', async () => {
    const library = await makeLibrary();
    const { code, stdout } = await load(library, '--now', '2026-03-01T12:00:00Z');
    expect(code).toBe(0);
    expect(files(library)).toEqual(['staff_2026-03-01_12.00.00.zip', 'student_2026-03-01_12.00.00.zip']);
    expect(stdout).toContain('staff: 20 read = 20 written + 0 duplicate + 0 rejected');
    expect(stdout).toContain('student: 2 read = 1 written + 1 duplicate + 0 rejected');
    expect(files(library, 'work')).toEqual([]);
    expect(ledger(library).groups.staff).toMatchObject({ users: 20, rows: 20, columns: { barcode: 20 } });
  });

  it('takes away the files of the run before, and nothing else', async () => {
    const library = await makeLibrary();
    await load(library, '--now', '2026-03-01T12:00:00Z');
    for (const name of ['notes.txt', 'manual.zip', 'staff_old.zip'])
      await writeFile(join(library.directory, 'out', name), name);
    await mkdir(join(library.directory, 'out-archive'));
    await writeFile(join(library.directory, 'out-archive/staff_2026-03-01_12.00.00.zip'), 'kept');
    await load(library, '--now', '2026-03-02T12:00:00Z');
    expect(files(library)).toEqual([
      'manual.zip',
      'notes.txt',
      'staff_2026-03-02_12.00.00.zip',
      'staff_old.zip',
      'student_2026-03-02_12.00.00.zip',
    ]);
    expect(files(library, 'out-archive')).toEqual(['staff_2026-03-01_12.00.00.zip']);
  });

  it('takes away every zip where the configuration says so', async () => {
    const library = await makeLibrary();
    await library.configure('deliver: { to: "file:./out", replace: all }');
    await mkdir(join(library.directory, 'out'));
    for (const name of ['manual.zip', 'staff_2020-01-01_00.00.00.zip', 'notes.txt'])
      await writeFile(join(library.directory, 'out', name), name);
    await load(library, '--now', '2026-03-02T12:00:00Z');
    expect(files(library)).toEqual([
      'notes.txt',
      'staff_2026-03-02_12.00.00.zip',
      'student_2026-03-02_12.00.00.zip',
    ]);
  });

  it('does all but deliver in a dry run, and says what it would do', async () => {
    const library = await makeLibrary();
    await load(library, '--now', '2026-03-01T12:00:00Z');
    const before = readFileSync(join(library.directory, 'out-ledger/ledger.json'), 'utf8');
    const { code, stdout } = await load(library, '--dry-run', '--now', '2026-03-02T12:00:00Z');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'Would remove there: staff_2026-03-01_12.00.00.zip, student_2026-03-01_12.00.00.zip',
    );
    expect(stdout).toMatch(
      /Would deliver to .*: staff_2026-03-02_12.00.00.zip, student_2026-03-02_12.00.00.zip/,
    );
    expect(files(library)).toEqual(['staff_2026-03-01_12.00.00.zip', 'student_2026-03-01_12.00.00.zip']);
    expect(readFileSync(join(library.directory, 'out-ledger/ledger.json'), 'utf8')).toBe(before);
  });

  it('leaves the page of the last real run as it is in a trial, unless the trial names one', async () => {
    const library = await makeLibrary();
    await library.configure('report: { file: page.html }');
    await load(library, '--now', '2026-03-01T12:00:00Z');
    const page = () => readFileSync(join(library.directory, 'page.html'), 'utf8');
    const real = page();
    await load(library, '--dry-run', '--now', '2026-03-02T12:00:00Z');
    await load(library, '--out', 'trial', '--limit', '3', '--now', '2026-03-02T12:00:00Z');
    expect(page()).toBe(real);

    await load(library, '--dry-run', '--report', 'trial.html', '--now', '2026-03-02T12:00:00Z');
    expect(page()).toBe(real);
    expect(readFileSync(join(library.directory, 'trial.html'), 'utf8')).toContain('Dry run');
  });

  it('delivers one group alone, and still leaves out who came in an earlier one', async () => {
    const library = await makeLibrary();
    await load(library, '--now', '2026-03-01T12:00:00Z');
    const { code } = await load(library, '--group', 'student', '--now', '2026-03-02T12:00:00Z');
    expect(code).toBe(0);
    expect(files(library)).toEqual(['staff_2026-03-01_12.00.00.zip', 'student_2026-03-02_12.00.00.zip']);
    expect(
      (await deliveredUsers(join(library.directory, 'out'), 'student')).map((user) =>
        textAt(user, 'primary_id'),
      ),
    ).toEqual(['S1']);
    expect(Object.keys(ledger(library).groups)).toEqual(['staff', 'student']);
  });

  it('delivers every group that --group names', async () => {
    const library = await makeLibrary();
    const { code } = await load(
      library,
      '--group',
      'student',
      '--group',
      'staff',
      '--now',
      '2026-03-02T12:00:00Z',
    );
    expect(code).toBe(0);
    expect(files(library)).toEqual(['staff_2026-03-02_12.00.00.zip', 'student_2026-03-02_12.00.00.zip']);
  });

  it('prints one person, or why there is none', async () => {
    const library = await makeLibrary();
    await library.rows('student', [
      ['p1', 'Again', 'SB2', ''],
      ['S2', '', 'SB3', ''],
      ['S3', 'Thief', 'b7', ''],
    ]);
    const one = await load(library, '--person', 'p1');
    expect(one.stdout).toContain('<primary_id>P1</primary_id>');
    expect(one.stdout).toContain(
      'student, row 1 (p1): left out, the person is in an earlier row; first: staff, row 2 (P1)',
    );
    expect((await load(library, '--person', 'S2')).stdout).toContain(
      'rejected, an element that the configuration requires came out empty: last_name',
    );
    expect((await load(library, '--person', 's3')).stdout).toContain('first: staff, row 8 (P7)');
    const unknown = await load(library, '--person', 'unknown');
    expect(unknown).toMatchObject({
      code: 1,
      stdout: 'No row has this identifier. Check the value and the person column of the groups.\n',
    });
    expect(files(library)).toEqual([]);
  });

  it('writes a part of the people to a directory, but never delivers one', async () => {
    const library = await makeLibrary();
    const refused = await load(library, '--limit', '3');
    expect(refused.code).toBe(64);
    expect(refused.stderr).toContain('must not be delivered');
    const { code, stdout } = await load(library, '--limit', '3', '--out', 'try');
    expect(code).toBe(0);
    expect(stdout).toContain('staff: 3 read = 3 written');
    expect(files(library, 'try')).toHaveLength(2);
    expect([files(library), files(library, 'try-ledger')]).toEqual([[], []]);
  });

  it('does not take the folder of the delivery for a dry run', async () => {
    const library = await makeLibrary();
    await load(library, '--now', '2026-03-01T12:00:00Z');
    const { code, stderr } = await load(library, '--limit', '3', '--out', 'out');
    expect(code).toBe(64);
    expect(stderr).toContain('is a folder that a job delivers to');
    expect(await deliveredUsers(join(library.directory, 'out'), 'staff')).toHaveLength(20);
  });

  it('needs none of the store’s and the mail’s variables to write to a directory', async () => {
    const library = await makeLibrary();
    await library.configure(
      'deliver: { to: "s3://${BUCKET}/x" }',
      'mail: { via: "ses://us-east-1", from: "${FROM}", to: "${TO}" }',
    );
    expect((await load(library, '--out', 'try')).code).toBe(0);
    expect((await load(library)).code).toBe(78);
  });

  it('prints its report for machines', async () => {
    const library = await makeLibrary();
    const { stdout } = await load(library, '--json');
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ outcome: 'delivered', error: null, acceptedDrop: false });
    expect(report.groups[0].files[0]).toMatchObject({
      users: 20,
      xmlFiles: 1,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('writes the report as a page', async () => {
    const library = await makeLibrary();
    await load(library, '--report', 'report.html');
    const page = readFileSync(join(library.directory, 'report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('Delivered.');
    expect(page).not.toMatch(/<script|https?:|P1\b/);
  });

  it('delivers and says so by its exit code when the page cannot be written', async () => {
    const library = await makeLibrary();
    const { code, stdout } = await load(library, '--report', 'no/such/directory/report.html');
    expect(code).toBe(78);
    expect(stdout).toContain('Delivered.');
    expect(stdout).toContain('The report could not be written as a page.');
    expect(files(library)).toHaveLength(2);
  });

  it('writes no page through a link, which another user may have put there', async () => {
    const library = await makeLibrary();
    await writeFile(join(library.directory, 'precious'), 'years of work');
    await symlink(join(library.directory, 'precious'), join(library.directory, 'report.html'));
    const { code, stdout } = await load(library, '--dry-run', '--report', 'report.html');
    expect([code, stdout]).toEqual([78, expect.stringContaining('report.html is a link. Name the file')]);
    expect(readFileSync(join(library.directory, 'precious'), 'utf8')).toBe('years of work');
  });

  it('exits with 1 when too many were rejected, having delivered the others', async () => {
    const library = await makeLibrary();
    await library.rows('staff', [
      ...twenty.slice(0, 6),
      ...Array.from({ length: 6 }, (_, index) => [`Q${index}`, '', `Q${index}`, '']),
    ]);
    const { code, stdout } = await load(library);
    expect(code).toBe(1);
    expect(stdout).toContain('6 rejected: an element that the configuration requires came out empty');
    expect(await deliveredUsers(join(library.directory, 'out'), 'staff')).toHaveLength(6);
  });
});

describe('the guard', () => {
  const night = (day: number) => ['--now', `2026-03-0${day}T12:00:00Z`];

  it('stops a feed without people', async () => {
    const library = await makeLibrary();
    await library.rows('student', []);
    const { code, stdout } = await load(library);
    expect(code).toBe(3);
    expect(stdout).toContain('student: users, 0 last time, 0 now');
    expect(files(library)).toEqual([]);
  });

  it('stops a feed that lost people or a column, keeps the files, and lets the drop pass when told to', async () => {
    const library = await makeLibrary();
    await load(library, ...night(1));
    await library.rows(
      'staff',
      twenty.map(([login = '', name = '', , email = '']) => [login, name, '', email]),
    );
    const { code, stdout, stderr } = await load(library, ...night(2));
    expect(code).toBe(3);
    expect(stdout).toContain('staff: column barcode, 20 last time, 0 now');
    expect(files(library)).toEqual(['staff_2026-03-01_12.00.00.zip', 'student_2026-03-01_12.00.00.zip']);
    const [held = ''] = files(library, 'work');
    expect(held).toMatch(/^patronflow-held-/);
    expect(stdout).toContain(`rm -r '${join(library.directory, 'work', held)}'`);
    expect(statSync(join(library.directory, 'work', held)).mode & 0o777).toBe(0o700);
    expect(files(library, join('work', held))).toContain('staff_2026-03-02_12.00.00.zip');
    expect(stderr).toContain('"code":"GUARD_STOPPED"');

    expect((await load(library, '--accept-drop', ...night(3))).code).toBe(0);
    expect((await load(library, ...night(4))).code).toBe(0);
    expect(ledger(library).groups.staff.columns.barcode).toBe(0);
  });

  it('stops a feed with far fewer people than last time', async () => {
    const library = await makeLibrary();
    await load(library, ...night(1));
    await library.rows('staff', twenty.slice(0, 15));
    expect((await load(library, ...night(2))).code).toBe(3);
    await library.rows('staff', twenty.slice(0, 17));
    expect((await load(library, ...night(2))).code).toBe(0);
  });

  it('does not run without its ledger', async () => {
    const library = await makeLibrary();
    await load(library, ...night(1));
    await writeFile(join(library.directory, 'out-ledger/ledger.json'), '{"version": 7}');
    const { code, stdout } = await load(library, ...night(2));
    expect(code).toBe(78);
    expect(stdout).toContain('Remove it to start again');
    await rm(join(library.directory, 'out-ledger/ledger.json'));
    expect((await load(library, ...night(2))).code).toBe(0);
  });
});

it.each([
  ['a folder', folderBench],
  ['an SFTP server', sftpBench],
])('a second load to %s beside a running one refuses to start', async (_, startBench) => {
  const bench = await startBench();
  onTestFinished(() => bench.stop());
  const library = await makeLibrary();
  await library.configure(bench.deliver('in'));
  const results = await Promise.all(
    [1, 2].map((pid) => run(['load'], { workingDirectory: library.directory, pid, isAlive: () => true })),
  );
  expect(results.map(({ code }) => code).sort()).toEqual([0, 75]);
  expect(results.find(({ code }) => code === 75)?.stdout).toContain('Another run holds the lease');
  expect((await run(['load'], { workingDirectory: library.directory })).code).toBe(0);
});

it('a run that may not begin makes no work folder, and so sweeps up none', async () => {
  const library = await makeLibrary();
  const until = new Date(Date.now() + 60_000).toISOString();
  await rm(join(library.directory, 'work'), { recursive: true });
  await mkdir(join(library.directory, 'out-ledger'));
  await writeFile(
    join(library.directory, 'out-ledger/ledger.json.lease'),
    JSON.stringify({ token: 'first', host: 'elsewhere', pid: 1, until }),
  );
  expect((await load(library)).code).toBe(75);
  expect(existsSync(join(library.directory, 'work'))).toBe(false);
});
