import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorKind, PatronflowError } from './errors.ts';

export interface RetryPolicy {
  /** Calls in all, the first included. */
  readonly attempts: number;
  /** Wait before the second call; it doubles each time, with up to half of it added at random. */
  readonly firstDelayMs: number;
  /** Errors that another call may mend. Adapters classify, nobody else guesses. */
  readonly kinds: readonly ErrorKind[];
}

/** Three calls over some ten seconds, beyond what a driver tries itself: a fail-over takes that long, an outage longer. */
export const standardRetry: RetryPolicy = { attempts: 3, firstDelayMs: 2500, kinds: ['transient'] };

/**
 * Five calls over some forty seconds, also where nothing answers: for what was there a moment ago, when giving up
 * costs more than waiting. Once old files are gone a group would have none; a long poll would start its batch again.
 */
export const persistentRetry: RetryPolicy = {
  attempts: 5,
  firstDelayMs: 2500,
  kinds: ['transient', 'fatal'],
};

/**
 * Calls `work` until it succeeds, fails with an error that another try cannot mend, or the attempts are used up.
 * fails with an error that the policy does not try again.
 */
export async function retry<T>(
  policy: RetryPolicy,
  work: () => Promise<T>,
  onRetry: (error: PatronflowError, attempt: number) => void = () => {},
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PatronflowError) || !policy.kinds.includes(error.kind)) throw error;
      if (attempt >= policy.attempts) throw error;
      onRetry(error, attempt);
      const delay = policy.firstDelayMs * 2 ** (attempt - 1);
      await sleep(delay * (1 + Math.random() / 2), undefined, signal && { signal });
    }
  }
}
