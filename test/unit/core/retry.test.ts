import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, PatronflowError } from '../../../src/core/errors.ts';
import { Backoff, type BackoffPolicy, type RetryPolicy, retry } from '../../../src/core/retry.ts';
import { failureOf } from '../support/fixtures.ts';

const policy: RetryPolicy = { attempts: 3, firstDelayMs: 20, kinds: ['transient'] };
const failing = (times: number, code: ErrorCode = 'STORE_BUSY') => {
  const calls: number[] = [];
  return {
    calls,
    work: async () => {
      calls.push(performance.now());
      if (calls.length <= times) throw new PatronflowError(code, `failure ${calls.length}`);
      return 'done';
    },
  };
};

describe('a call that may fail for a while', () => {
  it('is made again until it succeeds, and each failure is told', async () => {
    const { work, calls } = failing(2);
    const told: string[] = [];
    expect(await retry(policy, work, (error, attempt) => told.push(`${attempt} ${error.message}`))).toBe(
      'done',
    );
    expect(calls).toHaveLength(3);
    expect(told).toEqual(['1 failure 1', '2 failure 2']);
  });

  it('fails with the last error when the attempts are used up', async () => {
    const { work, calls } = failing(9);
    expect((await failureOf(() => retry(policy, work))).message).toBe('failure 3');
    expect(calls).toHaveLength(3);
  });

  it('waits longer each time', async () => {
    const { work, calls } = failing(2);
    await retry(policy, work);
    const [first = 0, second = 0, third = 0] = calls;
    // Timers may fire a millisecond early.
    expect(second - first).toBeGreaterThanOrEqual(19);
    expect(third - second).toBeGreaterThanOrEqual(39);
  });

  it('is made once when it succeeds', async () => {
    const { work, calls } = failing(0);
    expect(await retry(policy, work)).toBe('done');
    expect(calls).toHaveLength(1);
  });
});

describe('a call that another try cannot mend', () => {
  it.each<ErrorCode>(['STORE_FORBIDDEN', 'STORE_FULL', 'UNEXPECTED', 'STOPPED'])(
    'is made once: %s',
    async (code) => {
      const { work, calls } = failing(1, code);
      expect(await failureOf(() => retry(policy, work))).toMatchObject({ code });
      expect(calls).toHaveLength(1);
    },
  );

  it('is made once when the error is unknown', async () => {
    let calls = 0;
    const work = async () => {
      calls += 1;
      throw new Error('unknown');
    };
    expect((await failureOf(() => retry(policy, work))).message).toBe('unknown');
    expect(calls).toBe(1);
  });
});

describe('the wait between two calls', () => {
  const quick: BackoffPolicy = { attempts: 9, firstDelayMs: 10, jitter: 0 };
  /** Milliseconds of each wait; timers may fire a millisecond early. */
  const waits = async (backoff: Backoff, count: number, atLeastMs = 0) => {
    const taken: number[] = [];
    for (let wait = 0; wait < count; wait += 1) {
      const startedAt = performance.now();
      expect(await backoff.again({ atLeastMs })).toBe(true);
      taken.push(performance.now() - startedAt + 1);
    }
    return taken;
  };

  it('doubles up to the longest', async () => {
    const taken = await waits(new Backoff({ ...quick, maxDelayMs: 20 }), 7);
    expect(taken[0]).toBeGreaterThanOrEqual(10);
    expect(taken[1]).toBeGreaterThanOrEqual(20);
    // Doubled without an end it would be 640.
    expect(taken[6]).toBeLessThan(600);
  });

  it('is short again after a part that went well', async () => {
    const backoff = new Backoff(quick);
    await waits(backoff, 6);
    backoff.reset();
    const [next] = await waits(backoff, 1);
    expect(next).toBeLessThan(600);
  });

  it('is as long as the system asks for', async () => {
    const [only = 0] = await waits(new Backoff(quick), 1, 60);
    expect(only).toBeGreaterThanOrEqual(60);
  });

  it('ends with a stop', async () => {
    const backoff = new Backoff({ ...quick, firstDelayMs: 60_000 });
    await expect(backoff.again({ signal: AbortSignal.timeout(10) })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
  });

  it('does not come after the last call, and is not reported there', async () => {
    const told: number[] = [];
    const backoff = new Backoff({ ...quick, attempts: 2 });
    const onRetry = (failures: number) => told.push(failures);
    expect([await backoff.again({ onRetry }), await backoff.again({ onRetry })]).toEqual([true, false]);
    expect(told).toEqual([1]);
  });

  it('does not come when nothing went well for too long, here or beside it', async () => {
    const backoff = new Backoff({ ...quick, giveUpMs: 20 });
    await sleep(30);
    expect(await backoff.again({ lastGoodAt: Date.now() })).toBe(true);
    expect(await backoff.again()).toBe(false);
  });
});
