import type { CounterKind } from './read-counters.ts';

/** A job of Alma that loads the files of some groups. */
export interface SisJobSettings {
  /** Id of the integration profile; null where it is named. */
  readonly profile: string | null;
  /** Name of the profile, or of the job; null where the id is given. */
  readonly name: string | null;
  readonly groups: readonly string[];
}

/** What is to be done about Alma's jobs after a delivery. */
export interface SisSettings {
  /** `start`: the run starts them; `find`: a schedule does, and the run waits for it; `none`: neither. */
  readonly after: 'none' | 'start' | 'find';
  readonly jobs: readonly SisJobSettings[];
  /** How long one job is waited for, from its start or from the delivery on. */
  readonly limitMs: number;
  /** Codes of counters that their labels do not tell. */
  readonly counters: Readonly<Partial<Record<CounterKind, string | undefined>>>;
  /** Whether rejected users are named by their ids. */
  readonly showsIds: boolean;
  /** An Alma that must not be asked to start a job is told by its environment; null where any will do. */
  readonly environment: 'production' | 'sandbox' | null;
  readonly pace: Pace;
}

/** Waits between looks: short ones first, since a small job ends in seconds. */
export interface Pace {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** From a second to a minute: some 130 calls in two hours, and no job of seconds is waited for a minute. */
export const usualPace: Pace = { firstMs: 1000, maxMs: 60_000 };
