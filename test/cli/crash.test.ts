import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startCommand } from '../support/command-process.ts';
import { makeLibrary } from '../support/library.ts';

it('ends with 70 when an error comes from where no code waits for it, and does not show its message', async () => {
  const { directory } = await makeLibrary();
  const message = 'cannot read properties of jane.roe@example.edu';

  const { code, stdout, stderr } = await startCommand(['load'], {
    workingDirectory: directory,
    crashAt: { point: 'objects.stage#1 before', message },
  }).ended;

  expect(code).toBe(70);
  expect(stderr).toContain('Unexpected error (Error)');
  expect(stdout + stderr).not.toContain('jane.roe');
  // What was staged is not seen by Alma, and the next run removes it.
  expect(readdirSync(join(directory, 'out')).filter((name) => name.endsWith('.zip'))).toEqual([]);
});
