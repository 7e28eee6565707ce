import { PatronflowError } from '../core/errors.ts';
import { renewalMs } from '../core/lease.ts';
import type { Log } from '../core/log.ts';
import type { Lease } from '../core/ports.ts';

/**
 * Runs while it holds the lease, and stops as soon as it no longer does.
 * @param work is given a signal that also aborts when the lease is lost
 */
export async function holdLease<T>(
  lease: Lease | null,
  log: Log,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (!lease || !(await isAcquired(lease, log, signal))) return work(signal);
  const lost = new AbortController();
  const timer = setInterval(() => {
    lease.renew().catch((error) => {
      if (error instanceof PatronflowError && error.code === 'LEASE_LOST') lost.abort(error);
      else log.warn('The lease could not be renewed; it is tried again.', { lease: lease.name });
    });
  }, renewalMs);
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    // Some waits end a stop with an error of their own, which does not tell the reason.
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    clearInterval(timer);
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
    log.warn('The lease may not be written: a second run at the same time would not be noticed.', {
      lease: lease.name,
    });
    return false;
  }
}
