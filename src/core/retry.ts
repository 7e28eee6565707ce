import { setTimeout as sleep } from 'node:timers/promises';
import { PatronflowError } from './errors.ts';

export interface RetryPolicy {
  /** Calls in all, the first included. */
  readonly attempts: number;
  /** Wait before the second call; it doubles each time, with up to half of it added at random. */
  readonly firstDelayMs: number;
}

/** Three calls over some ten seconds, beyond what a driver tries itself: a fail-over takes that long, an outage longer. */
export const standardRetry: RetryPolicy = { attempts: 3, firstDelayMs: 2500 };

/**
 * Calls `work` until it succeeds, fails with an error that another try cannot mend, or the attempts are used up.
 * Only errors of kind `transient` are tried again: adapters classify, nobody else guesses.
 */
export async function retry<T>(
  policy: RetryPolicy,
  work: () => Promise<T>,
  onRetry: (error: PatronflowError, attempt: number) => void = () => {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PatronflowError) || error.kind !== 'transient') throw error;
      if (attempt >= policy.attempts) throw error;
      onRetry(error, attempt);
      const delay = policy.firstDelayMs * 2 ** (attempt - 1);
      await sleep(delay * (1 + Math.random() / 2));
    }
  }
}
