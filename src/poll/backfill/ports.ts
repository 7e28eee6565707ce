import type { Adapter, Checkpoint, DatabaseSettings, Lease } from '../../core/ports.ts';
import { urlDescriptor } from '../../core/registry.ts';
import type { TurnsOf } from '../ports.ts';

/** Where a range is noted, and what keeps a second run away from it. */
export interface RangePlace {
  readonly checkpoint: Checkpoint<unknown>;
  readonly lease: Lease | null;
  close(): Promise<void>;
}

/** A range in a queue, as all workers see it. */
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

/**
 * Works on one range. Its place is that of the queue: a worker that lost it is told so by its lease.
 * @returns null when it is done; otherwise why it is not, in words that may be shown
 */
export type WorkOnRange = (range: number, place: RangePlace) => Promise<string | null>;

/** Hands the ranges of one plan out to any number of workers. */
export interface RangeQueue extends Adapter {
  /** @returns the plan's document; null where the queue has none */
  plan(signal: AbortSignal): Promise<unknown>;
  /**
   * Puts a plan in place of the one before, with all its ranges waiting.
   * @param ranges how many it has
   * @param atOnce as in QueueState
   */
  fill(plan: unknown, ranges: number, atOnce: number | null): Promise<void>;
  /**
   * Hands ranges to `work`, as many at a time as one process works on, until all of them are done or set aside. The range of a
   * worker that died is handed out anew. A range that failed is tried again after a wait, and set aside after its last try. One that
   * is under way when the signal is aborted is given back.
   */
  work(ranges: number, work: WorkOnRange, signal: AbortSignal): Promise<void>;
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
