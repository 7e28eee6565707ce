import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../support/command.ts';
import { type Library, makeLibrary, twenty } from '../support/library.ts';
import { readMail } from '../support/mail-text.ts';
import { startSmtpServer } from '../support/smtp-server.ts';
import { deliveredUsers } from '../support/users.ts';

const load = (library: Library, day: number, ...options: string[]) =>
  run(['load', '--now', `2026-03-0${day}T12:00:00Z`, ...options], { workingDirectory: library.directory });
const files = (library: Library, folder = 'out') =>
  existsSync(join(library.directory, folder)) ? readdirSync(join(library.directory, folder)).sort() : [];
const ledger = (library: Library) =>
  JSON.parse(readFileSync(join(library.directory, 'out-ledger/ledger.json'), 'utf8'));

const oldFiles = ['staff_2026-03-01_12.00.00.zip', 'student_2026-03-01_12.00.00.zip'];
const heldFiles = ['staff_2026-03-02_12.00.00.zip', 'student_2026-03-02_12.00.00.zip'];
const fewer = (library: Library, people = 10) => library.rows('staff', twenty.slice(0, people));

/** A job that delivered twenty people, and of which the guard held ten on the next day. */
async function makeHeld(...lines: string[]): Promise<{ library: Library; held: string; said: string }> {
  const library = await makeLibrary();
  if (lines.length > 0) await library.configure(...lines);
  await load(library, 1);
  await fewer(library);
  const { code, stdout } = await load(library, 2);
  expect(code).toBe(3);
  return { library, held: join(library.directory, 'work', files(library, 'work')[0] ?? ''), said: stdout };
}

describe('patronflow load --held', () => {
  it('delivers exactly what the guard held, without source and templates, and removes the folder', async () => {
    const { library, held, said } = await makeHeld();
    expect(said).toContain(`patronflow load --held '${held}'`);
    await rm(join(library.directory, 'data'), { recursive: true });
    await writeFile(join(library.directory, 'person.xml'), 'no template');
    const kept = await readFile(join(held, heldFiles[0] ?? ''));
    const { code, stdout } = await load(library, 3, '--held', held, '--report', 'page.html');
    expect(code).toBe(0);
    expect(files(library)).toEqual(heldFiles);
    expect(readFileSync(join(library.directory, 'out', heldFiles[0] ?? ''))).toEqual(kept);
    expect(await deliveredUsers(join(library.directory, 'out'), 'staff')).toHaveLength(10);
    expect(files(library, 'work')).toEqual([]);
    const sentence = `The files that the guard held in ${held}, made on 2026-03-02 12:00 UTC. They were removed there.`;
    expect(stdout).toContain(sentence);
    expect(stdout).toContain('staff: 10 read = 10 written (20 last time)');
    expect(stdout).toContain('Drops that were accepted:\n  staff: users, 20 last time, 10 now');
    expect(readFileSync(join(library.directory, 'page.html'), 'utf8')).toContain(sentence);
  });

  it('takes away every zip where the configuration says so', async () => {
    const { library, held } = await makeHeld('deliver: { to: "file:./out", replace: all }');
    await writeFile(join(library.directory, 'out', 'other.zip'), '');
    expect((await load(library, 3, '--held', held)).code).toBe(0);
    expect(files(library)).toEqual(heldFiles);
  });

  it('remembers them in the ledger as the run that made them would have', async () => {
    const { library, held } = await makeHeld();
    await load(library, 3, '--held', held);
    const after = ledger(library);
    expect(after.deliveredAt).toBe('2026-03-03T12:00:00.000Z');
    expect(after.groups.staff).toMatchObject({
      users: 10,
      columns: { barcode: 10 },
      madeAt: '2026-03-02T12:00:00.000Z',
      earlier: [],
    });
    expect(after.groups.student.earlier).toHaveLength(1);
    expect(after.groups.staff.inputs['the template']).toMatch(/^[0-9a-f]{32}$/);
    expect((await load(library, 4)).code).toBe(0);
  });

  it('says in a dry run what it would do, and does nothing', async () => {
    const { library, held } = await makeHeld();
    const before = ledger(library);
    const { code, stdout } = await load(library, 3, '--held', held, '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('would be delivered and removed.');
    expect(stdout).toContain(`Would remove there: ${oldFiles.join(', ')}`);
    expect([files(library), files(library, 'work').length, ledger(library)]).toEqual([oldFiles, 1, before]);
  });

  it('prints for machines where the files came from', async () => {
    const { library, held } = await makeHeld();
    const report = JSON.parse((await load(library, 3, '--held', held, '--json')).stdout);
    expect(report).toMatchObject({
      outcome: 'delivered',
      acceptedDrop: true,
      fromHeld: { directory: held, madeAt: '2026-03-02T12:00:00.000Z', removed: true },
    });
  });

  it('is named in the mail of the guard, and mails what it did', async () => {
    const smtp = await startSmtpServer({ withoutTls: true });
    onTestFinished(() => smtp.stop());
    const { library, held } = await makeHeld(
      `mail: { via: "smtp://127.0.0.1:${smtp.port}", smtp: { tls: disable }, from: a@b.example, to: c@d.example }`,
    );
    expect(readMail(smtp.messages[1]?.raw ?? '').text).toContain(`patronflow load --held '${held}'`);
    expect(readMail(smtp.messages[1]?.raw ?? '').subject).toMatch(
      /^FAILED: Patronflow load 2026-03-02: [\d,]+ written, \d+ rejected$/,
    );
    await load(library, 3, '--held', held);
    expect(readMail(smtp.messages[2]?.raw ?? '').text).toContain('They were removed there.');
  });

  it.each<[string, (held: string) => Promise<unknown>, string]>([
    [
      'a file that was changed',
      (held) => writeFile(join(held, heldFiles[0] ?? ''), 'other'),
      `${heldFiles[0]} was changed`,
    ],
    [
      'a file that was changed without a change of its size',
      async (held) => {
        const bytes = await readFile(join(held, heldFiles[0] ?? ''));
        bytes[40] = (bytes[40] ?? 0) ^ 1;
        await writeFile(join(held, heldFiles[0] ?? ''), bytes);
      },
      `${heldFiles[0]} was changed`,
    ],
    [
      'a link in place of a file',
      async (held) => {
        await rename(join(held, heldFiles[0] ?? ''), `${held}-moved`);
        await symlink(`${held}-moved`, join(held, heldFiles[0] ?? ''));
      },
      `${heldFiles[0]} was changed`,
    ],
    ['a file that is missing', (held) => rm(join(held, heldFiles[1] ?? '')), `${heldFiles[1]} is missing`],
    [
      'a file that was added',
      (held) => copyFile(join(held, heldFiles[0] ?? ''), join(held, 'staff_2026-03-03_12.00.00.zip')),
      'staff_2026-03-03_12.00.00.zip was added',
    ],
    ['a damaged manifest', (held) => writeFile(join(held, 'held.json'), '{'), 'was changed or is damaged'],
    [
      'a manifest that names a file elsewhere',
      async (held) => {
        const manifest = await readFile(join(held, 'held.json'), 'utf8');
        await writeFile(
          join(held, 'held.json'),
          manifest.replaceAll(`"${heldFiles[0]}"`, `"../../out/${oldFiles[0]}"`),
        );
      },
      'was changed or is damaged',
    ],
    ['a folder without a manifest', (held) => rm(join(held, 'held.json')), 'is not a folder of files'],
    [
      'files of another destination',
      (held) => changeConfig(held, 'deliver: { to: "file:./out" }', 'deliver: { to: "file:./other" }'),
      'The files belong to another job, which delivers to file:',
    ],
    [
      'files of a group that the job lacks',
      (held) => changeConfig(held, 'name: student', 'name: students'),
      'The files belong to another job, which has the group student',
    ],
  ])('refuses %s', async (_, change, expected) => {
    const { library, held } = await makeHeld();
    const before = ledger(library);
    await change(held);
    const { code, stdout } = await load(library, 3, '--held', held);
    expect(code).toBe(64);
    expect(stdout).toContain(expected);
    expect([files(library), ledger(library), existsSync(held)]).toEqual([oldFiles, before, true]);
  });

  it('refuses what would take the place of a newer delivery', async () => {
    const { library, held } = await makeHeld();
    await library.rows('staff', twenty);
    expect((await load(library, 3)).code).toBe(0);
    const { code, stdout } = await load(library, 4, '--held', held);
    expect(code).toBe(64);
    expect(stdout).toContain('A newer feed of staff has been delivered since the guard held these files.');
    expect(files(library)[0]).toBe('staff_2026-03-03_12.00.00.zip');
  });

  it('does not go with options of a run that reads a source', async () => {
    const { library, held } = await makeHeld();
    for (const option of ['--accept-drop', '--group=staff', '--limit=3', '--out=try', '--person=P1']) {
      expect((await load(library, 3, '--held', held, option)).code, option).toBe(64);
      expect(files(library), option).toEqual(oldFiles);
    }
  });

  it('does not run beside another load of the job', async () => {
    const { library, held } = await makeHeld();
    const options = { workingDirectory: library.directory, isAlive: () => true };
    const results = await Promise.all(
      [1, 2].map((pid) => run(['load', '--held', held], { ...options, pid })),
    );
    expect(results.map(({ code }) => code).sort()).toEqual([0, 75]);
  });
});

it('removes the rest of a folder that a killed run had begun to remove', async () => {
  const { library, held } = await makeHeld();
  await cp(held, `${held}-copy`, { recursive: true });
  await load(library, 3, '--held', held);
  await mkdir(held);
  for (const name of ['held.json', heldFiles[1] ?? ''])
    await copyFile(join(`${held}-copy`, name), join(held, name));
  const { code, stdout } = await load(library, 4, '--held', held);
  expect(code).toBe(0);
  expect(stdout).toContain('An earlier run had delivered these files; only their folder was left.');
  expect(existsSync(held)).toBe(false);
});

async function changeConfig(held: string, from: string, to: string): Promise<void> {
  const file = join(held, '../../patronflow.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
}
