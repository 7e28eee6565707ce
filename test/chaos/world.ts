import type { Ended, ProcessOptions } from '../support/command-process.ts';

/** A number from 0 to 1, without it. */
export type Random = () => number;

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('Nothing to pick from');
  return item;
}

/** A whole number from one to another, both included. */
export function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

/** A job that is killed again and again. */
export interface World {
  readonly name: string;
  /** What a server, or the way to it, may suffer from during a run, by what it is called in the report. */
  readonly faults: Readonly<Record<string, (random: Random) => void>>;
  /** Makes new work for a run. */
  begin(): Promise<void>;
  /** Runs as a process of its own until its end, or its death. */
  run(options: Partial<ProcessOptions>): Promise<Ended>;
  /** Looks at what a run has left when it ended. @returns what must not be */
  look(ended: Ended): Promise<readonly string[]>;
  /** Ends all faults, and lets a run go to its end. @returns what is wrong then, and how many records came twice */
  heal(): Promise<{ readonly wrong: readonly string[]; readonly repeated: number }>;
  stop(): Promise<void>;
}
