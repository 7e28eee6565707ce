import type { Adapter, DatabaseSettings } from '../../core/ports.ts';
import { urlDescriptor } from '../../core/registry.ts';
import type { TurnsOf } from '../ports.ts';
import type { BackfillPlan } from './plan.ts';
import type { RangePlace, RangeResult } from './run-range.ts';

/** A range in a queue, as everybody sees it. */
export interface QueuedRange {
  readonly range: number;
  /** `waiting`: also for another try. `failed`: set aside after its last one. */
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** Who works on it, or did; null where that is not known. */
  readonly worker: string | null;
  /** Milliseconds since 1970, by the clock of the worker. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly tries: number;
  /** Why its last try failed. */
  readonly why: string | null;
}

export interface QueueState {
  readonly isPaused: boolean;
  /** Ranges that are worked on at a time at most, by all workers together; null: as many as there are workers for. */
  readonly atOnce: number | null;
  readonly ranges: readonly QueuedRange[];
}

/** Works on one range. Its place is that of the queue: a worker that lost it is told so by its lease. */
export type WorkOnRange = (range: number, place: RangePlace) => Promise<RangeResult>;

/** Hands the ranges of one plan out to any number of workers. */
export interface RangeQueue extends Adapter {
  /** @returns null where the queue has no plan */
  plan(signal: AbortSignal): Promise<BackfillPlan | null>;
  /**
   * Puts a plan in place of the one before, with all its ranges waiting.
   * @param atOnce as in QueueState
   */
  fill(plan: BackfillPlan, atOnce: number | null): Promise<void>;
  /**
   * Hands ranges of the plan to `work`, as many at a time as one process works on, until each is done or set aside. The range of a
   * worker that died is handed out anew. A range that failed is tried again after a wait, and set aside after its last try. One that
   * is under way when the signal is aborted is given back.
   */
  work(plan: BackfillPlan, work: WorkOnRange, signal: AbortSignal): Promise<void>;
  state(signal: AbortSignal): Promise<QueueState>;
  /** No more ranges are handed out; those under way come to their end. */
  pause(): Promise<void>;
  /** @param atOnce as in QueueState; undefined leaves it as it is */
  resume(atOnce?: number | null): Promise<void>;
  /** Hands out again what was set aside. @returns how many ranges */
  retry(signal: AbortSignal): Promise<number>;
  readonly turnsOf: TurnsOf;
}

export interface RangeQueueSettings extends DatabaseSettings {
  /** What others see of this worker: its machine and process. */
  readonly worker: string;
  /** Hears of troubles that mend themselves. */
  readonly warn: (message: string) => void;
}

/** How the files of queues describe themselves; core/registry.ts says what is in a descriptor. */
export const rangeQueueAdapter = urlDescriptor<RangeQueue, RangeQueueSettings>();
