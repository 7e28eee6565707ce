import { urlPart } from '../core/url-part.ts';

/** Keys of a configuration whose values are secrets, whatever the job. */
const secretKeys = /^(password|passphrase|dsn|salt|key|secret_access_key|session_token)$/;

/** Everything in a configuration that must never be seen: passwords, passphrases, and those inside URLs. */
export function secretsOf(config: unknown): string[] {
  const secrets: string[] = [];
  const walk = (node: unknown, key: string): void => {
    if (typeof node === 'string') {
      if (secretKeys.test(key) && node !== 'none') secrets.push(node);
      const inUrl = /^[a-z0-9+]+:\/\/[^/@]*:([^@]*)@/.exec(node)?.[1];
      if (inUrl) secrets.push(inUrl, urlPart(inUrl));
    } else if (typeof node === 'object' && node !== null) {
      for (const [name, child] of Object.entries(node)) walk(child, name);
    }
  };
  walk(config, '');
  return secrets;
}
