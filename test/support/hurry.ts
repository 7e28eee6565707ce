import { vi } from 'vitest';

const hurried = (ms: number | undefined) => (ms === undefined || ms < 1000 ? ms : ms / 1000);

/**
 * Makes a second a millisecond for the time-outs of adapters and drivers, until `vi.restoreAllMocks()`. Who sets none
 * still waits forever. Not the clock of vitest: its time stands still between two steps, and sockets need theirs.
 */
export function hurry(): void {
  const { setTimeout: timeout, setInterval: interval } = globalThis;
  const signal = AbortSignal.timeout;
  const later = (work: () => void, ms?: number, ...values: []) => timeout(work, hurried(ms), ...values);
  const often = (work: () => void, ms?: number, ...values: []) => interval(work, hurried(ms), ...values);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(later as typeof setTimeout);
  vi.spyOn(globalThis, 'setInterval').mockImplementation(often as typeof setInterval);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => signal(hurried(ms) ?? ms));
}
