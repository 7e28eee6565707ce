import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openNew } from '../../../src/core/new-file.ts';
import { temporaryDirectory } from '../../support/command.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory, 'state.json.partial');
});

describe('openNew', () => {
  it('begins anew where a run that died left its file', async () => {
    await writeFile(path, 'left by a run that died', { mode: 0o666 });
    const file = await openNew(path, 0o600);
    await file.writeFile('new');
    expect((await file.stat()).mode & 0o777).toBe(0o600);
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it.each([
    ['a link to a file', 'precious'],
    ['a link to nothing', 'nowhere'],
    ['a link to a folder', '.'],
  ])('refuses %s, and writes nothing through it', async (_what, target) => {
    await writeFile(join(directory, 'precious'), 'years of work');
    await symlink(join(directory, target), path);
    await expect(openNew(path, 0o600)).rejects.toMatchObject({ code: 'DISK_DENIED' });
    expect(await readFile(join(directory, 'precious'), 'utf8')).toBe('years of work');
    await expect(readFile(join(directory, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
