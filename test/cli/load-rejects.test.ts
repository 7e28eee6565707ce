import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/command.ts';
import { header, makeLibrary, twenty } from '../support/library.ts';
import { startSmtpServer } from '../support/smtp-server.ts';
import { deliveredUsers, textAt } from '../support/users.ts';

const person = (login: string, name: string, barcode: string, email = `${login}@x.example`) => [
  login,
  name,
  barcode,
  email,
];

/** A job that writes its rejected rows to a file. */
async function makeJob(...lines: readonly string[]) {
  const library = await makeLibrary();
  const { directory } = library;
  await library.configure(...(lines.length > 0 ? lines : ['rejects: rejects.csv']));
  const at = (name: string) => join(directory, name);
  return {
    ...library,
    at,
    load: (...more: string[]) =>
      run(['load', '--now', '2026-03-01T12:00:00Z', ...more], { workingDirectory: directory }),
    text: async (name = 'rejects.csv') => (await readFile(at(name), 'utf8')).replace(/^\ufeff/, ''),
    zips: (folder = 'out') => readdirSync(at(folder)).filter((name) => name.endsWith('.zip')),
    mend: async (from: string | RegExp, to: string, name = 'rejects.csv') => {
      const text = await readFile(at(name), 'utf8');
      expect(text).toMatch(from);
      await writeFile(at('mended.csv'), text.replace(from, to));
    },
  };
}

const nameless = Array.from({ length: 150 }, (_, at) => person(`n${at}`, '', `NB${at}`));

describe('a file of rejected rows', () => {
  it('has all of them with their values, what is wrong, and where they stand, for its owner alone', async () => {
    const job = await makeJob();
    await job.rows('staff', [...twenty, ...nameless, person('', 'No Key', 'X1')]);
    await job.rows('student', [person('q', 'Takes', 'P3')]);

    const { code, stdout } = await job.load();

    expect(code).toBe(1);
    expect(stdout).toContain('151 rejected rows with all values: ');
    const lines = (await job.text()).trim().split('\n');
    expect(lines).toHaveLength(152);
    expect(lines[0]).toBe(`_group,_row,_file,_line,_reason,_element,${header.join(',')}`);
    expect(lines[1]).toBe(
      'staff,21,,,an element that the configuration requires came out empty,last_name,n0,,NB0,n0@x.example',
    );
    expect(lines.at(-1)).toBe(
      "staff,171,,,no value in the column that identifies a person,,,No Key,X1,'@x.example",
    );
    expect(statSync(job.at('rejects.csv')).mode & 0o777).toBe(0o600);
  });

  it('is replaced each night, also when no row is rejected', async () => {
    const job = await makeJob();
    await job.rows('staff', [...twenty, person('n', '', 'NB')]);
    await job.load();
    expect(await job.text()).toContain('n@x.example');

    await job.rows('staff', [...twenty, person('n', 'Mended', 'NB')]);
    const { stdout } = await job.load('--now', '2026-03-02T12:00:00Z');

    expect((await job.text()).trim().split('\n')).toHaveLength(1);
    expect(stdout).not.toContain('with all values');
  });

  it('gives values back as they were, also those that a spreadsheet would calculate', async () => {
    const job = await makeJob();
    const odd = ['=1+1', '+1 617', '-5', '@x', "'=2", 'a "quoted", one', 'two\nlines', '007'];
    await job.rows('staff', [...twenty, ...odd.map((value, at) => person(`o${at}`, '', `O${at}`, value))]);
    await job.load();
    expect(await job.text()).toContain(",'=1+1\n");

    await job.mend(/(O\d,)/g, '$1');
    const text = await readFile(job.at('mended.csv'), 'utf8');
    await writeFile(job.at('mended.csv'), text.replaceAll(/(,o\d,),/g, '$1Mended,'));
    expect((await job.load('--only', 'mended.csv')).code).toBe(0);

    const users = await deliveredUsers(job.at('out'), 'staff-only');
    const emails = users.map((user) => textAt(user, 'contact_info/emails/email/email_address'));
    expect(emails).toEqual(odd);
  });

  it('is divided by groups and institutions where the job says so', async () => {
    const job = await makeJob('rejects: rejects.csv', 'rejects_by: barcode');
    await job.rows('staff', [...twenty, person('n1', '', 'NORTH'), person('n2', '', 'South/1')]);
    await job.rows('student', [person('n3', '', '')]);

    await job.load();

    expect(readdirSync(job.directory).filter((name) => name.startsWith('rejects'))).toEqual([
      'rejects_staff_NORTH.csv',
      'rejects_staff_South-1.csv',
      'rejects_student.csv',
    ]);
    expect(await job.text('rejects_staff_NORTH.csv')).toContain('n1@');
    expect(await job.text('rejects_staff_NORTH.csv')).not.toContain('n2@');
  });

  it('can lie beside the ledger', async () => {
    const job = await makeJob('rejects: beside');
    await job.rows('staff', [...twenty, person('n', '', 'NB')]);
    await job.load();
    expect(await job.text('out-ledger/ledger-rejects.csv')).toContain('n@x.example');
  });

  it('has people who are rejected after they were written, with the values of their row', async () => {
    const job = await makeJob();
    const yaml = job.at('patronflow.yaml');
    const text = await readFile(yaml, 'utf8');
    await writeFile(yaml, text.replace('last_name]', 'user_identifiers]'));
    await job.rows('staff', [person('a', 'First', 'b'), ...twenty]);
    await job.rows('student', [person('b', 'Has the primary id', 'SB')]);

    const { stdout, stderr } = await job.load('--accept-drop');
    console.log(stderr);

    expect(stdout).toContain('1 rejected');
    expect(await job.text()).toContain(
      'staff,1,,,an identifier that another person of this run has,user_identifiers/user_identifier[Barcode]/value,a,First,b,a@x.example',
    );
  });

  it('is not written by a trial, nor told in a mail but by its name', async () => {
    const server = await startSmtpServer({ withoutTls: true });
    try {
      const job = await makeJob(
        'rejects: rejects.csv',
        `mail: { via: "smtp://127.0.0.1:${server.port}", from: a@x.example, to: b@x.example, smtp: { tls: disable } }`,
      );
      await job.rows('staff', [...twenty, person('n', '', 'SECRET')]);
      expect((await job.load('--dry-run')).stdout).toContain('1 rejected row would go to a file');
      await job.load('--out', 'try');
      expect(existsSync(job.at('rejects.csv'))).toBe(false);

      await job.load();

      expect(server.messages[0]?.raw).toContain('rejects.csv');
      expect(server.messages[0]?.raw).not.toContain('SECRET');
    } finally {
      await server.stop();
    }
  });

  it('is refused in the folder that Alma reads', async () => {
    const job = await makeJob('rejects: out/rejects.csv');
    expect((await job.load()).stderr).toContain('lies in the folder that Alma reads');
  });
});

describe('load --only', () => {
  it('loads mended people beside the files that are there, and leaves ledger and guard alone', async () => {
    const job = await makeJob();
    await job.rows('staff', [...twenty, person('n1', '', 'NB1'), person('n2', '', 'NB2')]);
    await job.load();
    const [zips, ledger] = [job.zips(), await readFile(job.at('out-ledger/ledger.json'), 'utf8')];
    await job.mend(/n1,,/, 'n1,Mended,');

    const { code, stdout } = await job.load('--only', 'mended.csv', '--now', '2026-03-01T15:00:00Z');

    expect(stdout).toContain('staff: 2 read = 1 written + 0 duplicate + 1 rejected');
    expect(stdout).toContain('staff-only_2026-03-01_15.00.00.zip: 1 user in 1 XML file');
    expect(code).toBe(1);
    expect(job.zips()).toEqual([...zips, 'staff-only_2026-03-01_15.00.00.zip'].sort());
    const users = await deliveredUsers(job.at('out'), 'staff-only');
    expect(users.map((user) => textAt(user, 'last_name'))).toEqual(['Mended']);
    expect(await readFile(job.at('out-ledger/ledger.json'), 'utf8')).toBe(ledger);
    expect(await job.text('mended-again.csv')).toContain('n2@x.example');
    expect(await job.text('mended-again.csv')).not.toContain('n1@x.example');
    expect(await job.text()).toContain('n1@x.example');

    await job.load('--now', '2026-03-02T12:00:00Z');
    expect(job.zips()).toContain('staff-only_2026-03-01_15.00.00.zip');
  });

  it('takes a file that a spreadsheet saved with semicolons', async () => {
    const job = await makeJob();
    await job.rows('staff', [...twenty, person('n1', '', 'NB1')]);
    await job.load();
    const text = (await job.text()).replace('n1,,', 'n1,Mended,').replaceAll(',', ';');
    await writeFile(job.at('mended.csv'), text);
    const { stdout } = await job.load('--only', 'mended.csv');
    expect(stdout).toContain('staff: 1 read = 1 written + 0 duplicate + 0 rejected');
  });

  it('delivers nothing where all are rejected again, and says so', async () => {
    const job = await makeJob();
    await job.rows('staff', [...twenty, person('n1', '', 'NB1')]);
    await job.load();
    const zips = job.zips();
    const { code } = await job.load('--only', 'rejects.csv', '--now', '2026-03-01T15:00:00Z');
    expect(code).toBe(1);
    expect(job.zips()).toEqual(zips);
  });

  it('tells of lines that could not be read, which have no values', async () => {
    const job = await makeJob();
    await job.rows('staff', twenty);
    const path = join(job.directory, 'data/staff.csv');
    await writeFile(path, `${await readFile(path, 'utf8')}too,few\n`);
    await job.load();
    expect(await job.text()).toContain('staff,,,22,fewer fields than the header has,,,,,');
    const { stdout } = await job.load('--only', 'rejects.csv');
    expect(stdout).toContain('1 row has no values: lines of a file that could not be read.');
  });

  it.each([
    ['has no column _group', (text: string) => text.replace('_group', 'group')],
    [
      'has a row of the group stuff, which the job does not have, did you mean "staff"?',
      (text: string) => text.replace('\nstaff,', '\nstuff,'),
    ],
    ['has a row of no group', (text: string) => text.replace('\nstaff,', '\n,')],
    ['line 2 cannot be read', (text: string) => `${text.split('\n')[0]}\nstaff,1,2\n`],
    ['lacks', (text: string) => text.replace(',barcode', ',bar')],
  ])('refuses a file that %s', async (message, damage) => {
    const job = await makeJob();
    await job.rows('staff', [...twenty, person('n1', '', 'NB1')]);
    await job.load();
    const zips = job.zips();
    await writeFile(job.at('mended.csv'), damage(await readFile(job.at('rejects.csv'), 'utf8')));

    const { code, stdout, stderr } = await job.load('--only', 'mended.csv');

    expect(stdout + stderr).toContain(message);
    expect(code).toBe(78);
    expect(job.zips()).toEqual(zips);
  });

  it('goes with no option that chooses other people', async () => {
    const job = await makeJob();
    expect((await job.load('--only', 'x.csv', '--group', 'staff')).code).toBe(64);
    expect((await job.load('--only', 'missing.csv')).stdout).toContain('missing.csv cannot be read (ENOENT)');
  });
});
