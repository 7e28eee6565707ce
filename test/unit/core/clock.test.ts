import { describe, expect, it } from 'vitest';
import { dayOf, fileStamp, monthsAfter } from '../../../src/core/clock.ts';

describe('the time of a run', () => {
  const now = new Date('2026-02-28T23:30:05.678-05:00');

  it('is UTC in file names and in days', () => {
    expect(fileStamp(now)).toBe('2026-03-01_04.30.05');
    expect(dayOf(now)).toBe('2026-03-01');
  });

  it('counts months in one step, clamped to the end of the month', () => {
    expect(monthsAfter(new Date('2025-08-29T00:00:00Z'), 30)).toBe('2028-02-29');
    expect(monthsAfter(new Date('2025-08-31T23:59:59Z'), 6)).toBe('2026-02-28');
    expect(monthsAfter(new Date('2025-12-31T00:00:00Z'), 12)).toBe('2026-12-31');
    expect(monthsAfter(new Date('2024-02-29T00:00:00Z'), -12)).toBe('2023-02-28');
  });
});
