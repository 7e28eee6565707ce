import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSftpCheckpoint } from '../../../src/adapters/checkpoints/sftp.ts';
import { never } from '../../support/never.ts';
import { sftpAccount, startSftpServer } from '../../support/sftp-server.ts';

describe('a document on an SFTP server without a rename that replaces', () => {
  it('survives a connection that is lost between removing and renaming', async () => {
    const server = await startSftpServer();
    server.posixRename = false;
    const { host, port, hostKey } = server;
    const checkpoint = createSftpCheckpoint({ host, port, hostKey, ...sftpAccount, path: '/ledger.json' });
    await checkpoint.save({ people: 1 });
    let isArmed = true;
    server.fault = (request) => {
      if (request !== 'RENAME' || !isArmed) return undefined;
      isArmed = false;
      return 'drop';
    };

    await expect(checkpoint.save({ people: 2 })).rejects.toMatchObject({ code: 'STORE_BUSY' });

    expect(await checkpoint.load(never)).toEqual({ people: 2 });
    await checkpoint.save({ people: 3 });
    expect(JSON.parse(await readFile(join(server.root, 'ledger.json'), 'utf8'))).toEqual({ people: 3 });
    await checkpoint.close();
    await server.stop();
  });
});

it('a document on an SFTP server is for its user alone, and not written through a link', async () => {
  const server = await startSftpServer();
  await writeFile(join(server.root, 'precious'), 'years of work');
  await symlink(join(server.root, 'precious'), join(server.root, 'ledger.json.partial'));
  const { host, port, hostKey } = server;
  const checkpoint = createSftpCheckpoint({ host, port, hostKey, ...sftpAccount, path: '/ledger.json' });
  await checkpoint.save({ people: 1 });
  await checkpoint.save({ people: 2 });

  expect((await stat(join(server.root, 'ledger.json'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(server.root, 'precious'), 'utf8')).toBe('years of work');
  await checkpoint.close();
  await server.stop();
});
