import { lstatSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFolderObjects } from '../../../src/adapters/objects/folder.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { never } from '../../support/never.ts';
import { localFile } from '../../support/objects.ts';
import { modesBelow, withoutUmask } from '../../support/umask.ts';

const staged = '.staff_1.zip.partial';

let root: string;
let directory: string;
beforeEach(async () => {
  root = await temporaryDirectory();
  directory = join(root, 'alma/in');
});
const stage = async (content = 'new') =>
  createFolderObjects({ directory }).stage('staff_1.zip', await localFile(content), never);

describe('a folder', () => {
  it('is made for user and group, and so are its files, with every umask', async () => {
    await withoutUmask(async () => (await stage()).publish());
    expect(await modesBelow(root)).toEqual(['750 alma', '750 alma/in', '640 alma/in/staff_1.zip']);
    const before = process.umask(0o077);
    await (await stage('newer')).publish().finally(() => process.umask(before));
    expect(await modesBelow(directory)).toEqual(['640 staff_1.zip']);
  });

  it('refuses a link under the staged name, and neither writes through it nor publishes it', async () => {
    await mkdir(directory, { recursive: true });
    await writeFile(join(root, 'precious'), 'years of work');
    await symlink(join(root, 'precious'), join(directory, staged));
    await expect(stage()).rejects.toMatchObject({ code: 'DISK_DENIED' });
    expect(await readFile(join(root, 'precious'), 'utf8')).toBe('years of work');
    expect(readdirSync(directory)).toEqual([staged]);
    const store = createFolderObjects({ directory });
    expect(await store.sweep(() => true, never)).toBe(1);
    await (await stage()).publish();
    expect(lstatSync(join(directory, 'staff_1.zip')).isFile()).toBe(true);
  });

  it('stages a file again where a run that died left a part of it', async () => {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, staged), 'a part of another file');
    await (await stage()).publish();
    expect(await readFile(join(directory, 'staff_1.zip'), 'utf8')).toBe('new');
  });

  it('does not vouch for a link that took the place of the staged file', async () => {
    const file = await stage();
    await rename(join(directory, staged), join(root, 'elsewhere'));
    await symlink(join(root, 'elsewhere'), join(directory, staged));
    await expect(file.publish()).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });
});
