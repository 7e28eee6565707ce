import { createHash } from 'node:crypto';

/** The fingerprint of settings. */
export function fingerprintOf(settings: unknown): string {
  return fingerprint(JSON.stringify(settings));
}

/** What tells two texts apart: the first half of the SHA-256. */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
