import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Stats } from 'node:fs';
import {
  chmod,
  type FileHandle,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import ssh2, { type AuthContext, type Connection, type SFTPWrapper } from 'ssh2';
import { announcePosixRename } from './sftp-extension.ts';

const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp;

/** What a request gets instead of being done. */
export type SftpFault = 'no-space' | 'denied' | 'failure' | 'drop';

export interface SftpTestServer {
  readonly host: string;
  readonly port: number;
  readonly hostKey: string;
  /** The folder of this machine that the server shows as `/`. */
  readonly root: string;
  /** Names of the requests that arrived, with their paths: `RENAME /in/.a.zip.partial`. */
  readonly requests: string[];
  readonly logins: string[];
  /** Asked for each request; what it returns happens instead. */
  fault: (request: string, path: string) => SftpFault | undefined;
  /** Whether the server offers OpenSSH's rename over an existing file. */
  posixRename: boolean;
  /** The questions of a server with PAM, which lets users in by nothing else. */
  questions: { prompt: string; echo: boolean }[];
  /** A private key in OpenSSH's format that the server accepts. */
  readonly acceptedKey: string;
  /** Cuts every connection. */
  dropAll(): void;
  stop(): Promise<void>;
}

/** The one account of the server. */
export const sftpAccount = { user: 'alma', password: 'sftp-password-4711' };

export function fingerprintOf(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * An SFTP server on a temporary folder, with keys that are made at the start.
 * @param algorithms those of an old server, which has a key of RSA
 */
export async function startSftpServer(algorithms?: ssh2.Algorithms): Promise<SftpTestServer> {
  const root = await mkdtemp(join(tmpdir(), 'patronflow-sftp-'));
  // Not ed25519: one in some 500 that ssh2 makes cannot be read again.
  const host = algorithms
    ? ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 })
    : ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const login = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const connections = new Set<Connection>();
  const server: SftpTestServer = {
    host: '127.0.0.1',
    port: 0,
    hostKey: fingerprintOf(host.public),
    root,
    requests: [],
    logins: [],
    fault: () => undefined,
    posixRename: true,
    questions: [],
    acceptedKey: login.private,
    dropAll: () => {
      // An orderly end would let the client finish; a network that is gone does not.
      for (const connection of connections) Reflect.get(connection, '_sock').destroy();
    },
    stop: async () => {
      server.dropAll();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
      await rm(root, { recursive: true, force: true });
    },
  };
  const listener = new ssh2.Server(
    { hostKeys: [host.private], ...(algorithms && { algorithms }) },
    (connection) => {
      // As OpenSSH does: otherwise the two systems wait for each other for 40 ms at each answer.
      Reflect.get(connection, '_sock').setNoDelay(true);
      connections.add(connection);
      connection.on('close', () => connections.delete(connection));
      connection.on('error', () => {});
      connection.on('authentication', (context) => authenticate(context, login.public, server));
      connection.on('ready', () => {
        connection.on('session', (accept) => {
          accept().on('sftp', (acceptSftp) => {
            const sftp = acceptSftp();
            if (server.posixRename) announcePosixRename(sftp);
            serve(sftp, server);
          });
        });
      });
    },
  );
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  return Object.assign(server, { port: (listener.address() as AddressInfo).port });
}

function authenticate(context: AuthContext, publicKey: string, server: SftpTestServer): void {
  server.logins.push(`${context.method} ${context.username}`);
  if (server.questions.length > 0) {
    if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
    return context.prompt(server.questions, ([answer]) =>
      answer === sftpAccount.password ? context.accept() : context.reject([]),
    );
  }
  if (context.username === sftpAccount.user) {
    if (context.method === 'password' && context.password === sftpAccount.password) return context.accept();
    if (context.method === 'publickey') {
      const known = ssh2.utils.parseKey(publicKey);
      if (!(known instanceof Error) && context.key.data.equals(known.getPublicSSH())) {
        const { blob, signature } = context;
        if (!signature || known.verify(blob ?? Buffer.alloc(0), signature) === true) return context.accept();
      }
    }
  }
  context.reject(['password', 'publickey', 'keyboard-interactive']);
}

/** Answers the requests of one client from the folder. */
function serve(sftp: SFTPWrapper, server: SftpTestServer): void {
  const files = new Map<number, { handle: FileHandle; path: string }>();
  const listings = new Map<number, string[]>();
  let handles = 0;
  const local = (path: string) => join(server.root, posix.resolve('/', path));
  const newHandle = () => {
    const buffer = Buffer.alloc(4);
    handles += 1;
    buffer.writeUInt32BE(handles);
    return { id: handles, buffer };
  };
  const idOf = (handle: Buffer) => handle.readUInt32BE();
  const fileOf = (handle: Buffer): { handle: FileHandle; path: string } => {
    const file = files.get(idOf(handle));
    if (!file) throw new Error('an unknown handle');
    return file;
  };

  const answer = async (request: string, path: string, id: number, work: () => Promise<unknown>) => {
    server.requests.push(`${request} ${path}`);
    switch (server.fault(request, path)) {
      case 'drop':
        return server.dropAll();
      case 'denied':
        return sftp.status(id, STATUS_CODE.PERMISSION_DENIED, 'Permission denied');
      case 'no-space':
        return sftp.status(id, STATUS_CODE.FAILURE, 'No space left on device');
      case 'failure':
        return sftp.status(id, STATUS_CODE.FAILURE, 'Failure');
    }
    try {
      const isAnswered = await work();
      if (isAnswered !== true) sftp.status(id, STATUS_CODE.OK);
    } catch (error) {
      sftp.status(id, statusOf(error), 'refused by the folder');
    }
  };
  const attributes = (stats: Stats) => ({
    mode: stats.mode,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    atime: Math.floor(stats.atimeMs / 1000),
    mtime: Math.floor(stats.mtimeMs / 1000),
  });
  const look = (request: 'LSTAT' | 'STAT') => (id: number, path: string) =>
    void answer(request, path, id, async () => {
      sftp.attrs(id, attributes(await (request === 'STAT' ? stat : lstat)(local(path))));
      return true;
    });

  sftp.on('close', () => {
    for (const { handle } of files.values()) void handle.close().catch(() => {});
  });
  sftp.on('OPEN', (id, path, flags, { mode }) => {
    void answer('OPEN', path, id, async () => {
      const isWriting = (flags & OPEN_MODE.WRITE) !== 0;
      const isNew = (flags & OPEN_MODE.EXCL) !== 0;
      const handle = await open(local(path), isWriting ? (isNew ? 'wx+' : 'w+') : 'r', mode ?? 0o644);
      const { id: number, buffer } = newHandle();
      files.set(number, { handle, path });
      sftp.handle(id, buffer);
      return true;
    });
  });
  sftp.on('READ', (id, handle, offset, length) => {
    const file = files.get(idOf(handle));
    // A client that lets go of a file may still ask for a piece of it. OpenSSH answers, and stays.
    if (!file) return void sftp.status(id, STATUS_CODE.FAILURE, 'Failure');
    void answer('READ', file.path, id, async () => {
      const { bytesRead, buffer } = await file.handle.read(Buffer.alloc(length), 0, length, offset);
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, bytesRead));
      return true;
    });
  });
  sftp.on('WRITE', (id, handle, offset, data) => {
    const file = fileOf(handle);
    // ssh2 reuses the buffer once this listener has returned.
    const copy = Buffer.from(data);
    void answer('WRITE', file.path, id, () => file.handle.write(copy, 0, copy.length, offset));
  });
  sftp.on('FSTAT', (id, handle) => {
    const file = fileOf(handle);
    void answer('FSTAT', file.path, id, async () => {
      sftp.attrs(id, attributes(await file.handle.stat()));
      return true;
    });
  });
  sftp.on('CLOSE', (id, handle) => {
    const file = files.get(idOf(handle));
    files.delete(idOf(handle));
    listings.delete(idOf(handle));
    void answer('CLOSE', file?.path ?? '', id, async () => file?.handle.close());
  });
  sftp.on('OPENDIR', (id, path) => {
    void answer('OPENDIR', path, id, async () => {
      const names = await readdir(local(path));
      const { id: number, buffer } = newHandle();
      listings.set(number, [path, ...names]);
      sftp.handle(id, buffer);
      return true;
    });
  });
  sftp.on('READDIR', (id, handle) => {
    const [path = '', ...names] = listings.get(idOf(handle)) ?? [];
    listings.delete(idOf(handle));
    void answer('READDIR', path, id, async () => {
      if (names.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else {
        const entries = names.map(async (filename) => {
          const stats = await lstat(join(local(path), filename));
          const kind = stats.isDirectory() ? 'd' : stats.isSymbolicLink() ? 'l' : '-';
          // Clients take the kind from the first letter of this line.
          const longname = `${kind}rw-r--r-- 1 alma alma ${stats.size} Jan 1 00:00 ${filename}`;
          return { filename, longname, attrs: attributes(stats) };
        });
        sftp.name(id, await Promise.all(entries));
      }
      return true;
    });
  });
  sftp.on('LSTAT', look('LSTAT'));
  sftp.on('STAT', look('STAT'));
  sftp.on('REMOVE', (id, path) => void answer('REMOVE', path, id, () => rm(local(path))));
  sftp.on('RMDIR', (id, path) => void answer('RMDIR', path, id, () => rmdir(local(path))));
  sftp.on('MKDIR', (id, path) => void answer('MKDIR', path, id, () => mkdir(local(path))));
  sftp.on('SETSTAT', (id, path, { mode }) => {
    void answer('SETSTAT', path, id, async () => {
      if (mode !== undefined) await chmod(local(path), mode);
    });
  });
  sftp.on('FSETSTAT', (id, handle, { mode }) => {
    const { handle: file, path } = fileOf(handle);
    void answer('FSETSTAT', path, id, async () => {
      if (mode !== undefined) await file.chmod(mode);
    });
  });
  sftp.on('REALPATH', (id, path) => {
    void answer('REALPATH', path, id, async () => {
      const filename = posix.resolve('/', path);
      sftp.name(id, [{ filename, longname: filename, attrs: {} as never }]);
      return true;
    });
  });
  sftp.on('RENAME', (id, from, to) => {
    void answer('RENAME', from, id, async () => {
      // Version 3 of the protocol: a file that is there is not replaced.
      if (await lstat(local(to)).catch(() => null)) throw new Error('the target exists');
      await rename(local(from), local(to));
    });
  });
  sftp.on('EXTENDED', (id, name, data) => {
    if (name !== 'posix-rename@openssh.com' || !server.posixRename) {
      return sftp.status(id, STATUS_CODE.OP_UNSUPPORTED);
    }
    const split = 4 + data.readUInt32BE(0);
    const from = data.toString('utf8', 4, split);
    const to = data.toString('utf8', split + 4);
    void answer('POSIX-RENAME', from, id, () => rename(local(from), local(to)));
  });
}

function statusOf(error: unknown): number {
  const code = error instanceof Error ? Reflect.get(error, 'code') : '';
  if (code === 'ENOENT') return STATUS_CODE.NO_SUCH_FILE;
  return code === 'EACCES' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}
