import { describe, expect, it } from 'vitest';
import { type ErrorCode, PatronflowError } from '../../../src/core/errors.ts';
import { type RetryPolicy, retry } from '../../../src/core/retry.ts';
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

  it('is made once when nobody knows the error', async () => {
    let calls = 0;
    const work = async () => {
      calls += 1;
      throw new Error('unknown');
    };
    expect((await failureOf(() => retry(policy, work))).message).toBe('unknown');
    expect(calls).toBe(1);
  });
});
