import { z } from 'zod';
import { pause } from './abort.ts';
import { PatronflowError } from './errors.ts';
import { safeText } from './safe-text.ts';

/** How long a lease beside a document lasts that is not renewed: a store may be slow, and its clock a little off. */
export const leaseMs = 120_000;

/** How often a lease is renewed: three renewals may fail before it ends. */
export function renewalMsOf({ lastsMs }: { readonly lastsMs: number }): number {
  return lastsMs / 4;
}

/** How often such a lease is renewed. */
export const renewalMs = renewalMsOf({ lastsMs: leaseMs });

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
  /** Told of what takes long and of what a person should look at. */
  warn?(message: string): void;
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

/**
 * Whether it ends later than a run can have dated it: the clock of its machine or of ours is wrong, or a person wrote it.
 * Twice as long as a lease lasts: clocks that differ by less do no harm.
 */
function isDatedAhead(holder: Holder): boolean {
  return Date.parse(holder.until) - Date.now() > 2 * leaseMs;
}

/** How long a lease is watched whose date tells nothing: a run that lives renews it four times meanwhile. */
export const watchMs = leaseMs + renewalMs;

/**
 * Tells whether a claimant may take a lease. Where its date tells nothing, it is watched whether a run renews it.
 * @param lookAgain reads it once more
 */
export async function hasEnded(
  holder: Holder | null,
  lookAgain: () => Promise<Holder | null>,
  claimant: Claimant,
  signal: AbortSignal,
): Promise<boolean> {
  if (holder === null || isOver(holder, claimant)) return true;
  if (!isDatedAhead(holder)) return false;
  claimant.warn?.(
    `The lease of another run is dated ${safeText(holder.until)}, too far in the future to be right. Watching it for ${watchMs / 60_000} minutes: a live run renews it.`,
  );
  await pause(watchMs, signal);
  const found = await lookAgain();
  return found === null || (found.token === holder.token && found.until === holder.until);
}

/** What a look at a lease finds, for a person. */
export function leaseState(holder: Holder | null, claimant: Claimant): string {
  if (holder === null || isOver(holder, claimant)) return 'free';
  if (!isDatedAhead(holder)) return 'held by a run';
  return `dated ${safeText(holder.until)}, too far in the future; the next run takes it over unless it is renewed within ${watchMs / 60_000} minutes`;
}

export function runInProgress(place: string, holder: Holder | null): PatronflowError {
  const who = holder
    ? `process ${holder.pid} on ${safeText(holder.host)}, until ${safeText(holder.until)} unless renewed`
    : '';
  const hint =
    holder && isDatedAhead(holder)
      ? 'That run is alive: it renewed its lease while this run watched. The date of its lease is too far in the future: correct the clocks of both machines.'
      : 'Wait for it to end. The lease of a run that died ends by itself within two minutes.';
  return new PatronflowError(
    'RUN_IN_PROGRESS',
    `Another run holds the lease ${place}${who && ` (${who})`}.`,
    { hint },
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
