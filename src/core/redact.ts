/** Replaces every known secret in a text. */
export type Redact = (text: string) => string;

/** Shorter secrets are left alone: replacing every "a" in a log would hide nothing and spoil everything. */
const shortestSecret = 4;

/**
 * Builds the last line of defence between a secret and an output. The first line is that no message is built
 * from one; but drivers quote connection strings in their errors, plain and percent-encoded.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const known = [...new Set(secrets.flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed())]))]
    .filter((secret) => secret.length >= shortestSecret)
    .sort((a, b) => b.length - a.length);
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
