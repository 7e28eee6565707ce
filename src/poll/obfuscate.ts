import { createHash, createHmac } from 'node:crypto';
import { hash as bcrypt } from '@node-rs/bcrypt';

/** Replaces ids and addresses by what cannot be read back; docs/privacy.md says how far that goes. */
export interface Obfuscator {
  /** @returns one text for each, in their order; null for one that is too long and may not be cut */
  obfuscate(texts: readonly string[], signal: AbortSignal): Promise<(string | null)[]>;
  /** Tells whether all of a text counts; where it does not, two texts may look the same that are not. */
  covers(text: string): boolean;
}

export type BcryptInput = 'truncate' | 'reject' | 'prehash';

export type Obfuscation =
  | {
      readonly method: 'bcrypt';
      /** `$2a$10$` and 22 characters. */
      readonly salt: string;
      /**
       * bcrypt reads 72 bytes. `truncate`: what comes after does not count, as it always was with bcrypt;
       * `reject`: such a patron is not sent; `prehash`: the SHA-256 of the text is hashed in its place.
       */
      readonly longInput: BcryptInput;
    }
  | { readonly method: 'hmac-sha256'; readonly key: string };

/** What bcrypt reads of its input, from its definition (Provos and Mazières 1999: 18 words of key). */
const bcryptBytes = 72;

/** @param threads how many hashes are computed at a time: as many as Node's pool has threads */
export function createObfuscator(obfuscation: Obfuscation, threads: number): Obfuscator {
  if (obfuscation.method === 'hmac-sha256') {
    const { key } = obfuscation;
    return {
      obfuscate: async (texts) =>
        texts.map((text) => createHmac('sha256', key).update(text, 'utf8').digest('hex')),
      covers: () => true,
    };
  }
  const { salt, longInput } = obfuscation;
  const { cost, bytes: saltBytes } = parseSalt(salt);
  const one = async (text: string): Promise<string | null> => {
    const input = bcryptInput(text, longInput);
    // The salt is the same for all and stands before the hash; published with it, it would only help to guess.
    return input === null ? null : (await bcrypt(input, cost, saltBytes)).slice(salt.length);
  };
  // One list after the other: that of the next batch must not slow down this one's.
  let last: Promise<unknown> = Promise.resolve();
  return {
    obfuscate(texts, signal) {
      const work = last.then(() => inLanes(texts, threads, one, signal));
      last = work.catch(() => {});
      return work;
    },
    covers: (text) => longInput !== 'truncate' || Buffer.byteLength(text) <= bcryptBytes,
  };
}

const letters = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * The cost, and the 16 bytes that 22 letters of bcrypt's own base 64 stand for; the first letter holds the highest
 * bits, and the last four bits of the last letter are spare. The version (`2a`, `2b`, `2y`) makes no difference
 * below 256 bytes of input.
 */
function parseSalt(salt: string): { cost: number; bytes: Buffer } {
  const [, , cost = '', text = ''] = salt.split('$');
  let bits = 0n;
  for (const letter of text) bits = (bits << 6n) | BigInt(letters.indexOf(letter));
  return { cost: Number(cost), bytes: Buffer.from((bits >> 4n).toString(16).padStart(32, '0'), 'hex') };
}

/** Bytes, cut where the configuration lets them be cut, also inside a character, as bcrypt itself does. */
function bcryptInput(text: string, longInput: BcryptInput): Buffer | null {
  const bytes = Buffer.from(text, 'utf8');
  // For all texts, so that a short one cannot be mistaken for the hash of a long one.
  if (longInput === 'prehash') return Buffer.from(createHash('sha256').update(bytes).digest('base64'));
  if (bytes.length <= bcryptBytes) return bytes;
  return longInput === 'truncate' ? bytes.subarray(0, bcryptBytes) : null;
}

/**
 * Maps with so many calls under way at a time. All at once would fill Node's thread pool for minutes, and look-ups
 * of host names wait in the same queue.
 */
async function inLanes<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<R>,
  signal: AbortSignal,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      signal.throwIfAborted();
      results[index] = await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
