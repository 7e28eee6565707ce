import { PatronflowError } from '../core/errors.ts';
import type { Obfuscator } from './obfuscate.ts';

/** No id of a patron, and no address. */
const text = 'patronflow: fingerprint of the key';

/** Enough that two keys do not share them by chance. */
const length = 16;

/**
 * What tells two salts or keys apart: the start of the hash of a text that is always the same. It says no more of the
 * key than every record does.
 */
export async function keyFingerprint(obfuscator: Obfuscator, signal: AbortSignal): Promise<string> {
  const [hash] = await obfuscator.obfuscate([text], signal);
  return (hash ?? '').slice(0, length);
}

/**
 * Refuses a key that is another one than that of the runs before.
 * @param before the fingerprint in the checkpoint; null where there is none yet
 * @throws PatronflowError KEY_CHANGED
 */
export function assertSameKey(before: string | null, now: string, place: string): void {
  if (before === null || before === now) return;
  throw new PatronflowError(
    'KEY_CHANGED',
    `The obfuscation salt or key differs from the one recorded in the checkpoint at ${place}. Records made with it would not match those already sent.`,
    {
      hint: 'Restore the earlier salt or key (and method). To start over with a new one, use a new checkpoint and an empty warehouse.',
    },
  );
}
