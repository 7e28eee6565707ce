import { retry } from '../core/retry.ts';
import type { PollJob } from './job.ts';
import type { PatronSource } from './ports.ts';

/**
 * The run's `now`, but not before all is settled by the server's own clock: patrons behind a slow clock, or in a
 * transaction that is still open, would be passed over. A replay of a time long ago has nothing to wait for.
 * @returns that time, and what the server's clock tells
 */
export async function settledUntil(
  { now, safetyLagMs, retry: policy }: PollJob,
  source: PatronSource,
  signal: AbortSignal,
): Promise<{ end: Date; server: Date }> {
  const server = await retry(policy, () => source.clock(signal), undefined, signal);
  return { end: new Date(Math.min(now.getTime(), server.getTime() - safetyLagMs)), server };
}
