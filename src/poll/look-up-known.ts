import { retry } from '../core/retry.ts';
import type { BatchContext } from './job.ts';
import type { KnownAddress, PatronInfo } from './ports.ts';

/** What the warehouse knows of addresses, by their hash; nothing where there is no warehouse. */
export function findKnownAddresses(
  hashes: readonly string[],
  context: BatchContext,
): Promise<ReadonlyMap<string, KnownAddress>> {
  const { warehouse } = context.ports;
  return ask(hashes, context, () => warehouse?.byAddressHash(hashes, context.signal));
}

/** What the warehouse knows of patrons, by their obfuscated id. */
export function findPatrons(
  patronIds: readonly string[],
  context: BatchContext,
): Promise<ReadonlyMap<string, PatronInfo>> {
  const { warehouse } = context.ports;
  return ask(patronIds, context, () => warehouse?.byPatronId(patronIds, context.signal));
}

/** A connection that was lost is opened anew, and what was asked is asked again. */
async function ask<T>(
  keys: readonly string[],
  { job, ports, signal }: BatchContext,
  work: () => Promise<ReadonlyMap<string, T>> | undefined,
): Promise<ReadonlyMap<string, T>> {
  if (keys.length === 0) return new Map();
  const found = await retry(
    job.persistentRetry,
    async () => work(),
    (error, attempt) => ports.log.warn(`${error.message} Retrying the warehouse query.`, { attempt }),
    signal,
  );
  return found ?? new Map();
}
