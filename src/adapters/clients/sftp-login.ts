import type { Algorithms, AuthenticationType, Prompt } from 'ssh2';
import type { ErrorMeaning } from '../../core/error-table.ts';
import { safeText } from '../../core/safe-text.ts';

export interface SftpCredentials {
  readonly password?: string | undefined;
  readonly hasKey: boolean;
}

/**
 * Logs in by the ways that the server offers, which it tells when it refuses to let a user in without any. Servers with PAM
 * ask for the password as a question.
 */
export class SftpLogin {
  /** What the server lets users log in by; known when it has refused one. */
  offered: readonly string[] = [];
  /** It asked for what only a person knows. */
  asksForMore = false;
  readonly #password: string | undefined;
  readonly #ways: Set<AuthenticationType>;

  constructor({ password, hasKey }: SftpCredentials) {
    this.#password = password;
    this.#ways = new Set<AuthenticationType>([
      'none',
      ...(hasKey ? (['publickey'] as const) : []),
      ...(password === undefined ? [] : (['password', 'keyboard-interactive'] as const)),
    ]);
  }

  /** The next way to try, of those that the server leaves; before the first it has said nothing. */
  readonly next = (left: readonly string[] | null): AuthenticationType | false => {
    if (left && this.offered.length === 0) this.offered = left;
    const way = [...this.#ways].find((each) => left === null || left.includes(each));
    if (!way) return false;
    this.#ways.delete(way);
    // Asked twice, a wrong password would count twice.
    if (way === 'password') this.#ways.delete('keyboard-interactive');
    return way;
  };

  /** The password is the answer to a single question that hides it; anything else is another kind of login. */
  readonly answer = (
    _name: string,
    _instructions: string,
    _language: string,
    prompts: readonly Prompt[],
    finish: (answers: string[]) => void,
  ): void => {
    const [first] = prompts;
    if (first && (prompts.length > 1 || first.echo)) this.asksForMore = true;
    finish(first && !this.asksForMore ? [this.#password ?? ''] : []);
  };
}

/** A code from a telephone, a second password. */
export const asksForMore: ErrorMeaning = {
  texts: /authentication methods failed/i,
  code: 'STORE_FORBIDDEN',
  message: '{place} asks for more than a password (keyboard-interactive), which only a person can answer.',
  hint: 'Ask its owners for a login by a key, and set private_key_file.',
};

/** `ECDSA`, `ED25519`, `RSA`: the key begins with the name of its type, as ssh-keygen shortens it. */
export function keyTypeOf(key: Buffer): string {
  const name = key.toString('latin1', 4, 4 + key.readUInt32BE(0));
  return safeText(/ed25519|ecdsa|rsa|dss/.exec(name)?.[0].toUpperCase() ?? name);
}

const sha1 = { hostKeys: ['ssh-rsa', 'ssh-dss'], macs: ['hmac-sha1', 'hmac-sha1-etm@openssh.com'] };

/** A signature by SHA-1 can be forged, so that another machine passes for the server. */
export const withoutSha1 = {
  serverHostKey: { remove: sha1.hostKeys, append: [], prepend: [] },
  hmac: { remove: sha1.macs, append: [], prepend: [] },
} as unknown as Algorithms;
