import { readdirSync, readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run, temporaryDirectory } from '../support/command.ts';
import { startCommand } from '../support/command-process.ts';
import { atNight } from '../support/nightly.ts';

it('the demo shows three nights of a load with an Alma that takes the files, the guard, and where to look', async () => {
  const workingDirectory = await temporaryDirectory();
  const { code, stdout } = await run(['demo', '--people', '600', '--out', 'here'], { workingDirectory });
  expect(code).toBe(0);
  expect(stdout).toContain('staff: 198 read = ');
  expect(stdout.match(/Delivered\. Alma accepted all users\./g)).toHaveLength(2);
  expect(stdout).toMatch(/\d+ new, \d+ changed, \d+ unchanged, 2 gone/);
  expect(stdout).toContain('2 users have left.');
  expect(stdout).toContain('STOPPED BY THE GUARD: nothing was delivered.');
  expect(stdout).toContain('Exit code 3.');
  const folder = join(workingDirectory, 'here/load');
  expect(stdout).toContain(join(folder, 'report-3.html'));
  const zips = readdirSync(join(folder, 'alma'));
  expect(zips.map((name) => name.replace(/_.*\.zip/, ''))).toEqual([
    'leavers.handled',
    'staff.handled',
    'student.handled',
    'student.handled',
  ]);
  for (const zip of zips) {
    const { stdout: found } = await run(['validate', join(folder, 'alma', zip)]);
    expect(found, zip).toMatch(/^\d+ users, 0 errors, 0 warnings\n$/);
  }
  expect(readFileSync(join(folder, 'report-2.html'), 'utf8')).toContain('2 users have left.');
});

it.each([0, ...atNight(500, 1500, 4000, 8000)])(
  'the demo obeys a signal %i ms after it began to start its PostgreSQL, and leaves nothing of it',
  async (milliseconds) => {
    const workingDirectory = await temporaryDirectory();
    const environment = { TMPDIR: await temporaryDirectory() };
    // Of root the PostgreSQL runs as another user, who has to get there.
    await chmod(environment.TMPDIR, 0o711);
    const { child, ended } = startCommand(['demo', '--people', '90000'], { workingDirectory, environment });
    child.stdout?.once('data', () => setTimeout(() => child.kill('SIGTERM'), milliseconds));
    const { code, stdout } = await ended;
    expect(code).toBe(143);
    if (milliseconds === 0) expect(stdout).toBe('Starting an embedded PostgreSQL …\n');
    expect(readdirSync(environment.TMPDIR)).toEqual([]);
  },
);
