import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, temporaryDirectory } from '../support/command.ts';
import { type Library, makeLibrary, twenty } from '../support/library.ts';
import { modesBelow, withoutUmask } from '../support/umask.ts';
import { deliveredUsers, textAt } from '../support/users.ts';

const load = (library: Library, ...options: string[]) =>
  run(['load', ...options], { workingDirectory: library.directory });

describe('a configuration that does not fit', () => {
  it('names every variable of the preset that is not set, at once', async () => {
    const { code, stderr } = await run(['load', '--config', 'preset:patronload']);
    expect(code).toBe(78);
    for (const name of [
      'DATA_WAREHOUSE_HOST',
      'DATA_WAREHOUSE_USER',
      'DATA_WAREHOUSE_PASSWORD',
      'S3_BUCKET_NAME',
      'S3_PREFIX',
      'SES_SEND_FROM_EMAIL',
      'SES_RECIPIENT_EMAIL',
      'WORKSPACE',
      'DATAWAREHOUSE_CLOUDCONNECTOR_JSON',
    ]) {
      expect(stderr).toContain(name);
    }
  });

  it.each([
    ['load', 'poll', 'preset:patron-info-poller'],
    ['poll', 'load', 'preset:patronload'],
  ])('says that %s was given the file of a %s, before all else', async (wanted, other, config) => {
    const { code, stderr } = await run([wanted, '--config', config]);
    expect(code).toBe(64);
    expect(stderr).toBe(
      `${config} configures a ${other}, not a ${wanted}.\nRun it by \`patronflow ${other}\`, or name the file of a ${wanted} by --config.\n`,
    );
  });

  it('says that a file is missing', async () => {
    const { code, stderr } = await run(['load', '--config', 'nowhere.yaml']);
    expect(code).toBe(78);
    expect(stderr).toContain('nowhere.yaml cannot be read (ENOENT)');
  });

  it('says where YAML is broken', async () => {
    const library = await makeLibrary();
    await library.configure('guard: { min_people: 0.8');
    const { code, stderr } = await load(library);
    expect(code).toBe(78);
    expect(stderr).toMatch(/line \d+/);
  });

  it('names every problem at once, with its line and the nearest key', async () => {
    const library = await makeLibrary();
    await library.configure('guard: { min_poeple: 0.8 }', 'output: { users_per_file: many }', 'reqired: [x]');
    const { code, stderr } = await load(library);
    expect(code).toBe(78);
    expect(stderr).toContain('guard.min_poeple (line 9): unknown key, did you mean "min_people"?');
    expect(stderr).toContain('output.users_per_file (line 10)');
    expect(stderr).toContain('reqired (line 11): unknown key, did you mean "required"?');
  });

  it('names the line of a misspelt column before it reads a row', async () => {
    const library = await makeLibrary();
    await writeFile(
      join(library.directory, 'person.xml'),
      '<user>\n<primary_id>{{login}}</primary_id>\n<last_name>{{nmae}}</last_name>\n</user>',
    );
    const { code, stdout } = await load(library);
    expect(code).toBe(78);
    expect(stdout).toContain('nmae, which');
    expect(stdout).toContain('line 3, did you mean "name"?');
  });

  it('names the line of a misspelt element', async () => {
    const library = await makeLibrary();
    await writeFile(
      join(library.directory, 'person.xml'),
      '<user>\n<primary_id>{{login}}</primary_id>\n<lastname>{{name}}</lastname>\n</user>',
    );
    const { code, stdout } = await load(library);
    expect(code).toBe(78);
    expect(stdout).toContain('line 3: <user> has no <lastname>, did you mean "last_name"?');
  });

  it.each([
    [['load', '--nonsense']],
    [['lod']],
    [['load', '--limit', 'x']],
    [['load', '--now', 'yesterday']],
    [['check', 'pull']],
    [['validate']],
  ])('refuses the command line %j', async (args) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(64);
    expect(stderr).not.toBe('');
  });

  it('knows the groups that can be asked for', async () => {
    const { code, stderr } = await load(await makeLibrary(), '--group', 'stuff');
    expect(code).toBe(64);
    expect(stderr).toContain('There are staff, student.');
  });
});

describe('hostile records', () => {
  const hostile: readonly (readonly string[])[] = [
    ['H1', 'Null\u0000Bell\u0007Esc\u001b', 'X1', ''],
    ['H2', 'Half \ud83d emoji', 'X2', ''],
    ['H3', `${'x'.repeat(9_999)}😀`, 'X3', ''],
    ['H4', 'שלום \u202eabc\u202c', 'X4', ''],
    ['H5', '😀😀', 'X5', 'a&b<c>"d"\'e\''],
    ['H6', ']]><script>&amp;&#0;', 'X6', ''],
    ['H7', 'line\r\nbreak\ttab', 'X7', ''],
    ['__proto__', 'constructor', 'X8', 'toString'],
    ['H9', 'Name', 'y'.repeat(300), ''],
    ['H10', '\ufffe\uffff', 'X10', ''],
  ];

  it('never make a bad file, stop the others, or reach an output', async () => {
    const library = await makeLibrary();
    await library.configure('max_rejects: 0.5', 'log: { level: debug }');
    await library.rows('staff', [...twenty, ...hostile]);
    const { code, stdout, stderr } = await load(library, '--report', 'report.html', '--json');
    expect(code).toBe(0);
    const users = await deliveredUsers(join(library.directory, 'out'), 'staff');
    const name = (login: string) =>
      users
        .filter((user) => textAt(user, 'primary_id') === login)
        .map((user) => textAt(user, 'last_name'))[0];
    expect(users).toHaveLength(28);
    expect(name('H1')).toBe('NullBellEsc');
    // UTF-8 has no half an emoji: the file that carried it already had U+FFFD in its place.
    expect(name('H2')).toBe('Half \ufffd emoji');
    expect(name('H3')).toBe('x'.repeat(255));
    expect(name('H4')).toBe('שלום \u202eabc\u202c');
    expect(name('H5')).toBe('😀😀');
    expect(name('H6')).toBe(']]><script>&amp;&#0;');
    expect(name('H7')).toBe('line\r\nbreak\ttab');
    expect(name('__proto__')).toBe('constructor');
    const report = JSON.parse(stdout);
    expect(report.groups[0].books.reasons).toEqual({ identifier_too_long: 1, missing_required: 1 });
    expect(report.groups[0]).toMatchObject({ removedCharacters: 3, cut: { last_name: 1 } });

    const zips = readdirSync(join(library.directory, 'out')).map((each) =>
      join(library.directory, 'out', each),
    );
    expect(await run(['validate', ...zips])).toMatchObject({
      code: 0,
      stdout: '29 users, 0 errors, 0 warnings\n',
    });
    const page = readFileSync(join(library.directory, 'report.html'), 'utf8');
    for (const text of [stdout, stderr, page]) {
      // The name of the test's own directory is drawn from letters and digits.
      for (const personal of [
        'NullBell',
        'script>',
        'xxxxxxxx',
        'yyyyyyyy',
        'שלום',
        '@example',
        'Name1',
        'H9',
      ])
        expect(text.replaceAll(library.directory, '')).not.toContain(personal);
    }
  });

  it('stops at a file that is not UTF-8, before every accent is lost', async () => {
    const library = await makeLibrary();
    await writeFile(
      join(library.directory, 'data/staff.csv'),
      Buffer.from('login,name,barcode,email\nA,M\u00fcller,1,\n', 'latin1'),
    );
    const { code, stdout } = await load(library);
    expect(code).toBe(78);
    expect(stdout).toContain(
      'staff.csv has bytes in line 2 that are not UTF-8 (byte 29 of the file); it looks like Windows-1252.',
    );
  });

  it('says of whom all rows were rejected, and does not blame the feed', async () => {
    const library = await makeLibrary();
    await library.configure('allowed: { last_name: [Absent] }');
    const { code, stdout } = await load(library);
    expect(code).toBe(3);
    expect(stdout).toContain('All rows of staff were rejected (20); the report gives the reasons');
    expect(stdout).not.toContain('--accept-drop');
  });

  it('rejects rows with too many or too few fields by their lines', async () => {
    const library = await makeLibrary();
    await library.configure('max_rejects: 0.5');
    await writeFile(
      join(library.directory, 'data/staff.csv'),
      'login,name,barcode,email\nA,"Two\nlines",1,\nB,Short\nC,Long,2,,,\nD,Fine,3,\n',
    );
    const { code, stdout } = await load(library);
    expect(code).toBe(0);
    expect(stdout).toContain('staff, line 4: fewer fields than the header has: 2, not 4');
    expect(stdout).toContain('staff, line 5: more fields than the header has: 6, not 4');
    expect(stdout).toContain('staff: 4 read = 2 written + 0 duplicate + 2 rejected');
  });

  it('names rejected people by their key only where the configuration allows it', async () => {
    const library = await makeLibrary();
    await library.rows('staff', [...twenty, ['H1', '', 'X1', '']]);
    const quiet = await load(library, '--dry-run');
    expect(quiet.stdout).toContain(
      'staff, row 21: an element that the configuration requires came out empty: last_name',
    );
    expect(quiet.stdout).not.toContain('H1');
    await library.configure('report: { row_keys: true }');
    expect((await load(library, '--dry-run')).stdout).toContain('staff, row 21 (H1): ');
  });
});

describe('patronflow check', () => {
  it('tries every part, changes nothing, and hints at what is wrong', async () => {
    const library = await makeLibrary();
    const fine = await run(['check', 'load'], { workingDirectory: library.directory });
    expect(fine.code).toBe(0);
    expect(fine.stdout.split('\n').filter((line) => line.startsWith('ok'))).toHaveLength(8);
    expect(readdirSync(library.directory).sort()).toEqual(['data', 'patronflow.yaml', 'person.xml', 'work']);

    await library.configure(
      'deliver: { to: "sftp://alma@127.0.0.1:1/in", sftp: { password: hush-hush, host_key: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU" } }',
    );
    const broken = await run(['load', '-t'], { workingDirectory: library.directory });
    expect(broken.code).toBe(69);
    expect(broken.stdout).toMatch(/FAILED {2}delivery +sftp:\/\/alma@127.0.0.1:1\/in +.*cannot be reached/);
    expect(broken.stdout + broken.stderr).not.toContain('hush-hush');
  });

  it('warns of what a network can read or forge', async () => {
    const library = await makeLibrary();
    await library.configure(
      'deliver: { to: "sftp://alma@127.0.0.1:1/in", sftp: { password: x, host_key: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", allow_sha1: true } }',
      'mail: { via: "ses://us-east-1", from: a@b.example, to: c@d.example, ses: { endpoint: "http://mail.invalid" } }',
      'allow_http: true',
    );
    const file = join(library.directory, 'patronflow.yaml');
    const yaml = await readFile(file, 'utf8');
    const oracle = 'source: { url: "oracle://warehouse.invalid/X", user: u, password: p }';
    await writeFile(file, yaml.replace(/^source: .*$/m, oracle));
    const environment = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_MAX_ATTEMPTS: '1' };
    const { stdout } = await run(['check', '--json'], { workingDirectory: library.directory, environment });
    const warnings = JSON.parse(stdout).filter(({ warning }: { warning?: boolean }) => warning);
    expect(warnings).toEqual([
      expect.objectContaining({ part: 'source', ok: true, found: expect.stringContaining('UNENCRYPTED') }),
      expect.objectContaining({ part: 'delivery', found: expect.stringContaining('FORGED') }),
      expect.objectContaining({ part: 'ledger', found: expect.stringContaining('FORGED') }),
      expect.objectContaining({ part: 'mail.ses.endpoint', system: 'http://mail.invalid' }),
    ]);
    const { stdout: table } = await run(['check'], { workingDirectory: library.directory, environment });
    expect(table).toMatch(/^WARN {4}source +oracle:/m);
  });
});

describe('patronflow init', () => {
  it.each(['load', 'poll'])('for %s writes into the current directory and prints no cd', async (job) => {
    const directory = await temporaryDirectory();
    const { code, stdout } = await run(['init', job, '.'], { workingDirectory: directory });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Wrote .* to this directory\./);
    expect(stdout).not.toContain('  cd ');
  });

  it('writes a configuration that runs at once, and overwrites nothing', async () => {
    const directory = await temporaryDirectory();
    expect((await run(['init', 'load', 'mine'], { workingDirectory: directory })).code).toBe(0);
    const workingDirectory = join(directory, 'mine');
    expect((await run(['check'], { workingDirectory })).code).toBe(0);
    const { code, stdout } = await run(['load'], { workingDirectory });
    expect(code).toBe(0);
    expect(stdout).toContain('Delivered.');
    const zips = readdirSync(join(workingDirectory, 'alma')).map((name) =>
      join(workingDirectory, 'alma', name),
    );
    expect((await run(['validate', ...zips])).stdout).toMatch(/^\d+ users, 0 errors, 0 warnings\n$/);
    const again = await run(['init', 'load', 'mine'], { workingDirectory: directory });
    expect(again).toMatchObject({ code: 64 });
    expect(again.stderr).toContain('nothing was written');
  });

  it('opens nothing to others, and neither does a load, with every umask', async () => {
    const directory = await temporaryDirectory();
    const workingDirectory = join(directory, 'mine');
    await withoutUmask(async () => {
      await run(['init', 'load', 'mine'], { workingDirectory: directory });
      await run(['load', '--report', 'report.html'], { workingDirectory });
    });
    const modes = await modesBelow(directory);
    expect(modes.filter((line) => !/^(750|640|600) /.test(line))).toEqual([]);
    const names = modes.map((line) => line.slice(4).replace(/_[\d-]+_[\d.]+\./, '.'));
    for (const name of [
      '',
      '/patronflow.yaml',
      '/alma/staff.zip',
      '/alma-ledger/ledger.json',
      '/report.html',
    ])
      expect(names).toContain(`mine${name}`);
  });

  it('knows its jobs', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'x'));
    expect((await run(['init', 'pull', 'x'], { workingDirectory: directory })).code).toBe(64);
  });
});
