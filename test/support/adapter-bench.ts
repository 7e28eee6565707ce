import type { ErrorCode } from '../../src/core/errors.ts';
import type { Adapter } from '../../src/core/ports.ts';

/** An adapter that cannot be used as it is configured, and the code with which it says so. */
export interface Broken<A> {
  /** What is wrong, for the name of the test's failure. */
  readonly what: string;
  readonly adapter: A;
  readonly code: ErrorCode;
}

/**
 * What the bench of every port has: one adapter at a system of the bench's own, seen past the adapter. The bench of
 * a port adds what its own suite does with the system.
 */
export interface AdapterBench<A extends Adapter> {
  /** A new adapter at a system that works. The suite closes it. */
  open(): A;
  /** A folder that is a file, a bucket that is not there, a wrong password. */
  broken(): Promise<readonly Broken<A>[]>;
  /** A new adapter at another port of this machine, with time-outs of seconds as in earnest; null where no network is used. */
  readonly at: ((port: number) => A) | null;
  /** All that there is in the system: the same before and after what changes nothing. */
  traces(): Promise<unknown>;
  /** Secrets of the configuration, which no name and no message may hold. */
  readonly secrets: readonly string[];
  stop(): Promise<void>;
}
