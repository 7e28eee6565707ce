import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/command.ts';
import { makeLibrary, twenty } from '../support/library.ts';

const columns = 72;

/** What stands on a terminal in the end: a line that was cleared is gone. */
const seen = (text: string): string =>
  text.replaceAll(/[^\n]*\r\u001b\[K/g, '').replaceAll(/\u001b\[\d*m/g, '');

const widest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length));

describe('on a terminal', () => {
  it('the report of a load stands alone, between its words', async () => {
    const { directory: workingDirectory } = await makeLibrary();
    const { code, stdout, stderr } = await run(['load'], { workingDirectory, columns });
    expect([code, seen(stderr)]).toEqual([0, '']);
    expect(stdout.match(/Delivered\./g)).toHaveLength(1);
    // A path is one word.
    expect(widest(stdout.replaceAll(workingDirectory, '.'))).toBeLessThanOrEqual(columns);
  });

  it.each(['load', 'check'])('the log of %s shows on request', async (command) => {
    const { directory: workingDirectory } = await makeLibrary();
    const { stderr } = await run([command, '--verbose'], { workingDirectory, columns });
    expect(seen(stderr)).toContain('INFO');
  });

  it('the log shows where it is to be looked at', async () => {
    const library = await makeLibrary();
    await library.configure('log: { level: debug }');
    const { stderr } = await run(['load'], { workingDirectory: library.directory, columns });
    expect(seen(stderr)).toContain('Starts.');
  });

  it('a run that failed says so once', async () => {
    const library = await makeLibrary();
    await writeFile(join(library.directory, 'data', 'staff.csv'), 'login,other\nx,y\n');
    const { code, stdout, stderr } = await run(['load'], { workingDirectory: library.directory, columns });
    expect([code, seen(stderr)]).toEqual([78, '']);
    expect(stdout.match(/lacks/g)).toHaveLength(1);
    expect(stdout).toContain('\n  - name, which');
  });

  it('check puts what it found below each part', async () => {
    const { directory: workingDirectory } = await makeLibrary();
    const { stdout } = await run(['check'], { workingDirectory, columns: 50 });
    expect(stdout).toContain('ok      group staff: staff\n        would read 4 columns\n');
  });
});

describe('the XML of a person', () => {
  it('is well-formed also for a person called --->', async () => {
    const library = await makeLibrary();
    await library.rows('staff', [...twenty, ['--->', 'Dash', 'X1', '']]);
    const args = ['load', '--person', '--->'];
    await library.configure('report: { row_keys: true }');
    const { code, stdout } = await run(args, { workingDirectory: library.directory });
    expect(code).toBe(0);
    expect(stdout.split('\n', 1)[0]).toBe('<!-- staff, row 21 (- - ->) -->');
    await writeFile(join(library.directory, 'one.xml'), `<users>${stdout}</users>`);
    const checked = await run(['validate', 'one.xml'], { workingDirectory: library.directory });
    expect(checked.stdout).toMatch(/^1 user, 0 errors|\n1 user, 0 errors/);
  });
});
