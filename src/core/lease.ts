import { z } from 'zod';
import { PatronflowError } from './errors.ts';

/** How long a lease lasts that is not renewed: as long as a run that died keeps others away. */
export const leaseMs = 120_000;

/** How often it is renewed: three renewals may fail before it ends. */
export const renewalMs = 30_000;

/** Who holds a lease, as it is written down. */
const holderSchema = z.object({
  /** Made up for each run. */
  token: z.string(),
  host: z.string(),
  pid: z.number(),
  /** When it ends unless it is renewed, ISO 8601. */
  until: z.string(),
});

export type Holder = z.output<typeof holderSchema>;

/** A process that wants a lease, and what it knows of its neighbours. */
export interface Claimant {
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  isAlive(pid: number): boolean;
}

/** The text that is written down when a claimant takes or renews a lease now. */
export function holderText({ token, host, pid }: Claimant): string {
  const until = new Date(Date.now() + leaseMs).toISOString();
  return `${JSON.stringify({ token, host, pid, until } satisfies Holder)}\n`;
}

/** @returns null for what no run can have written as a whole: such a lease stops no run */
export function parseHolder(text: string): Holder | null {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * Tells whether a lease no longer stops other runs: its time is over, or its process was on this machine and has
 * ended. Our own number in another run's lease is that of a container that was started again.
 */
export function isOver(holder: Holder | null, { host, pid, isAlive }: Claimant): boolean {
  if (holder === null || !(Date.parse(holder.until) > Date.now())) return true;
  return holder.host === host && (holder.pid === pid || !isAlive(holder.pid));
}

export function runInProgress(place: string, holder: Holder | null): PatronflowError {
  const who = holder ? `process ${holder.pid} on ${holder.host}, until ${holder.until} unless renewed` : '';
  return new PatronflowError(
    'RUN_IN_PROGRESS',
    `Another run holds the lease ${place}${who && ` (${who})`}.`,
    {
      hint: 'Wait for it to end. The lease of a run that died ends by itself within two minutes.',
    },
  );
}

export function leaseLost(place: string): PatronflowError {
  return new PatronflowError('LEASE_LOST', `Another run took over the lease ${place}.`, {
    hint: 'Run again once it has ended; what this run sent is in the checkpoint.',
  });
}

export function leaseRanOut(place: string): PatronflowError {
  return new PatronflowError(
    'LEASE_LOST',
    `The lease ${place} ran out, since it could not be renewed: another run may have begun.`,
    {
      hint: 'Run again once the store answers.',
    },
  );
}
