import { readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/command.ts';
import { startCommand } from '../support/command-process.ts';
import { makeLibrary } from '../support/library.ts';
import { deliveredUsers, textAt } from '../support/users.ts';

const overlay = '<user>\n<expiry_date>{{days 0}}</expiry_date>\n<status>INACTIVE</status>\n</user>\n';
const guard =
  'guard: { min_people: 0, max_value_loss: 1, max_code_loss: 1, max_gone: 1, max_element_change: 1, max_lost_identifiers: 1 }';

/** One has another name each night, one from the second night on, and those who are rejected have none. */
const people = (ids: readonly number[], night: number, rejected: readonly number[] = []) =>
  ids.map((id) => [
    `p${id}`,
    rejected.includes(id)
      ? ''
      : `Secretname ${id}${id === 0 ? ` of night ${night}` : ''}${id === 1 && night > 1 ? ' since night 2' : ''}`,
    `B${id}`,
    `p${id}@example.edu`,
  ]);
const all = Array.from({ length: 40 }, (_, id) => id);
const allBut = (...missing: readonly number[]) => all.filter((id) => !missing.includes(id));

/** A job of leavers that are expired on the second night, when one user is missing from the first night on. */
async function makeJob({
  leavers = 'after_days: 1, after_runs: 2, trial_runs: 0',
  lines = [],
}: {
  leavers?: string;
  lines?: readonly string[];
} = {}) {
  const library = await makeLibrary();
  const { directory } = library;
  await writeFile(join(directory, 'leavers.xml'), overlay);
  const configure = (settings: string) =>
    library.configure(
      'deliver: { to: "file:./in", what: changed }',
      'roster: beside',
      `leavers: { template: leavers.xml, ${settings} }`,
      ...(lines.length > 0 ? lines : [guard]),
    );
  await configure(leavers);
  await library.rows('student', [['s', 'Student', 'SB', 's@example.edu']]);
  let night = 0;
  const argumentsFor = async (rows: readonly (readonly string[])[], more: readonly string[]) => {
    await library.rows('staff', rows);
    return ['load', '--now', new Date(Date.UTC(2026, 0, night, 12)).toISOString(), ...more];
  };
  return {
    directory,
    configure,
    load: async (
      ids: readonly number[],
      { rejected = [], more = [] }: { rejected?: readonly number[]; more?: readonly string[] } = {},
    ) => {
      night += 1;
      return run(await argumentsFor(people(ids, night, rejected), more), { workingDirectory: directory });
    },
    loadAndKill: async (ids: readonly number[], killAt: string) => {
      night += 1;
      const given = await argumentsFor(people(ids, night), []);
      return startCommand(given, { workingDirectory: directory, killAt }).ended;
    },
    plan: async (ids: readonly number[]) => {
      night += 1;
      const [, ...given] = await argumentsFor(people(ids, night), []);
      return run(['plan', ...given], { workingDirectory: directory });
    },
    zips: () => readdirSync(join(directory, 'in')).filter((name) => name.endsWith('.zip')),
    take: async () => {
      for (const name of readdirSync(join(directory, 'in'))) await rm(join(directory, 'in', name));
    },
    leavers: async () =>
      (await deliveredUsers(join(directory, 'in'), 'leavers')).map((user) => textAt(user, 'primary_id')),
  };
}

describe('users who are in no group any more', () => {
  it('are expired by a file of their own, with all that was sent of them', async () => {
    const job = await makeJob();
    await job.load(all);
    await job.take();
    expect((await job.load(allBut(7))).stdout).toContain('1 user missing, but not for long enough');
    await job.take();
    const { stdout } = await job.load(allBut(7));
    expect(stdout).toContain('Sends 1 of 40 users');
    expect(stdout).toContain('1 user has left.');
    expect(stdout).toMatch(/leavers_2026-01-03_12\.00\.00\.zip: 1 leaver/);
    const [user] = await deliveredUsers(join(job.directory, 'in'), 'leavers');
    expect(user && textAt(user, 'contact_info/emails/email/email_address')).toBe('p7@example.edu');
    expect(user && textAt(user, 'expiry_date')).toBe('2026-01-03');
    await job.take();
    const after = await job.load(allBut(7));
    expect(after.stdout).not.toContain('left');
    expect(job.zips()).toEqual(['staff_2026-01-04_12.00.00.zip']);
  });

  it('are in the next file too while the last one lies there, and not in it when they return', async () => {
    const job = await makeJob();
    for (const ids of [all, allBut(7, 8)]) {
      await job.load(ids);
      await job.take();
    }
    await job.load(allBut(7, 8));
    expect(await job.leavers()).toEqual(['p7', 'p8']);
    const { stdout } = await job.load(allBut(8));
    expect(stdout).toContain('1 of them was in an earlier file');
    expect(await job.leavers()).toEqual(['p8']);
    const staff = await deliveredUsers(join(job.directory, 'in'), 'staff');
    expect(staff.map((user) => textAt(user, 'primary_id'))).toContain('p7');
  });

  it('are only reported by the first runs, and again after the settings have changed', async () => {
    const job = await makeJob({ leavers: 'after_days: 1, after_runs: 2, trial_runs: 3' });
    const told = [];
    for (const ids of [all, allBut(7), allBut(7), allBut(7), allBut(7)]) {
      told.push((await job.load(ids)).stdout);
      if (told.length < 5) expect(job.zips().filter((name) => name.startsWith('leavers'))).toEqual([]);
    }
    expect(told[2]).toContain('Leavers, trial run 2 of 3: 1 user would be expired; none was.');
    expect(told[4]).toContain('1 user has left.');
    await job.configure('after_days: 2, after_runs: 2, trial_runs: 3');
    expect((await job.load(allBut(7))).stdout).toContain('Leavers, trial run 1 of 3: 1 user would be');
  });

  it.each([
    ['the run reads a part', { more: ['--group', 'staff'] }, ''],
    [
      'another row is rejected',
      { rejected: [3] },
      'more rejected rows than leavers.max_rejects allows',
      'max_rejects: 0.01',
    ],
    ['they are rejected today', { ids: all, rejected: [7] }, ''],
    [
      'they are more than at_most',
      { ids: allBut(1, 7) },
      '2 leavers of 39 users, which is more than leavers.at_most allows',
      'at_most: { users: 1 }',
    ],
  ] as [string, { ids?: readonly number[]; rejected?: number[]; more?: string[] }, string, string?][])(
    'stay as they are when %s',
    async (_, night, reason, setting) => {
      const job = await makeJob({
        leavers: `after_days: 1, after_runs: 2, trial_runs: 0${setting ? `, ${setting}` : ''}`,
        lines: ['max_rejects: 1', guard],
      });
      await job.load(all);
      const { ids = allBut(7) } = night;
      await job.load(ids.length < 39 ? ids : allBut(7));
      const { stdout } = await job.load(ids, night);
      expect(job.zips().filter((name) => name.startsWith('leavers'))).toEqual([]);
      if (reason !== '') expect(stdout).toContain(` left, and this run expires none: ${reason}.`);
      expect(stdout).not.toMatch(/Secretname|p7|B7/);
    },
  );

  it('are none who are rejected, also where the next group may have them', async () => {
    const job = await makeJob({
      leavers: 'after_days: 1, after_runs: 1, trial_runs: 0, max_rejects: 1',
      lines: ['max_rejects: 1', 'after_reject: try_next_group', guard],
    });
    await job.load(all);
    for (let night = 0; night < 3; night += 1)
      expect((await job.load(all, { rejected: [7] })).stdout).toContain('1 left out today');
    expect(job.zips().filter((name) => name.startsWith('leavers'))).toEqual([]);
  });

  it('stay as they are while a line cannot be read', async () => {
    const job = await makeJob();
    await job.load(all);
    await job.load(allBut(7));
    const path = join(job.directory, 'data', 'student.csv');
    await writeFile(path, `${await readFile(path, 'utf8')}one,two\n`);
    const { stdout } = await job.load(allBut(7));
    expect(stdout).toContain('expires none: 1 unreadable line, which may be a person;');
  });

  it('are shown by a plan, as counts, and nothing is written', async () => {
    const job = await makeJob();
    await job.load(all);
    await job.load(allBut(7));
    const planned = await job.plan(allBut(7));
    expect(planned).toMatchObject({ code: 0 });
    expect(planned.stdout).toContain('1 user has left.');
    expect(planned.stdout).not.toMatch(/Secretname|p7/);
    expect(job.zips()).toEqual(['staff_2026-01-02_12.00.00.zip', 'student_2026-01-02_12.00.00.zip']);
  });
});

describe('a job that sends changed users only', () => {
  it.each([
    ['checkpoints.save#1 after', 'the ledger was marked'],
    ['objects.remove#1 after', 'old files were removed'],
    ['objects.publish#1 after', 'a file was published'],
    ['checkpoints.save#2 before', 'the roster was saved'],
  ])('loses no user when it is killed at %s, where %s', async (point) => {
    const job = await makeJob();
    await job.load(all);
    await job.take();
    // A change that lies in a file when the next run dies, and that is the same in the source from then on.
    await job.load(allBut(7));
    expect(await job.loadAndKill(allBut(7), point)).toMatchObject({ code: null });
    await job.load(allBut(7));
    const users = (await deliveredUsers(join(job.directory, 'in'), 'staff')).map((user) =>
      textAt(user, 'last_name'),
    );
    expect(users).toContain('Secretname 1 since night 2');
    expect(await job.leavers()).toEqual(['p7']);
  });
});
