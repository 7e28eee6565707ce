import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { almaKey, makeAlmaLibrary } from '../support/alma-library.ts';
import { readMail } from '../support/mail-text.ts';
import { startSmtpServer } from '../support/smtp-server.ts';

const both = ['after_delivery: start', 'jobs: [{ profile: 12 }]', 'watch_minutes: 1'];

/** Lines that mail the report to a server of the test's own. */
async function mailLines() {
  const server = await startSmtpServer({ withoutTls: true });
  onTestFinished(() => server.stop());
  const lines = [
    'mail:',
    `  via: smtp://127.0.0.1:${server.port}`,
    '  from: load@library.example',
    '  to: staff@library.example',
    '  smtp: { tls: disable }',
  ];
  return { server, lines };
}

describe('a load that follows its files into Alma', () => {
  it('starts the job, waits for it, and tells that Alma took all', async () => {
    const { alma, patronflow } = await makeAlmaLibrary();

    const { code, stdout, stderr } = await patronflow(['load']);

    expect(stdout).toContain('Delivered. Alma accepted all users.');
    expect(stdout).toContain('21 delivered = 21 created + 0 updated + 0 unchanged + 0 rejected');
    expect(code).toBe(0);
    expect(alma.jobs.runs).toHaveLength(1);
    expect(stdout + stderr).not.toContain(almaKey);
  });

  it('ends with 4 when Alma refused some, and says so on the page, by mail and for programs, without an id', async () => {
    const { alma, library, patronflow, configure } = await makeAlmaLibrary();
    const { server, lines } = await mailLines();
    await configure(both, ...lines);
    alma.jobs.manner.rejects = { P3: 'User is not external', P4: 'Mandatory field is missing: Last Name' };

    const { code, stdout, stderr } = await patronflow(['load', '--json', '--report', 'page.html']);

    expect(code).toBe(4);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ outcome: 'delivered', error: null });
    expect(report.alma.jobs[0]).toMatchObject({
      groups: ['staff', 'student'],
      result: 'taken',
      counts: { created: 19, rejected: 2 },
    });
    const page = readFileSync(join(library.directory, 'page.html'), 'utf8');
    expect(page).toContain('Result in Alma');
    expect(page).toContain('no load changes internal users');
    expect(page).toContain('class="outcome bad"');
    const [mail] = server.messages;
    expect(mail?.raw).toMatch(/Subject: Patronflow load .*Alma\s+REJECTED\s+2/);
    expect(mail?.raw).toContain('ALMA REJECTED 2 USERS.');
    const { text: mailed, html } = readMail(mail?.raw ?? '');
    for (const text of [stdout, stderr, page, mailed, html]) {
      expect(text).not.toMatch(/\bP[34]\b/);
      expect(text).not.toContain(almaKey);
    }
  });

  it('names refused users where report.row_keys allows it', async () => {
    const { alma, patronflow, configure } = await makeAlmaLibrary();
    await configure(both, 'report: { row_keys: true }');
    alma.jobs.manner.rejects = { P3: 'User is not external' };

    const { code, stdout } = await patronflow(['load']);

    expect(code).toBe(4);
    expect(stdout).toMatch(/1 rejected: the user is internal .*\n\s+P3\n/);
  });

  it('stays delivered when Alma cannot be asked, and ends with 4', async () => {
    const { alma, patronflow } = await makeAlmaLibrary();
    await alma.stop();
    const { code, stdout, stderr } = await patronflow(['load', '--json']);

    expect(code).toBe(4);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ outcome: 'delivered', error: null });
    expect(report.alma.jobs[0]).toMatchObject({ result: 'unknown' });
    expect(report.alma.jobs[0].why).toContain('does not answer (ECONNREFUSED)');
    expect(stdout + stderr).not.toContain(almaKey);
  });

  it('tells of a wrong key without showing it', async () => {
    const { patronflow } = await makeAlmaLibrary();

    const { code, stdout, stderr } = await patronflow(['load'], {
      environment: { ALMA_KEY: 'wrong-key-0815' },
    });

    expect(code).toBe(4);
    expect(stdout).toContain('rejected the key, or the key lacks a permission');
    expect(stdout + stderr).not.toContain('wrong-key-0815');
  });

  it('asks nothing of Alma in a trial, or when the guard stops it', async () => {
    const { alma, library, patronflow } = await makeAlmaLibrary();
    await patronflow(['load', '--dry-run']);
    await patronflow(['load', '--out', 'try']);
    await library.rows('staff', []);
    expect((await patronflow(['load'])).code).toBe(3);
    expect(alma.requests).toEqual([]);
  });

  it('starts only the job of the group that was delivered', async () => {
    const { alma, patronflow, configure } = await makeAlmaLibrary();
    await configure([
      'after_delivery: start',
      'jobs: [{ name: Patrons, groups: [staff] }, { profile: 34, groups: [student] }]',
    ]);

    const { stdout } = await patronflow(['load', '--group', 'staff', '--json']);

    expect(JSON.parse(stdout).alma.jobs).toHaveLength(1);
    expect(alma.jobs.runs.map(({ job }) => job)).toEqual(['S712']);
  });

  it('leaves its files delivered when it is told to stop while it watches', async () => {
    const { alma, patronflow } = await makeAlmaLibrary();
    alma.jobs.manner.looks = Infinity;
    const stop = new AbortController();

    const { code, stdout } = await patronflow(['load', '--json'], {
      signal: stop.signal,
      onStderr: (text) => text.includes("Alma's job is still running.") && stop.abort(),
    });

    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'delivered', error: null });
    expect(JSON.parse(stdout).alma.jobs[0].why).toContain('The run was stopped while it waited');
  });
});

describe('patronflow alma watch', () => {
  const find = ['after_delivery: none', 'jobs: [{ profile: 12 }]', 'watch_minutes: 1'];

  it('tells the result of a job that a schedule started later, by mail too, and starts none', async () => {
    const { alma, patronflow, configure } = await makeAlmaLibrary();
    const { server, lines } = await mailLines();
    await configure(find, ...lines);
    const load = await patronflow(['load']);
    expect([load.code, alma.jobs.runs.length]).toEqual([0, 0]);
    expect(load.stdout).not.toContain('Alma');

    const before = await patronflow(['alma', 'watch', '--once']);
    expect(before.code).toBe(4);
    expect(before.stdout).toContain('No run of the job has started since the delivery');

    alma.jobs.manner.rejects = { P5: 'User is not external' };
    await alma.runSchedule('12');
    const after = await patronflow(['alma', 'watch']);
    expect(after.code).toBe(4);
    expect(after.stdout).toMatch(/Delivered on \d{4}-.*ALMA REJECTED 1 USER\./);
    expect(after.stdout).toContain('started by its schedule');
    expect(after.stdout).toContain('21 delivered = 20 created + 0 updated + 0 unchanged + 1 rejected');
    expect(server.messages.at(-1)?.raw).toMatch(/Subject: Patronflow load .*Alma\s+REJECTED\s+1/);
    expect(alma.requests.filter((each) => each.startsWith('POST'))).toEqual([]);
    expect(after.stdout).not.toMatch(/\bP5\b/);
  });

  it('writes a page and JSON, and ends with 0 when all went well', async () => {
    const { alma, library, patronflow, configure } = await makeAlmaLibrary();
    await configure(find);
    await patronflow(['load']);
    await alma.runSchedule('12');

    const { code, stdout } = await patronflow(['alma', 'watch', '--json', '--report', 'page.html']);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'watched', alma: { jobs: [{ result: 'taken' }] } });
    expect(readFileSync(join(library.directory, 'page.html'), 'utf8')).toContain('Alma accepted all users.');
  });

  it('says what is missing', async () => {
    const { patronflow, configure } = await makeAlmaLibrary();
    const early = await patronflow(['alma', 'watch']);
    expect([early.code, early.stdout]).toEqual([
      64,
      expect.stringContaining('There is no note of a delivery'),
    ]);
    await configure(['after_delivery: none']);
    const unnamed = await patronflow(['alma', 'watch']);
    expect([unnamed.code, unnamed.stderr]).toEqual([64, expect.stringContaining('names no job of Alma')]);
  });
});

describe('patronflow check', () => {
  const template = (group: string) => `<user>
  <primary_id>{{login}}</primary_id>
  <last_name>{{name}}</last_name>
  <user_group>${group}</user_group>
  <user_identifiers><user_identifier><id_type>BARCODE</id_type><value>{{barcode}}</value></user_identifier></user_identifiers>
</user>
`;

  it('tries the key, the job and the codes', async () => {
    const { library, patronflow } = await makeAlmaLibrary();
    await writeFile(join(library.directory, 'person.xml'), template('10'));

    const { code, stdout } = await patronflow(['check']);

    expect(code).toBe(0);
    expect(stdout).toMatch(/ok {6}Alma .*answers as sandbox of Example University/);
    expect(stdout).toMatch(/ok {6}Alma key .*may start jobs/);
    expect(stdout).toMatch(/ok {6}Alma job .*is Users SYNCHRONIZE using profile Patrons, for staff, student/);
    expect(stdout).toMatch(/ok {6}Alma's UserGroups .*all known to Alma/);
    expect(stdout).not.toContain(almaKey);
  });

  it('refuses codes that Alma lacks, warns of disabled ones, and says what it could not check', async () => {
    const { alma, library, patronflow, configure } = await makeAlmaLibrary();
    await writeFile(join(library.directory, 'groups.csv'), 'FAC,10\nOLD,99\nSTU,O1\n');
    await writeFile(join(library.directory, 'person.xml'), template('{{lookup "groups" email}}'));
    await configure(both, 'lookups: { groups: { file: groups.csv } }');
    delete (alma.tables as Record<string, unknown>).UserIdentifierTypes;

    const { code, stdout } = await patronflow(['check']);

    expect(code).toBe(78);
    expect(stdout).toContain('1 code that UserGroups of Alma lacks:');
    expect(stdout).toContain('"O1" (lookup table groups), did you mean "01"?');
    expect(stdout).toMatch(/WARN .*Disabled in Alma: "99" \(lookup table groups\)/);
    expect(stdout).toMatch(/UserIdentifierTypes .*not checked/);
  });

  it.each([
    [['environment: production'], [], 78, 'calls itself sandbox, not production'],
    [[], ['workspace: prod'], 78, 'calls itself sandbox, not production'],
    [['jobs: [{ name: Patronz }]'], [], 78, 'did you mean "Patrons"?'],
  ] as const)('sees what does not fit: %j %j', async (block, lines, expected, words) => {
    const { patronflow, configure } = await makeAlmaLibrary();
    await configure(
      [
        'after_delivery: start',
        ...(block[0]?.startsWith('jobs') ? [] : ['jobs: [{ profile: 12 }]']),
        ...block,
      ],
      ...lines,
    );
    const { code, stdout } = await patronflow(['check']);
    expect([code, stdout]).toEqual([expected, expect.stringContaining(words)]);
  });

  it('warns of the key of production in another workspace, and sees a key that may not start jobs', async () => {
    const { alma, patronflow, configure } = await makeAlmaLibrary();
    await configure(both, 'workspace: test');
    alma.environment = 'production';
    alma.mayWrite = false;

    const { code, stdout } = await patronflow(['check']);

    expect(stdout).toContain('The workspace is test, and the key is of production.');
    expect(stdout).toMatch(/FAILED {2}Alma key/);
    expect(code).toBe(78);
  });

  it('refuses http to another machine, and settings that do not fit each other', async () => {
    const { library, patronflow } = await makeAlmaLibrary();
    await library.configure('alma:', '  url: http://alma.example.edu/almaws/v1', '  key: "${ALMA_KEY}"');
    const plain = await patronflow(['check']);
    expect([plain.code, plain.stderr]).toEqual([78, expect.stringContaining('can be read on the way')]);

    await library.configure(
      'alma:',
      '  url: https://alma.example.edu/almaws/v1',
      '  key: "${ALMA_KEY}"',
      '  requests_per_second: 9',
      '  jobs: [{ profile: 1, name: x, groups: [unheard] }, { profile: 2 }]',
    );
    const unfit = await patronflow(['check']);
    for (const words of [
      'alma.requests_per_second',
      'give either the id of a profile or a name',
      'there is no group unheard',
      'alma.jobs.1.groups',
    ])
      expect(unfit.stderr).toContain(words);
  });
});

describe('patronflow alma codes', () => {
  const template =
    '<user><primary_id>{{login}}</primary_id><last_name>{{name}}</last_name><user_group>{{lookup "groups" email}}</user_group></user>';

  it('prints what Alma allows, and writes lookup tables to fill in, which load', async () => {
    const { library, patronflow, configure } = await makeAlmaLibrary();
    await writeFile(join(library.directory, 'groups.csv'), 'FAC,10\n');
    await writeFile(join(library.directory, 'person.xml'), template);
    await configure(both, 'lookups: { groups: { file: groups.csv } }');

    const printed = await patronflow(['alma', 'codes']);
    expect(printed).toMatchObject({ code: 0 });
    expect(printed.stdout).toBe(
      'allowed:\n  user_group:\n    - "01"\n    - "02"\n    - "10"\n    - "11"\n    - "26"\n',
    );

    const written = await patronflow(['alma', 'codes', '--out', 'codes']);
    expect(written.stdout).toContain('allowed.yaml, groups.csv');
    expect(readFileSync(join(library.directory, 'codes/groups.csv'), 'utf8')).toContain('"Faculty","10"\n');
    await configure(
      both,
      'lookups: { groups: { file: codes/groups.csv } }',
      ...readFileSync(join(library.directory, 'codes/allowed.yaml'), 'utf8').trimEnd().split('\n'),
    );
    expect((await patronflow(['check'])).code).toBe(0);

    const again = await patronflow(['alma', 'codes', '--out', 'codes']);
    expect([again.code, again.stderr]).toEqual([64, expect.stringContaining('is there already')]);
  });
});
