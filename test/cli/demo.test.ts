import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run, temporaryDirectory } from '../support/command.ts';

it('the demo loads invented people from an embedded PostgreSQL, shows the guard, and says where to look', async () => {
  const workingDirectory = await temporaryDirectory();
  const { code, stdout } = await run(['demo', '--people', '600', '--out', 'here'], { workingDirectory });
  expect(code).toBe(0);
  expect(stdout).toContain('staff: 200 read = ');
  expect(stdout).toContain('STOPPED BY THE GUARD: nothing was delivered.');
  expect(stdout).toContain('Exit code 3.');
  expect(stdout).toContain(join(workingDirectory, 'here/report.html'));
  const zips = readdirSync(join(workingDirectory, 'here/alma')).map((name) =>
    join(workingDirectory, 'here/alma', name),
  );
  expect(zips).toHaveLength(2);
  expect((await run(['validate', ...zips])).stdout).toMatch(/^\d+ users, 0 errors, 0 warnings\n$/);
  expect(readFileSync(join(workingDirectory, 'here/report.html'), 'utf8')).toContain('Delivered.');
});
