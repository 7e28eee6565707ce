import { setTimeout as sleep } from 'node:timers/promises';

/** Lets calls begin no closer together than so many milliseconds. */
export function createPace(intervalMs: number): (signal: AbortSignal) => Promise<void> {
  let next = 0;
  return async (signal) => {
    const now = Date.now();
    const wait = next - now;
    next = Math.max(next, now) + intervalMs;
    if (wait > 0) await sleep(wait, undefined, { signal });
  };
}
