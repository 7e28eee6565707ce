import type { Checkpoint } from '../core/ports.ts';
import { retry } from '../core/retry.ts';
import type { PollJob } from './job.ts';
import { assertSameKey, keyFingerprint } from './key-fingerprint.ts';
import type { Obfuscator } from './obfuscate.ts';
import { type PollState, parseState } from './state.ts';

/** What the runs before have noted; null where there is no checkpoint, or nothing in it yet. */
export async function readState(
  { zone, retry: policy }: PollJob,
  checkpoint: Checkpoint<unknown> | null,
  signal: AbortSignal,
): Promise<PollState | null> {
  if (!checkpoint) return null;
  const document = await retry(policy, () => checkpoint.load(signal), undefined, signal);
  return document === null ? null : parseState(document, checkpoint.name, zone);
}

/**
 * The same, before anything is made with the key.
 * @returns the state, and the fingerprint of the key
 * @throws PatronflowError KEY_CHANGED where the runs before had another key: records made with it would be about strangers
 */
export async function readStateOfKey(
  job: PollJob,
  { checkpoint, obfuscator }: { checkpoint: Checkpoint<unknown> | null; obfuscator: Obfuscator },
  signal: AbortSignal,
): Promise<{ state: PollState | null; key: string }> {
  const key = await keyFingerprint(obfuscator, signal);
  const state = await readState(job, checkpoint, signal);
  if (checkpoint && state) assertSameKey(state.keyFingerprint, key, checkpoint.name);
  return { state, key };
}
