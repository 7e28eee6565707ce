import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Claimant,
  type Holder,
  holderText,
  isOver,
  leaseLost,
  leaseMs,
  parseHolder,
  renewalMs,
  runInProgress,
} from '../../../src/core/lease.ts';

const now = new Date('2026-03-01T12:00:00Z');
beforeEach(() => {
  vi.useFakeTimers({ now });
});
afterEach(() => {
  vi.useRealTimers();
});

const claimant = (change: Partial<Claimant> = {}): Claimant => ({
  token: 'ours',
  host: 'here',
  pid: 7,
  isAlive: (pid) => pid === 8,
  ...change,
});
const holder = (change: Partial<Holder> = {}): Holder => ({
  token: 'theirs',
  host: 'elsewhere',
  pid: 8,
  until: '2026-03-01T12:00:00.001Z',
  ...change,
});

describe('a lease as it is written down', () => {
  it('says who holds it and for how long, and is read back', () => {
    const text = holderText(claimant());
    expect(text.endsWith('\n')).toBe(true);
    expect(parseHolder(text)).toEqual({
      token: 'ours',
      host: 'here',
      pid: 7,
      until: '2026-03-01T12:02:00.000Z',
    });
  });

  it('may miss three renewals before it ends', () => {
    expect(leaseMs).toBeGreaterThan(3 * renewalMs);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '"text"',
    '{"token":"t","host":"h","pid":1}',
    '{"token":"t","host":"h","pid":"1","until":"2026-03-01T12:02:00.000Z"}',
    '{"token":"t","host":"h","pid":1,"until":"2026-03-01T12:02:00.000Z"',
  ])('has no holder when it is %s', (text) => {
    expect(parseHolder(text)).toBeNull();
    expect(isOver(parseHolder(text), claimant())).toBe(true);
  });
});

describe('a lease of another run', () => {
  it.each<[string, Partial<Holder>, boolean]>([
    ['holds until its time is over', {}, false],
    ['is over at its time', { until: '2026-03-01T12:00:00.000Z' }, true],
    ['is over after its time', { until: '2026-02-28T12:00:00Z' }, true],
    ['is over when its time is none', { until: 'tomorrow' }, true],
    ['holds when a process on this machine is alive', { host: 'here', pid: 8 }, false],
    ['is over when the process on this machine is gone', { host: 'here', pid: 9 }, true],
    ['is over when its number on this machine is our own', { host: 'here', pid: 7 }, true],
    ['holds on another machine under a number that is not here', { pid: 9 }, false],
    ['holds on another machine under our own number', { pid: 7 }, false],
  ])('%s', (_, change, expected) => {
    // Our own process is alive, and yet cannot have written another token.
    expect(isOver(holder(change), claimant({ isAlive: (pid) => pid <= 8 }))).toBe(expected);
  });

  it('is told with its holder, where that is known', () => {
    expect(runInProgress('s3://b/k.lease', holder())).toMatchObject({
      code: 'RUN_IN_PROGRESS',
      kind: 'transient',
      message:
        'Another run holds the lease s3://b/k.lease (process 8 on elsewhere, until 2026-03-01T12:00:00.001Z unless renewed).',
    });
    expect(runInProgress('x', null).message).toBe('Another run holds the lease x.');
    expect(leaseLost('x')).toMatchObject({ code: 'LEASE_LOST', kind: 'transient' });
  });
});
