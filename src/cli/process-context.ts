import type { Environment } from '../config/interpolate.ts';

/** The world outside, as the process edge hands it to the commands. Tests hand over their own. */
export interface ProcessContext {
  readonly environment: Environment;
  readonly workingDirectory: string;
  /** Where a person answers questions; without it none is asked. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly pid: number;
  /** Where process numbers mean something: the machine and its PID namespace. */
  readonly space: string;
  /** The user that the process runs as; null where files have no owner. */
  readonly uid: number | null;
  readonly isAlive: (pid: number) => boolean;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface Output {
  readonly isTTY?: boolean;
  /** Width of a terminal. */
  readonly columns?: number;
  write(text: string): unknown;
}
