import { PatronflowError } from './errors.ts';
import { leaseRanOut, renewalMsOf } from './lease.ts';
import type { Log } from './log.ts';
import type { Lease } from './ports.ts';

/** What work knows of the lease that it runs under. */
export interface HeldLease {
  /** Aborted by a stop, and when the lease is lost. */
  readonly signal: AbortSignal;
  /**
   * To be asked before anything that only the holder may do: a process that was suspended, or cut off from the
   * store, wakes up with a lease that is over, and its timers late.
   * @throws PatronflowError LEASE_LOST
   */
  assertHeld(): Promise<void>;
}

/** Runs while it holds the lease, and stops as soon as it no longer does. */
export async function holdLease<T>(
  lease: Lease | null,
  log: Log,
  signal: AbortSignal,
  work: (held: HeldLease) => Promise<T>,
): Promise<T> {
  if (!lease || !(await isAcquired(lease, log, signal))) return work({ signal, assertHeld: async () => {} });
  const lost = new AbortController();
  const renewalMs = renewalMsOf(lease);
  let renewedAt = Date.now();
  let renewing: Promise<void> | null = null;
  const renewOnce = async (): Promise<void> => {
    const startedAt = Date.now();
    try {
      await lease.renew();
      renewedAt = startedAt;
    } catch (error) {
      if (error instanceof PatronflowError && error.code === 'LEASE_LOST') lost.abort(error);
      else if (Date.now() - renewedAt > lease.lastsMs) lost.abort(leaseRanOut(lease.name));
      else log.warn('The lease could not be renewed; trying again.', { lease: lease.name });
    }
  };
  // One at a time, and none waiting: of a store that is silent for minutes at a time they would queue up for hours.
  const renew = (): Promise<void> => {
    renewing ??= renewOnce().finally(() => {
      renewing = null;
    });
    return renewing;
  };
  const timer = setInterval(renew, renewalMs);
  try {
    return await work({
      signal: AbortSignal.any([signal, lost.signal]),
      assertHeld: async () => {
        if (Date.now() - renewedAt > 2 * renewalMs) await renew();
        lost.signal.throwIfAborted();
      },
    });
  } catch (error) {
    // Work that was told to stop says so in its own way; why it was told is what a person must know.
    throw lost.signal.aborted && !(error instanceof PatronflowError) ? lost.signal.reason : error;
  } finally {
    clearInterval(timer);
    // A renewal that is under way would write the lease anew behind its release.
    await renewing;
    await lease.release().catch(() => {});
  }
}

/** A role that was made for the checkpoint alone may not write beside it; that is no reason not to run. */
async function isAcquired(lease: Lease, log: Log, signal: AbortSignal): Promise<boolean> {
  try {
    await lease.acquire(signal);
    return true;
  } catch (error) {
    if (!(error instanceof PatronflowError) || error.code !== 'STORE_FORBIDDEN') throw error;
    log.warn(
      `Running without a lease: a second run at the same time would not be detected. ${error.message}`,
      {
        lease: lease.name,
      },
    );
    return false;
  }
}
