import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorKind, PatronflowError } from './errors.ts';

/** How often, and how far apart, something is tried again. */
export interface BackoffPolicy {
  /** Calls in all, the first included. */
  readonly attempts: number;
  /** Wait before the second call; it doubles each time. */
  readonly firstDelayMs: number;
  /** The longest wait, before anything is added to it. */
  readonly maxDelayMs?: number;
  /** Share of a wait that is added at random at most, so that callers do not come back all at once: half of it. */
  readonly jitter?: number;
  /** Calls end when nothing went well for this long. */
  readonly giveUpMs?: number;
}

export interface RetryPolicy extends BackoffPolicy {
  /** Errors that another call may mend. Only adapters classify errors. */
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

/** What is known of a failure, and of what goes on around it. */
export interface Failure {
  /** When anything like it went well last, here or in a call beside this one. */
  readonly lastGoodAt?: number;
  /** The wait that the system asked for. */
  readonly atLeastMs?: number;
  /** Told before the wait: the number of the failure, and how long the wait is. */
  readonly onRetry?: (failures: number, waitMs: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Counts the failures of one piece of work, and waits between its calls. For work whose answers are no errors, or
 * that comes to its end by parts; anything else is `retry`'s.
 */
export class Backoff {
  readonly #policy: BackoffPolicy;
  readonly #startedAt = Date.now();
  #failures = 0;

  constructor(policy: BackoffPolicy) {
    this.#policy = policy;
  }

  /**
   * Counts a failure, and waits before another call.
   * @returns false, at once, where there is to be none
   */
  async again({ lastGoodAt = 0, atLeastMs = 0, onRetry, signal }: Failure = {}): Promise<boolean> {
    const { attempts, firstDelayMs, maxDelayMs = Infinity, jitter = 0.5, giveUpMs = Infinity } = this.#policy;
    this.#failures += 1;
    if (this.#failures >= attempts) return false;
    if (Date.now() - Math.max(lastGoodAt, this.#startedAt) > giveUpMs) return false;
    const delay = Math.max(atLeastMs, Math.min(firstDelayMs * 2 ** (this.#failures - 1), maxDelayMs));
    const waitMs = delay * (1 + Math.random() * jitter);
    onRetry?.(this.#failures, waitMs);
    await sleep(waitMs, undefined, signal && { signal });
    return true;
  }

  /** Begins anew: a part went well, so the rest gets all its calls. */
  reset(): void {
    this.#failures = 0;
  }
}

/**
 * Calls `work` until it succeeds, fails with an error that another call cannot mend, or the attempts are used up.
 * @param onRetry told of each error that is followed by another call
 */
export async function retry<T>(
  policy: RetryPolicy,
  work: () => Promise<T>,
  onRetry: (error: PatronflowError, attempt: number) => void = () => {},
  signal?: AbortSignal,
): Promise<T> {
  const backoff = new Backoff(policy);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PatronflowError) || !policy.kinds.includes(error.kind)) throw error;
      const isTriedAgain = await backoff.again({ signal, onRetry: (attempt) => onRetry(error, attempt) });
      if (!isTriedAgain) throw error;
    }
  }
}
