import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from './command.ts';

const root = resolve(import.meta.dirname, '../..');

export interface ProcessOptions {
  readonly workingDirectory: string;
  /** Which of the package's commands it is; `patronflow` when not told. */
  readonly bin?: 'bin.cjs' | 'bin-patron-info-poller.cjs';
  readonly environment?: Readonly<Record<string, string>>;
  /** The point at which the process is killed: the moment before or after a call of a port, `objects.publish#2 after`. */
  readonly killAt?: string;
  /** When it is killed wherever it is, counted from its start. */
  readonly killAfterMs?: number;
  /** The point at which an adapter throws an unexpected error. */
  readonly throwAt?: { readonly point: string; readonly message: string };
  /** The point behind which an error is thrown that no code waits for. */
  readonly crashAt?: { readonly point: string; readonly message: string };
  /** A file that gets a line for every point that is reached. */
  readonly pointsFile?: string;
  /** How much faster time passes for the process. */
  readonly clockSpeed?: number;
  /** Called with each piece of standard error, such as a log line. */
  readonly onStderr?: (text: string) => void;
}

export interface Ended {
  /** Null for a process that was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts the built command as a process of its own, which a test may kill and which does not outlive the test. */
export function startCommand(args: readonly string[], options: ProcessOptions): CommandProcess {
  const { workingDirectory, environment, killAt, throwAt, crashAt, pointsFile, clockSpeed } = options;
  const bin = options.bin ?? 'bin.cjs';
  const watch = {
    ...(killAt && { TEST_KILL_AT: killAt }),
    ...(throwAt && { TEST_THROW_AT: throwAt.point, TEST_THROW_MESSAGE: throwAt.message }),
    ...(crashAt && { TEST_CRASH_AT: crashAt.point, TEST_CRASH_MESSAGE: crashAt.message }),
    ...(pointsFile && { TEST_POINTS_FILE: pointsFile }),
  };
  const clock = clockSpeed ? { TEST_CLOCK_SPEED: String(clockSpeed) } : {};
  const preloads = [
    ...(Object.keys(watch).length > 0 ? ['watch-ports.js'] : []),
    ...(clockSpeed ? ['fast-clock.js'] : []),
  ].flatMap((file) => ['--import', join(root, 'test/support/preload', file)]);
  const child = spawn(process.execPath, [...preloads, join(root, 'dist', bin), ...args], {
    cwd: workingDirectory,
    env: {
      PATH: process.env.PATH,
      HOME: workingDirectory,
      TMPDIR: process.env.TMPDIR,
      ...environment,
      ...watch,
      ...clock,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    said.stdout += text;
  });
  child.stderr.on('data', (text) => {
    said.stderr += text;
    options.onStderr?.(String(text));
  });
  const killer = options.killAfterMs && setTimeout(() => child.kill('SIGKILL'), options.killAfterMs);
  const ended = once(child, 'close').then(([code]): Ended => {
    clearTimeout(killer);
    return { code, ...said };
  });
  return { child, ended };
}

/** The points that an undisturbed run comes by, in order. */
export async function pointsOf(start: (more: { pointsFile: string }) => Promise<Ended>): Promise<string[]> {
  const pointsFile = join(await temporaryDirectory(), 'points');
  const { code, stdout, stderr } = await start({ pointsFile });
  if (code !== 0) throw new Error(`It should have run to its end: ${code}\n${stdout}${stderr}`);
  return (await readFile(pointsFile, 'utf8')).trimEnd().split('\n');
}
