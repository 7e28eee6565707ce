import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSftpLease } from '../../../src/adapters/leases/sftp.ts';
import type { Lease } from '../../../src/core/ports.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';
import { type SftpTestServer, sftpAccount, startSftpServer } from '../../support/sftp-server.ts';
import { modesBelow, withoutUmask } from '../../support/umask.ts';

let server: SftpTestServer;
const opened: Lease[] = [];

const open = (token: string) => {
  const claimant = { token, host: `${token}-host`, pid: 7, isAlive: () => true };
  const { host, port, hostKey } = server;
  const lease = createSftpLease({ host, port, hostKey, ...sftpAccount, path: '/a/ledger.lease', claimant });
  opened.push(lease);
  return lease;
};
const token = async () => JSON.parse(await readFile(join(server.root, 'a/ledger.lease'), 'utf8')).token;

beforeEach(async () => {
  server = await startSftpServer();
});
afterEach(async () => {
  for (const lease of opened.splice(0)) await lease.close();
  await server.stop();
});

describe('a lease on an SFTP server', () => {
  it('is made with its folder, for its owner alone, also when it is renewed', async () => {
    const lease = open('first');
    await withoutUmask(async () => {
      await lease.acquire(never);
      await lease.renew();
    });
    expect(await modesBelow(server.root)).toEqual(['750 a', '600 a/ledger.lease']);
  });

  it('is renewed where the server does not rename over a file', async () => {
    server.posixRename = false;
    const lease = open('first');
    await lease.acquire(never);
    await lease.renew();
    expect(await token()).toBe('first');
    expect(await failureOf(open('second').acquire(never))).toMatchObject({ code: 'RUN_IN_PROGRESS' });
  });

  it('of a run that died before it wrote its name does not block the next one', async () => {
    await mkdir(join(server.root, 'a'));
    await writeFile(join(server.root, 'a/ledger.lease'), '');
    await open('next').acquire(never);
    expect(await token()).toBe('next');
    expect(await readdir(join(server.root, 'a'))).toEqual(['ledger.lease']);
  });

  it('of a run that is about to write its name is left to it', async () => {
    await mkdir(join(server.root, 'a'));
    await writeFile(join(server.root, 'a/ledger.lease'), '');
    const first = { token: 'first', host: 'h', pid: 1, until: new Date(Date.now() + 60_000).toISOString() };
    const write = () => void writeFile(join(server.root, 'a/ledger.lease'), JSON.stringify(first));
    let isSeen = false;
    server.fault = (request) => {
      if (request === 'READ' && !isSeen) setTimeout(write, 100);
      isSeen ||= request === 'READ';
      return undefined;
    };
    expect(await failureOf(open('second').acquire(never))).toMatchObject({ code: 'RUN_IN_PROGRESS' });
    expect(await token()).toBe('first');
  });

  it('may not be written: it says so, and a run goes on without it', async () => {
    server.fault = (request) => (request === 'OPEN' ? 'denied' : undefined);
    expect(await failureOf(open('first').acquire(never))).toMatchObject({ code: 'STORE_FORBIDDEN' });
  });
});
