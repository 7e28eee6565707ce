import { setTimeout as sleep } from 'node:timers/promises';
import { PatronflowError } from './errors.ts';

export interface RetryPolicy {
  /** Calls in all, the first included. */
  readonly attempts: number;
  /** Wait before the second call; it doubles each time, with up to half of it added at random. */
  readonly firstDelayMs: number;
}

/** Five calls over about 15 seconds: longer than a fail-over of a managed service's front, shorter than patience. */
export const standardRetry: RetryPolicy = { attempts: 5, firstDelayMs: 1000 };

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
