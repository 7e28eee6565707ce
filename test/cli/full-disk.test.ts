import { existsSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/command.ts';
import { makeLibrary } from '../support/library.ts';
import { mayMount, smallDisk } from '../support/small-disk.ts';

const manyPeople = Array.from({ length: 5000 }, (_, index) => [
  `P${index}`,
  `Name${index * 7919}`,
  `B${index * 104729}`,
  `p${index}@example.edu`,
]);

describe.skipIf(!mayMount)('a full disk', () => {
  it('where the files are made delivers nothing and says so', async () => {
    const library = await makeLibrary();
    const disk = await smallDisk(32);
    await library.configure(`work_directory: ${disk}`);
    await library.rows('staff', manyPeople);
    const { code, stdout } = await run(['load'], { workingDirectory: library.directory });
    expect(code).toBe(69);
    expect(stdout).toContain('The disk is full');
    expect(existsSync(join(library.directory, 'out'))).toBe(false);
    expect(readdirSync(disk)).toEqual([]);
  });

  it('where they are delivered leaves the old files', async () => {
    const library = await makeLibrary();
    const disk = await smallDisk(64);
    await mkdir(join(disk, 'in'));
    await library.configure(
      `deliver: { to: "file:${disk}/in" }`,
      `ledger: { at: "file:${library.directory}/ledger.json" }`,
    );
    expect(
      (await run(['load', '--now', '2026-03-01T12:00:00Z'], { workingDirectory: library.directory })).code,
    ).toBe(0);
    await library.rows('staff', manyPeople);
    const { code, stdout } = await run(['load', '--now', '2026-03-02T12:00:00Z'], {
      workingDirectory: library.directory,
    });
    expect(code).toBe(69);
    expect(stdout).toContain('No space is left');
    expect(readdirSync(join(disk, 'in')).sort()).toEqual([
      'staff_2026-03-01_12.00.00.zip',
      'student_2026-03-01_12.00.00.zip',
    ]);
  });
});
