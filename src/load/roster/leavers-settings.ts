import type { UserTemplate } from '../template/user-template.ts';

/** The group of the file of leavers: the first part of its name. */
export const leaversGroup = 'leavers';

/** What becomes of users who are in no group any more. */
export interface LeaversSettings {
  /** Laid over the user that was sent last. */
  readonly template: UserTemplate;
  /** Fingerprint of the template and of these settings: with new ones the trial begins anew. */
  readonly fingerprint: string;
  /** Days and runs that a user must have been missing for. */
  readonly afterDays: number;
  readonly afterRuns: number;
  /** More leavers than this in a run, as a share of the roster or as a number, are a mistake of the feed. */
  readonly maxShare: number;
  readonly maxUsers: number;
  /** A run with a greater share of rejected rows says of no one that they have left. */
  readonly maxRejects: number;
  /** Runs that only report whom they would expire. */
  readonly trialRuns: number;
  /** Least days from a run to the purge date of a leaver. */
  readonly purgeAfterDays: number;
}
