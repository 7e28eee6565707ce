import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSftpObjects, type SftpObjectsOptions } from '../../../src/adapters/objects/sftp.ts';
import type { ObjectStore } from '../../../src/load/ports.ts';
import { failureOf } from '../../support/failure.ts';
import { never } from '../../support/never.ts';
import { localFile } from '../../support/objects.ts';
import { type SftpTestServer, sftpAccount, startSftpServer } from '../../support/sftp-server.ts';

let server: SftpTestServer;
let stores: ObjectStore[];

const open = (options: Partial<SftpObjectsOptions> = {}) => {
  const { host, port, hostKey } = server;
  const store = createSftpObjects({ host, port, hostKey, ...sftpAccount, directory: '/in', ...options });
  stores.push(store);
  return store;
};
const keyFile = async (content: string) => {
  const path = join(await mkdtemp(join(tmpdir(), 'patronflow-key-')), 'id');
  await writeFile(path, content, { mode: 0o600 });
  return path;
};

beforeEach(async () => {
  server = await startSftpServer();
  await mkdir(join(server.root, 'in'));
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  await server.stop();
});

describe('logging in', () => {
  it('sends nothing, not even a user, to a server whose key changed', async () => {
    const other = `SHA256:${'A'.repeat(43)}`;

    const error = await open({ hostKey: other })
      .stage('staff.zip', await localFile('new'), never)
      .catch((thrown) => thrown);

    expect(error).toMatchObject({ code: 'STORE_HOST_KEY', kind: 'config' });
    expect(error.message).toContain(server.hostKey);
    expect(server.logins).toEqual([]);
    expect(await readdir(join(server.root, 'in'))).toEqual([]);
  });

  it('takes the fingerprint with or without its padding', async () => {
    await expect(open({ hostKey: `${server.hostKey}=` }).check(never)).resolves.toMatch(/^writable/);
  });

  it('says that a password is wrong, without saying it', async () => {
    const error = await open({ password: 'guessed-secret' })
      .check(never)
      .catch((thrown) => thrown);

    expect(error).toMatchObject({ code: 'STORE_FORBIDDEN' });
    expect(`${error.message} ${error.hint}`).not.toContain('guessed-secret');
  });

  it('logs in with a private key', async () => {
    const privateKeyFile = await keyFile(server.acceptedKey);

    await expect(open({ password: undefined, privateKeyFile }).check(never)).resolves.toMatch(/^writable/);
    expect(server.logins).toContain('publickey alma');
  });

  it('refuses a private key that the server does not know', async () => {
    const privateKeyFile = await keyFile(ssh2.utils.generateKeyPairSync('ed25519').private);

    await expect(open({ password: undefined, privateKeyFile }).check(never)).rejects.toMatchObject({
      code: 'STORE_FORBIDDEN',
    });
  });

  it('names a key file that cannot be read', async () => {
    const error = await open({ password: undefined, privateKeyFile: '/no/such/key' })
      .check(never)
      .catch((thrown) => thrown);

    expect(error).toMatchObject({ code: 'STORE_FORBIDDEN' });
    expect(error.message).toContain('/no/such/key');
  });

  it('names a key file that is no key', async () => {
    const privateKeyFile = await keyFile('not a key');

    await expect(open({ password: undefined, privateKeyFile }).check(never)).rejects.toMatchObject({
      code: 'STORE_FORBIDDEN',
    });
  });

  it('tells a key of another type from one that changed', async () => {
    const { message, hint } = await failureOf(open({ hostKey: `SHA256:${'A'.repeat(43)}` }).check(never));
    expect(message).toContain(`the key ${server.hostKey} (ECDSA)`);
    expect(hint).toContain('another type');
  });

  it.each([
    ['without its passphrase', undefined, 'encrypted, and its passphrase is not set'],
    ['with another passphrase', 'guessed-secret', 'The passphrase does not open the private key'],
  ])('says what an encrypted key lacks: %s', async (_, passphrase, message) => {
    const { private: key } = ssh2.utils.generateKeyPairSync('ecdsa', {
      bits: 256,
      passphrase: 'right-secret',
      cipher: 'aes256-cbc',
      rounds: 1,
    });
    const store = open({ password: undefined, privateKeyFile: await keyFile(key), passphrase });
    const error = await failureOf(store.check(never));
    expect([error.code, error.message]).toEqual(['STORE_FORBIDDEN', expect.stringContaining(message)]);
  });

  it('answers a single question by the password', async () => {
    server.questions = [{ prompt: 'Password: ', echo: false }];
    expect(await open().check(never)).toContain('writable');
    const error = await failureOf(open({ password: 'guessed-secret' }).check(never));
    expect(error.message).toContain('log in by: keyboard-interactive.');
  });

  it('says that only a person can answer more', async () => {
    server.questions = [
      { prompt: 'Password: ', echo: false },
      { prompt: 'Code: ', echo: true },
    ];
    const error = await failureOf(open().check(never));
    expect([error.code, error.message]).toEqual([
      'STORE_FORBIDDEN',
      expect.stringContaining('more than a password (keyboard-interactive)'),
    ]);
  });

  it('gives a wrong password once, and names the ways that are left', async () => {
    const error = await failureOf(open({ password: 'guessed-secret' }).check(never));
    expect(error.message).toContain('log in by: password, publickey, keyboard-interactive.');
    expect(server.logins).toEqual(['none alma', 'password alma']);
  });

  it.each<[string, ssh2.Algorithms]>([
    ['host key', { serverHostKey: ['ssh-rsa'] }],
    ['checksum', { hmac: ['hmac-sha1'], cipher: ['aes128-ctr'] }],
  ])('talks to a server of SHA-1 only where that is allowed: %s', async (_, algorithms) => {
    await server.stop();
    server = await startSftpServer(algorithms);
    await mkdir(join(server.root, 'in'));
    const error = await failureOf(open().check(never));
    expect([error.code, error.message]).toEqual(['STORE_HOST_KEY', expect.stringContaining('SHA-1')]);
    expect(server.logins).toEqual([]);
    expect(await open({ allowSha1: true }).check(never)).toContain('writable');
  });

  it('says that no server listens', async () => {
    await server.stop();

    await expect(open().check(never)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', kind: 'fatal' });
  });

  it('writes nothing to the console, even if the connection breaks', async () => {
    const spies = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error')];
    const store = open();
    await store.check(never);
    server.dropAll();
    await vi.waitUntil(async () => (await store.check(never).catch(() => '')) !== '', 10_000);

    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});

it('does not write through a link that another account put at the staged name', async () => {
  await mkdir(join(server.root, 'in'), { recursive: true });
  await writeFile(join(server.root, 'precious'), 'years of work');
  await symlink(join(server.root, 'precious'), join(server.root, 'in/.staff.zip.partial'));
  await (await open().stage('staff.zip', await localFile('new'), never)).publish();
  const read = (path: string) => readFile(join(server.root, path), 'utf8');
  expect([await read('precious'), await read('in/staff.zip')]).toEqual(['years of work', 'new']);
});

describe('a server that fails', () => {
  it('is full: the half-written file is taken away', async () => {
    server.fault = (request) => (request === 'WRITE' ? 'no-space' : undefined);

    await expect(open().stage('staff.zip', await localFile('new'), never)).rejects.toMatchObject({
      code: 'STORE_FULL',
      kind: 'fatal',
    });
    expect(await readdir(join(server.root, 'in'))).toEqual([]);
  });

  it.each(['OPEN', 'RENAME', 'REMOVE'])('denies %s: the check says so', async (denied) => {
    await mkdir(join(server.root, 'in'), { recursive: true });
    server.fault = (request) => (request === denied ? 'denied' : undefined);
    await expect(open().check(never)).rejects.toMatchObject({ code: 'STORE_FORBIDDEN' });
    const left = (await readdir(join(server.root, 'in'))).filter((name) => name.startsWith('.patronflow'));
    expect(left).toHaveLength(denied === 'REMOVE' ? 1 : 0);
    for (const name of left) await rm(join(server.root, 'in', name));
  });

  it.each(['OPEN', 'RENAME', 'REMOVE'])('denies %s: the message names the folder', async (denied) => {
    const store = open();
    const file = await localFile('new');
    server.fault = (request) => (request === denied ? 'denied' : undefined);

    const error = await (async () => {
      await (await store.stage('staff.zip', file, never)).publish();
      await store.remove(['staff.zip']);
    })().catch((thrown) => thrown);

    expect(error).toMatchObject({ code: 'STORE_FORBIDDEN' });
    expect(error.message).toContain('/in');
  });

  it('is used again after a connection that was lost while nothing was done', async () => {
    const store = open();
    await store.check(never);
    server.dropAll();
    await new Promise((resolve) => setTimeout(resolve, 50));

    await expect(store.check(never)).resolves.toMatch(/^writable/);
  });

  it('changes a byte on the way: the file is not published', async () => {
    const store = open();
    server.fault = (request, path) => {
      // The damage happens behind the server's back, after the file was written and before it is read back.
      if (request === 'CLOSE' && path.endsWith('.partial')) {
        void writeFile(join(server.root, path), 'nex');
      }
      return undefined;
    };

    await expect(store.stage('staff.zip', await localFile('new'), never)).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
    });
    expect(await readdir(join(server.root, 'in'))).toEqual([]);
  });
});

it('leaves files and folders to the user and the group', async () => {
  const store = open({ directory: '/new/folder' });
  const staged = await store.stage('staff.zip', await localFile('new'), never);
  await staged.publish();

  const modeOf = async (path: string) => (await stat(join(server.root, path))).mode & 0o777;
  expect(await modeOf('new/folder/staff.zip')).toBe(0o640);
  expect(await modeOf('new/folder')).toBe(0o750);
});

it('names a path below the home as one', async () => {
  expect(open({ directory: 'incoming' }).name).toMatch(/\/~\/incoming$/);
});

describe('replacing a file', () => {
  const replaced = async () => {
    await writeFile(join(server.root, 'in/staff.zip'), 'old');
    return open().stage('staff.zip', await localFile('newer'), never);
  };
  const content = () => readFile(join(server.root, 'in/staff.zip'), 'utf8');

  it('is one step on a server that can', async () => {
    await (await replaced()).publish();

    expect(await content()).toBe('newer');
    expect(server.requests).not.toContain('REMOVE /in/staff.zip');
  });

  it('removes the old file first on a server that cannot', async () => {
    server.posixRename = false;

    await (await replaced()).publish();

    expect(await content()).toBe('newer');
  });

  it('leaves the old file alone when the server refuses the rename', async () => {
    const staged = await replaced();
    server.fault = (request) => (request === 'POSIX-RENAME' ? 'denied' : undefined);

    await expect(staged.publish()).rejects.toMatchObject({ code: 'STORE_FORBIDDEN' });
    expect(await content()).toBe('old');
  });
});
