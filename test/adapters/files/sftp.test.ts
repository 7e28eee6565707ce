import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSftpFiles } from '../../../src/adapters/files/sftp.ts';
import type { FeedFile } from '../../../src/feeds/ports.ts';
import { never } from '../../support/never.ts';
import { type SftpTestServer, sftpAccount, startSftpServer } from '../../support/sftp-server.ts';

let server: SftpTestServer;
beforeAll(async () => {
  server = await startSftpServer();
});
afterAll(() => server.stop());

const open = () => {
  const { host, port, hostKey } = server;
  return createSftpFiles({ host, port, hostKey, ...sftpAccount, directory: '/feeds/' });
};

it('takes the size and the time of a file behind a link, and passes over links that lead to none', async () => {
  mkdirSync(join(server.root, 'feeds'));
  mkdirSync(join(server.root, 'night'));
  writeFileSync(join(server.root, 'night/people.csv'), 'ID,NAME\n1,Ada\n');
  utimesSync(join(server.root, 'night/people.csv'), 1_700_000_000, 1_700_000_000);
  symlinkSync('../night/people.csv', join(server.root, 'feeds/people.csv'));
  symlinkSync('../night', join(server.root, 'feeds/night'));
  symlinkSync('../no-such', join(server.root, 'feeds/gone.csv'));
  const source = open();
  const files: FeedFile[] = [];

  for await (const file of source.list(never)) files.push(file);
  const chunks: Buffer[] = [];
  for await (const chunk of source.read('people.csv', never)) chunks.push(chunk);

  expect(files).toEqual([{ name: 'people.csv', size: 14, modified: new Date(1_700_000_000_000) }]);
  expect(String(Buffer.concat(chunks))).toBe('ID,NAME\n1,Ada\n');
  await source.close();
});

it('closes a file of which it read a part', async () => {
  writeFileSync(join(server.root, 'feeds/large.csv'), Buffer.alloc(2_000_000, 'x'));
  const source = open();

  for await (const _ of source.read('large.csv', never)) break;
  for await (const _ of source.list(never));

  expect(server.requests.filter((request) => request === 'CLOSE /feeds/large.csv')).toHaveLength(1);
  await source.close();
});

it('asks for few and large pieces', async () => {
  writeFileSync(join(server.root, 'feeds/large.csv'), Buffer.alloc(2_000_000, 'x'));
  server.requests.length = 0;
  const source = open();

  for await (const _ of source.read('large.csv', never));

  // Of this server some 32 kB come at once; OpenSSH gives 256 kB.
  expect(server.requests.length).toBeLessThan(75);
  await source.close();
});
