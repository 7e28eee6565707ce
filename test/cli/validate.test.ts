import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { run, temporaryDirectory } from '../support/command.ts';
import { tigerFolder } from '../support/tiger-folder.ts';

const now = ['--now', '2026-03-01T12:00:00Z'];
const user = (body = '<primary_id>a</primary_id>') => `<user>${body}</user>`;
const users = (body: string) => `<users>\n${body}\n</users>`;

/** A zip as any program would make it. */
async function zipOf(files: Readonly<Record<string, string>>, compress = true): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name, { compress });
  zip.end();
  return buffer(zip.outputStream);
}

/** A zip with its bytes changed, wherever they stand. */
function replaced(zip: Buffer, from: string, to: string): Buffer {
  return Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1');
}

/** A zip whose headers of files are changed, at offsets that count from the local and from the central header. */
function withHeaders(zip: Buffer, change: (zip: Buffer, local: number, central: number) => void): Buffer {
  const changed = Buffer.from(zip);
  change(changed, zip.indexOf('PK\x03\x04'), zip.indexOf('PK\x01\x02'));
  return changed;
}

/** Validates files, which are written into a folder first. */
async function validate(files: Readonly<Record<string, Buffer | string>>, ...options: string[]) {
  const workingDirectory = await temporaryDirectory();
  for (const [name, content] of Object.entries(files)) await writeFile(join(workingDirectory, name), content);
  return run(['validate', ...now, ...Object.keys(files), ...options], { workingDirectory });
}

describe('patronflow validate', () => {
  it('counts the users of all files and finds what they share', async () => {
    const zip = await zipOf({ 'staff/one.xml': users(user()), 'two.xml': users(user()), 'notes.txt': 'x' });
    expect(await validate({ 'a.zip': zip, 'b.xml': users(user('<primary_id>b</primary_id>')) })).toEqual({
      code: 1,
      stderr: '',
      stdout:
        'a.zip:two.xml:2: error: a <user> with an identifier that the one in a.zip:staff/one.xml, line 2 already has\n3 users, 1 error, 0 warnings\n',
    });
  });

  it('shows errors before warnings, and as many as are asked for', async () => {
    const body = `${user('<expiry_date/>').repeat(300)}${user('<oops/>')}`;
    const { stdout } = await validate({ 'a.xml': users(body) }, '--max', '2');
    expect(stdout.split('\n')).toEqual([
      'a.xml:2: error: <user> has no <oops>',
      'a.xml:2: warning: <expiry_date> is empty, which is not a date; leave the element out',
      '… and 600 more',
      '301 users, 1 error, 601 warnings',
      '',
    ]);
  });

  it('ends well with warnings alone', async () => {
    const file = users(user('<primary_id>a</primary_id><purge_date>2020-01-01</purge_date>'));
    const { code, stdout } = await validate({ 'a.xml': file }, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ users: 1, error: 0, warning: 1, problems: [{ line: 2 }] });
  });

  it('reads a zip that Alma has renamed', async () => {
    const { stdout } = await validate({ 'a.zip.handled': await zipOf({ 'a.xml': users(user()) }) });
    expect(stdout).toBe('1 user, 0 errors, 0 warnings\n');
  });

  it('says which file is not there', async () => {
    const { code, stderr } = await run(['validate', 'nowhere.xml']);
    expect([code, stderr.split('\n')[0]]).toEqual([64, 'nowhere.xml cannot be read (ENOENT).']);
  });

  it('obeys a signal while it reads', async () => {
    const workingDirectory = await temporaryDirectory();
    const file = await open(join(workingDirectory, 'a.xml'), 'w');
    await file.write('<users>');
    for (let piece = 0; piece < 64; piece += 1) await file.write('<user/>\n'.repeat(2 ** 17));
    await file.close();
    const stop = new AbortController();
    const ran = run(['validate', 'a.xml'], { workingDirectory, signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    expect(await ran).toMatchObject({ code: 130, stdout: '' });
  });
});

describe('a zip that Alma cannot read', () => {
  const xml = users(`${user()}\n<!--${'x'.repeat(500)}-->`);
  const fine = zipOf({ 'aa/s.xml': xml, 'b.xml': users(user('<primary_id>b</primary_id>')) });

  it.each([
    [
      'with a name that leads out of it',
      (zip: Buffer) => replaced(zip, 'aa/s.xml', '../s.xml'),
      'a.zip:../s.xml: error: has a name that leads out of the zip; it is not read, and programs reject the entire zip for it',
    ],
    [
      'with an absolute name',
      (zip: Buffer) => replaced(zip, 'aa/s.xml', '/a/s.xml'),
      'a.zip:/a/s.xml: error: has a name that leads out of the zip; it is not read, and programs reject the entire zip for it',
    ],
    [
      'with a name of Windows',
      (zip: Buffer) => replaced(zip, 'aa/s.xml', '..\\s.xml'),
      'a.zip:../s.xml: error: has a name that leads out of the zip; it is not read, and programs reject the entire zip for it',
    ],
    [
      'with a link in it',
      (zip: Buffer) =>
        withHeaders(zip, (at, _, central) => at.writeUInt32LE(0o120777 * 65_536, central + 38)),
      'a.zip:aa/s.xml: error: is a link to another file, which is not in the zip',
    ],
    [
      'that is encrypted',
      (zip: Buffer) => withHeaders(zip, (at, _, central) => at.writeUInt16LE(0x801, central + 8)),
      'a.zip:aa/s.xml: error: is encrypted, so Alma cannot read it; make the zip without a password',
    ],
    [
      'that is compressed in another way',
      (zip: Buffer) => withHeaders(zip, (at, _, central) => at.writeUInt16LE(12, central + 10)),
      'a.zip:aa/s.xml: error: is compressed with bzip2, which few programs read; compress it with Deflate',
    ],
    [
      'with another checksum',
      (zip: Buffer) => withHeaders(zip, (at, _, central) => at.writeUInt32LE(1, central + 16)),
      'a.zip:aa/s.xml: error: is damaged: its checksum does not match that in the zip',
    ],
    [
      'with damaged content',
      (zip: Buffer) => withHeaders(zip, (at, local) => at.fill(0xff, local + 50, local + 60)),
      'a.zip:aa/s.xml: error: is damaged; copy it again',
    ],
  ])('is told as one %s, and its other files are read', async (_, change, line) => {
    const { code, stdout, stderr } = await validate({ 'a.zip': change(await fine) });
    expect(code).toBe(1);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toContain(line);
    expect(stdout).toMatch(/(1 user|2 users), 1 error, 0 warnings\n$/);
  });

  it.each([
    [
      'is cut off',
      (zip: Buffer) => zip.subarray(0, -30),
      'is cut off: the end of the zip is missing; copy it again',
    ],
    [
      'has more behind it',
      (zip: Buffer) => Buffer.concat([zip, Buffer.from('\n\n')]),
      'has bytes after the end of the zip; was it copied as text, not as binary?',
    ],
    ['is XML', () => Buffer.from(xml), 'is not a zip file: it is XML or HTML'],
    ['is gzip', () => Buffer.from('1f8b0800', 'hex'), 'is not a zip file: it is gzip'],
    ['is empty', () => Buffer.alloc(0), 'is not a zip file: it is an empty file'],
  ])('is told as a whole where it %s, and other files are read', async (_, change, message) => {
    const files = { 'a.zip': change(await fine), 'b.xml': users(user()) };
    const { stdout } = await validate(files);
    expect(stdout).toBe(`a.zip: error: ${message}\n1 user, 1 error, 0 warnings\n`);
  });

  it('is told with the wrong checksum as the cause of what is wrong in it', async () => {
    const zip = replaced(
      await zipOf({ 'a.xml': xml }, false),
      '<primary_id>a</primary_id>',
      '<primary_id>a<primary_id/>',
    );
    const { stdout } = await validate({ 'a.zip': zip });
    expect(stdout).toContain('a.zip:a.xml: error: is damaged: its checksum does not match that in the zip');
  });

  it('holds no file of users, or too many', async () => {
    const text = users(user(''));
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`${index}.xml`, text]));
    const files = { 'none.zip': await zipOf({ 'a.txt': 'x' }), 'many.zip': await zipOf(many) };
    const { stdout } = await validate(files, '--max', '2');
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'none.zip: error: holds no XML file',
      'many.zip: error: holds more than 50 XML files, and Alma accepts no more; the rest is not read',
    ]);
  });

  it('cannot reach the terminal by the names in it', async () => {
    const zip = replaced(await zipOf({ 'xxxx\u202ax.xml': '<users/>' }), 'xxxx', '\u001b[2J');
    const { stdout } = await validate({ 'a.zip': zip });
    expect(stdout).toContain('a.zip:\\u001b[2J\\u202ax.xml:1: error: holds no user');
  });
});

describe('geo build', () => {
  it('obeys a signal and leaves no index', async () => {
    const workingDirectory = await tigerFolder();
    const signal = AbortSignal.abort();
    const { code } = await run(['geo', 'build', '.', '--out', 'x.tracts'], { workingDirectory, signal });
    expect(code).toBe(130);
    await expect(readFile(join(workingDirectory, 'x.tracts'))).rejects.toThrow('ENOENT');
  });
});
