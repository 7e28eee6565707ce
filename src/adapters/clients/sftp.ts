import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Client } from 'ssh2';
import type SftpClient from 'ssh2-sftp-client';
import { z } from 'zod';
import { type ErrorMeaning, explained, unreachableCodes } from '../../core/error-table.ts';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import type { StoreSettings } from '../../core/ports.ts';
import type { SettingProblem } from '../../core/registry.ts';
import { flag, path, secret } from '../../core/settings.ts';
import { urlPart } from '../../core/url-part.ts';
import { asksForMore, keyTypeOf, SftpLogin, withoutSha1 } from './sftp-login.ts';

export interface SftpOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string | undefined;
  readonly privateKeyFile?: string | undefined;
  readonly passphrase?: string | undefined;
  /** `SHA256:…`, as `ssh-keygen -lf` prints it. */
  readonly hostKey: string;
  /** Whether the server may sign by SHA-1, which can be forged. */
  readonly allowSha1?: boolean | undefined;
}

/** How an SFTP server is reached, for all that is kept there. */
export const sftpSettings = z.strictObject({
  password: secret.optional().describe('Password; a key is better.'),
  private_key_file: path.optional().describe('File with the private key.'),
  passphrase: secret.optional().describe('Passphrase of the private key.'),
  host_key: z
    .string()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, 'must look like SHA256:…, as `ssh-keygen -lf` prints it')
    .optional()
    .describe("Fingerprint of the server's key. Nothing is sent to a server that shows another one."),
  allow_sha1: flag
    .default(false)
    .describe('Whether an old server may use SHA-1 for its host key and its checksums; `check` warns of it.'),
});

export function sftpRisk(_given: object, { allow_sha1 }: z.output<typeof sftpSettings>): string | null {
  return allow_sha1
    ? 'The server may use SHA-1, which can be FORGED: another machine could pass for it. Ask its owners for a newer one, and remove allow_sha1.'
    : null;
}

/** A server whose key is not known could be any other. */
export function sftpProblems(
  _given: object,
  { host_key }: { readonly host_key?: string | undefined },
): readonly SettingProblem[] {
  const message = 'missing; sftp:// needs host_key and a password or a private_key_file';
  return host_key ? [] : [{ key: 'sftp', message }];
}

/** The options of a connection, and the path on the server: `sftp://user@host/path`. */
export function sftpOptions(
  { url }: StoreSettings,
  settings: z.output<typeof sftpSettings>,
): SftpOptions & { readonly path: string } {
  const { hostname, port, username, pathname } = new URL(url);
  const path = posix.normalize(urlPart(pathname));
  return {
    host: hostname,
    port: Number(port || 22),
    user: urlPart(username),
    password: settings.password,
    privateKeyFile: settings.private_key_file,
    passphrase: settings.passphrase,
    hostKey: settings.host_key ?? '',
    allowSha1: settings.allow_sha1,
    // `sftp://user@host/~/incoming` is a path below the user's home, as it is elsewhere.
    path: path === '/~' ? '.' : path.startsWith('/~/') ? path.slice(3) : path,
  };
}

/** After these waits the server counts as gone, even on a slow network. */
const readyTimeoutMs = 30_000;
const keepAliveMs = 15_000;

/** One connection that is opened at first use and again after it was lost. */
export class SftpConnection {
  readonly name: string;
  readonly #options: SftpOptions;
  #client: SftpClient | null = null;
  #seenKey = '';
  #login: SftpLogin | null = null;

  constructor(options: SftpOptions) {
    this.#options = options;
    this.name = `sftp://${options.user}@${options.host}${options.port === 22 ? '' : `:${options.port}`}`;
  }

  /** A path on the server, for messages; one that is relative begins at the user's home. */
  placeOf(path: string): string {
    return `${this.name}${path.startsWith('/') ? '' : '/~/'}${path}`;
  }

  async client(): Promise<SftpClient> {
    if (this.#client) return this.#client;
    const { host, port, user, password, privateKeyFile, passphrase, hostKey, allowSha1 } = this.#options;
    const privateKey = privateKeyFile ? await this.#keyIn(privateKeyFile) : undefined;
    const { default: NewClient } = await import('ssh2-sftp-client');
    const login = new SftpLogin({ password, hasKey: privateKey !== undefined });
    this.#login = login;
    // Without callbacks of our own the package writes to the console.
    const client = new NewClient('patronflow', {});
    // A lost connection must not end the process: the next call finds no client and opens a new one. Which of
    // these comes first depends on how it was lost, and what was waiting fails with the first.
    for (const event of ['error', 'end', 'close'] as const) {
      client.on(event, () => {
        if (this.#client === client) this.#client = null;
      });
    }
    client.on('keyboard-interactive', login.answer);
    try {
      await client.connect({
        host,
        port,
        username: user,
        ...(password !== undefined && { password }),
        ...(privateKey && { privateKey }),
        ...(passphrase !== undefined && { passphrase }),
        authHandler: login.next,
        tryKeyboard: true,
        ...(!allowSha1 && { algorithms: withoutSha1 }),
        readyTimeout: readyTimeoutMs,
        keepaliveInterval: keepAliveMs,
        hostVerifier: (key: Buffer) => {
          const fingerprint = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
          this.#seenKey = `${fingerprint} (${keyTypeOf(key)})`;
          return fingerprint === hostKey.replace(/=+$/, '');
        },
      });
    } catch (error) {
      await client.end().catch(() => {});
      throw this.error(error);
    }
    // Without it a piece of a file waits for an acknowledgement that its server holds back: some 40 ms each.
    (client as unknown as { readonly client?: Client }).client?.setNoDelay(true);
    this.#client = client;
    return client;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => {});
  }

  async #keyIn(path: string): Promise<Buffer> {
    return readFile(path).catch((cause) => {
      throw new PatronflowError(
        'STORE_FORBIDDEN',
        `The key ${path} for ${this.name} cannot be read (${systemCode(cause)}).`,
        { hint: 'Check private_key_file and who may read it.', cause },
      );
    });
  }

  /** Turns an error of the client into ours. */
  error(error: unknown, path?: string): unknown {
    // A stop is no failure of the server.
    if (error instanceof Error && error.name === 'AbortError') return error;
    const where = path ? this.placeOf(path) : this.name;
    const offered = this.#login?.offered.join(', ') || 'nothing';
    const words = { place: this.name, where, seen: this.#seenKey, offered };
    return explained(this.#login?.asksForMore ? [asksForMore, ...meanings] : meanings, error, { words });
  }
}

/** What the server's and the package's errors mean for a delivery. */
const meanings: readonly ErrorMeaning[] = [
  {
    texts: /Host denied|verification failed/i,
    code: 'STORE_HOST_KEY',
    message:
      '{place} shows the key {seen}, which is not the one in the configuration. Nothing was sent to it.',
    hint: 'A server may have keys of several types: perhaps host_key is the one of another type. Compare all of them (`ssh-keyscan HOST | ssh-keygen -lf -`) with those that its owners name. Only when they say that the key is theirs, set host_key to it.',
  },
  {
    texts: /no passphrase given/i,
    code: 'STORE_FORBIDDEN',
    message: 'The private key for {place} is encrypted, and its passphrase is not set.',
    hint: 'Set passphrase beside private_key_file, or name a key without one.',
  },
  {
    texts: /integrity check failed|bad decrypt|bad passphrase/i,
    code: 'STORE_FORBIDDEN',
    message: 'The passphrase does not open the private key for {place}.',
    hint: 'Check passphrase and private_key_file.',
  },
  {
    texts: /privateKey/i,
    code: 'STORE_FORBIDDEN',
    message: 'private_key_file holds no private key for {place} that can be read.',
    hint: 'Name a private key in the format of OpenSSH or PEM, not the public one and not one of PuTTY.',
  },
  {
    texts: /authentication methods failed/i,
    code: 'STORE_FORBIDDEN',
    message: '{place} refuses the user, the password or the key. It lets users log in by: {offered}.',
    hint: 'Check user, password, private_key_file and passphrase.',
  },
  {
    texts: /no matching (host key|\S+ MAC|\S+->\S+ MAC)/i,
    code: 'STORE_HOST_KEY',
    message: '{place} offers only host keys or checksums that are no longer trusted, such as SHA-1.',
    hint: 'Ask its owners for a newer server. `allow_sha1: true` beside host_key allows the old ones.',
  },
  {
    codes: /^3$/,
    texts: /Permission denied/i,
    code: 'STORE_FORBIDDEN',
    message: 'No permission to read or write {where}.',
    hint: 'Ask for the right to list, write, rename and remove there.',
  },
  {
    codes: /^2$/,
    texts: /No such file/i,
    code: 'STORE_MISSING',
    message: '{where} does not exist.',
    hint: 'Check the directory in the URL.',
  },
  {
    texts: /no space|quota|disk full/i,
    code: 'STORE_FULL',
    message: 'No space is left at {where}.',
    hint: 'Free some space there and run again.',
  },
  {
    codes: unreachableCodes,
    texts: /ECONNREFUSED|ENOTFOUND|getaddrinfo/,
    code: 'STORE_UNREACHABLE',
    message: '{place} cannot be reached.',
    hint: 'Check host, port and firewall.',
  },
  {
    texts: /^/,
    code: 'STORE_BUSY',
    message: '{place} closed the connection or did not answer.',
    hint: 'Run again later.',
  },
];
