import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { processSpace } from '../../src/cli/process-space.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Record<string, string>;
  readonly workingDirectory?: string;
  readonly signal?: AbortSignal;
  /** Number of the process that it pretends to be. */
  readonly pid?: number;
  /** The machine and namespace that it pretends to run in. */
  readonly space?: string;
  /** Which other processes live; asks the system when not given. */
  readonly isAlive?: (pid: number) => boolean;
  /** Width of the terminal on which both outputs stand; without it they are files. */
  readonly columns?: number;
  /** What a person on the terminal enters, line by line. */
  readonly answers?: readonly string[];
  /** Called with each piece of standard error, such as a log line. */
  readonly onStderr?: (text: string) => void;
}

/** Runs a command line as the process edge would, in this process. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const terminal = options.columns === undefined ? {} : { isTTY: true, columns: options.columns };
  const code = await main(args, {
    ...(options.answers && {
      stdin: Object.assign(Readable.from(options.answers.map((line) => `${line}\n`)), { isTTY: true }),
    }),
    environment: options.environment ?? {},
    workingDirectory: options.workingDirectory ?? tmpdir(),
    stdout: { ...terminal, write: (text) => (stdout += text) },
    stderr: {
      ...terminal,
      write: (text) => {
        stderr += text;
        options.onStderr?.(text);
      },
    },
    pid: options.pid ?? process.pid,
    space: options.space ?? processSpace(),
    uid: process.geteuid?.() ?? null,
    isAlive: options.isAlive ?? isAlive,
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, stdout, stderr };
}

/** A directory of a test's own, removed when it has ended. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'patronflow-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Tells whether a process of this machine lives. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
