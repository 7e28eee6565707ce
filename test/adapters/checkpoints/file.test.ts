import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileCheckpoint } from '../../../src/adapters/checkpoints/file.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { never } from '../../support/never.ts';
import { modesBelow, withoutUmask } from '../../support/umask.ts';

describe('a document in a file', () => {
  it('can be read by its owner alone, and its folder by the group, with every umask', async () => {
    const root = await temporaryDirectory();
    const path = join(root, 'out-ledger', 'ledger.json');
    await withoutUmask(() => createFileCheckpoint({ path }).save({ people: 1 }));

    expect(await modesBelow(root)).toEqual(['750 out-ledger', '600 out-ledger/ledger.json']);
  });

  it('is not written through a link that another user put there', async () => {
    const root = await temporaryDirectory();
    await writeFile(join(root, 'precious'), 'years of work');
    await symlink(join(root, 'precious'), join(root, 'ledger.json.partial'));
    const saving = createFileCheckpoint({ path: join(root, 'ledger.json') }).save({ people: 1 });

    await expect(saving).rejects.toMatchObject({ code: 'DISK_DENIED' });
    expect(await readFile(join(root, 'precious'), 'utf8')).toBe('years of work');
  });

  it('says that its place is no directory', async () => {
    const file = join(await temporaryDirectory(), 'file');
    await writeFile(file, '');
    const checkpoint = createFileCheckpoint({ path: join(file, 'ledger.json') });

    await expect(checkpoint.load(never)).rejects.toMatchObject({ code: 'STORE_MISSING' });
    await expect(checkpoint.save({ people: 1 })).rejects.toMatchObject({ code: 'STORE_MISSING' });
  });
});
