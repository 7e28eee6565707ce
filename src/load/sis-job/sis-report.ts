import type { AlmaReason } from './group-reasons.ts';
import type { Counts } from './read-counters.ts';

/**
 * What Alma made of delivered files. `taken`: its job ended well, though it may have rejected some users; `failed`: it did
 * not; `unknown`: it could not be asked, did not begin or did not end in time.
 */
export type SisResult = 'taken' | 'failed' | 'unknown';

/** One job, for all groups whose files it loads. */
export interface SisJobReport {
  /** The job as Alma calls it, or as the configuration does where it was not found. */
  readonly job: string;
  readonly groups: readonly string[];
  readonly result: SisResult;
  /** What happened where it did not end well, and what to do; '' where it did. */
  readonly why: string;
  /** Alma's code for how its run ended or goes on; '' where there is none. */
  readonly status: string;
  /** Alma's id of the run. */
  readonly instance: string;
  readonly startedBy: 'patronflow' | 'schedule' | null;
  readonly submittedAt: string;
  readonly endedAt: string;
  /** Users in the delivered files. */
  readonly delivered: number;
  readonly counts: Counts;
  readonly otherCounters: readonly { readonly label: string; readonly value: number }[];
  /** Users whom Alma accounts for beyond those delivered; below zero they are missing. Null where it is not known. */
  readonly difference: number | null;
  readonly alerts: readonly string[];
  readonly reasons: readonly AlmaReason[];
  /** Rejected users whose reasons were not read. */
  readonly reasonsMissing: number;
  readonly warnings: readonly string[];
}

/** What Alma made of a delivery, job by job; null for a run that did not ask. */
export interface SisReport {
  readonly jobs: readonly SisJobReport[];
}

export const noCounts: Counts = {
  processed: null,
  created: null,
  updated: null,
  unchanged: null,
  rejected: null,
};

/** Whether a person must look: Alma refused some users, accounts for others than were delivered, or its job did not end well. */
export function needsLook({ jobs }: SisReport): boolean {
  return jobs.some(
    ({ result, counts, difference }) =>
      result !== 'taken' || (counts.rejected ?? 0) > 0 || (difference ?? 0) !== 0,
  );
}
