import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import { type HeldLease, holdLease } from '../../../src/core/hold-lease.ts';
import { leaseMs, renewalMs } from '../../../src/core/lease.ts';
import type { Lease } from '../../../src/core/ports.ts';
import { failureOf } from '../support/fixtures.ts';
import { memoryLog } from '../support/poll-ports.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const { signal } = new AbortController();

/** A lease that writes down what was asked of it, and fails as it is told. */
function memoryLease(fail: Partial<Record<'acquire' | 'renew' | 'release', PatronflowError>> = {}) {
  const calls: string[] = [];
  const call = (name: 'acquire' | 'renew' | 'release') => async () => {
    calls.push(name);
    const error = fail[name];
    if (error) throw error;
  };
  const lease: Lease = {
    name: 'state.lease',
    lastsMs: leaseMs,
    check: async () => '',
    close: async () => {},
    acquire: call('acquire'),
    renew: call('renew'),
    release: call('release'),
  };
  return { lease, calls, fail };
}

/** Works until it is told to stop, or for so long. */
const busy =
  (milliseconds: number) =>
  ({ signal: held }: Pick<HeldLease, 'signal'>): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve('done'), milliseconds);
      held.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(held.reason);
      });
    });

describe('a lease', () => {
  it('is taken before the work, renewed in time while it goes on, and given back', async () => {
    const { lease, calls } = memoryLease();
    const { log, lines } = memoryLog();
    const work = holdLease(lease, log, signal, busy(leaseMs));
    await vi.advanceTimersByTimeAsync(renewalMs);
    expect(calls).toEqual(['acquire', 'renew']);
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(await work).toBe('done');
    expect(calls).toEqual(['acquire', 'renew', 'renew', 'renew', 'renew', 'release']);
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(calls).toHaveLength(6);
    expect(vi.getTimerCount()).toBe(0);
    expect(lines).toEqual([]);
  });

  it('is given back when the work fails, and the failure is handed on', async () => {
    const { lease, calls } = memoryLease({ release: new PatronflowError('STORE_BUSY', 'Busy.') });
    const error = await failureOf(() =>
      holdLease(lease, memoryLog().log, signal, async () => {
        throw new PatronflowError('SOURCE_LOST', 'Gone.');
      }),
    );
    expect(error).toMatchObject({ code: 'SOURCE_LOST' });
    expect(calls).toEqual(['acquire', 'release']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that another run holds keeps the work from beginning', async () => {
    const { lease, calls } = memoryLease({ acquire: new PatronflowError('RUN_IN_PROGRESS', 'Held.') });
    const work = vi.fn();
    expect(await failureOf(() => holdLease(lease, memoryLog().log, signal, work))).toMatchObject({
      code: 'RUN_IN_PROGRESS',
    });
    expect(work).not.toHaveBeenCalled();
    expect(calls).toEqual(['acquire']);
  });

  it('that may not be written is done without, and the log warns', async () => {
    const { lease, calls } = memoryLease({ acquire: new PatronflowError('STORE_FORBIDDEN', 'No.') });
    const { log, lines } = memoryLog();
    const work = holdLease(lease, log, signal, busy(leaseMs));
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(await work).toBe('done');
    expect(calls).toEqual(['acquire']);
    expect(lines).toEqual([
      {
        level: 'warn',
        message: 'Running without a lease: a second run at the same time would not be detected. No.',
        facts: { lease: 'state.lease' },
      },
    ]);
  });

  it('that could not be renewed is tried again, and the work goes on', async () => {
    const { lease, fail } = memoryLease({ renew: new PatronflowError('STORE_BUSY', 'Busy.') });
    const { log, lines } = memoryLog();
    const work = holdLease(lease, log, signal, busy(3.5 * renewalMs));
    await vi.advanceTimersByTimeAsync(2 * renewalMs);
    delete fail.renew;
    await vi.advanceTimersByTimeAsync(2 * renewalMs);
    expect(await work).toBe('done');
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
  });

  it('that was lost ends the work at once, with that error', async () => {
    const { lease, calls } = memoryLease({ renew: new PatronflowError('LEASE_LOST', 'Lost.') });
    const work = holdLease(lease, memoryLog().log, signal, busy(10 * leaseMs));
    const failure = failureOf(() => work);
    await vi.advanceTimersByTimeAsync(renewalMs);
    expect(await failure).toMatchObject({ code: 'LEASE_LOST' });
    expect(calls).toEqual(['acquire', 'renew', 'release']);
  });

  it('that was lost is the error, even if the work throws another when it is told to stop', async () => {
    const { lease } = memoryLease({ renew: new PatronflowError('LEASE_LOST', 'Lost.') });
    // As a wait of Node's does: an AbortError that does not tell where it comes from.
    const work = holdLease(lease, memoryLog().log, signal, (held) =>
      busy(10 * leaseMs)(held).catch(() => {
        throw new DOMException('The operation was aborted', 'AbortError');
      }),
    );
    const failure = failureOf(() => work);
    await vi.advanceTimersByTimeAsync(renewalMs);
    expect(await failure).toMatchObject({ code: 'LEASE_LOST' });
  });

  it('lets a stop through to the work', async () => {
    const stop = new AbortController();
    const { lease, calls } = memoryLease();
    const work = holdLease(lease, memoryLog().log, stop.signal, busy(10 * leaseMs));
    const failure = failureOf(() => work);
    await vi.advanceTimersByTimeAsync(1);
    stop.abort(new Error('told to stop'));
    expect((await failure).message).toBe('told to stop');
    expect(calls).toEqual(['acquire', 'release']);
  });

  it('need not be there', async () => {
    expect(await holdLease(null, memoryLog().log, signal, async (held) => held.signal === signal)).toBe(true);
  });

  it('is asked for again before what only its holder may do, when it was not renewed for long', async () => {
    const { lease, calls, fail } = memoryLease();
    const work = holdLease(lease, memoryLog().log, signal, async ({ assertHeld }) => {
      await assertHeld();
      // Suspended: the clock goes on, the timers do not.
      vi.setSystemTime(Date.now() + leaseMs);
      await assertHeld();
      fail.renew = new PatronflowError('LEASE_LOST', 'Lost.');
      vi.setSystemTime(Date.now() + leaseMs);
      await assertHeld();
      return 'done';
    });
    expect(await failureOf(() => work)).toMatchObject({ code: 'LEASE_LOST' });
    expect(calls).toEqual(['acquire', 'renew', 'renew', 'release']);
  });

  it('that was renewed for long is not lost when it cannot be once', async () => {
    const { lease, fail } = memoryLease();
    const { log, lines } = memoryLog();
    const work = holdLease(lease, log, signal, busy(3 * leaseMs));
    await vi.advanceTimersByTimeAsync(2 * leaseMs);
    fail.renew = new PatronflowError('STORE_BUSY', 'Busy.');
    await vi.advanceTimersByTimeAsync(renewalMs);
    delete fail.renew;
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(await work).toBe('done');
    expect(lines).toHaveLength(1);
  });

  it('is given back only after a renewal that is under way, which would write it anew', async () => {
    const { lease, calls } = memoryLease();
    const slow: Lease = {
      ...lease,
      renew: async () => {
        await new Promise((resolve) => setTimeout(resolve, renewalMs / 2));
        await lease.renew();
      },
    };
    const work = holdLease(slow, memoryLog().log, signal, busy(renewalMs + 1));
    await vi.advanceTimersByTimeAsync(2 * renewalMs);
    expect(await work).toBe('done');
    expect(calls).toEqual(['acquire', 'renew', 'release']);
  });

  it('is renewed once at a time, so that a store that hangs is not waited for again and again', async () => {
    const { lease, calls } = memoryLease();
    const hanging: Lease = {
      ...lease,
      renew: async () => {
        calls.push('renewal begins');
        await new Promise((resolve) => setTimeout(resolve, 4 * renewalMs));
      },
    };
    const work = holdLease(hanging, memoryLog().log, signal, busy(3.5 * renewalMs));
    await vi.advanceTimersByTimeAsync(5 * renewalMs);
    expect(await work).toBe('done');
    expect(calls).toEqual(['acquire', 'renewal begins', 'release']);
  });

  it('that could not be renewed for as long as it lasts is lost', async () => {
    const { lease } = memoryLease({ renew: new PatronflowError('STORE_BUSY', 'Busy.') });
    const work = holdLease(lease, memoryLog().log, signal, busy(10 * leaseMs));
    const failure = failureOf(() => work);
    await vi.advanceTimersByTimeAsync(leaseMs + 2 * renewalMs);
    expect(await failure).toMatchObject({
      code: 'LEASE_LOST',
      message: expect.stringContaining('could not be renewed'),
    });
  });
});
