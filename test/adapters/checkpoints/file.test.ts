import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileCheckpoint } from '../../../src/adapters/checkpoints/file.ts';
import { never } from '../../support/never.ts';

describe('a document in a file', () => {
  it('can be read by its owner alone', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'patronflow-ledger-')), 'ledger.json');
    await createFileCheckpoint({ path }).save({ people: 1 });

    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('says that its place is no directory', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'patronflow-ledger-')), 'file');
    await writeFile(file, '');
    const checkpoint = createFileCheckpoint({ path: join(file, 'ledger.json') });

    await expect(checkpoint.load(never)).rejects.toMatchObject({ code: 'STORE_MISSING' });
    await expect(checkpoint.save({ people: 1 })).rejects.toMatchObject({ code: 'STORE_MISSING' });
  });
});
