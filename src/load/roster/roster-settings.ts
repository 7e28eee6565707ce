import type { PlanLimits } from './guard-plan.ts';

/** What a job does with its roster. */
export interface RosterSettings {
  /** Days after which people who are gone are forgotten. */
  readonly keepDays: number;
  readonly limits: PlanLimits;
}
