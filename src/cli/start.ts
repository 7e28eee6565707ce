import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, stackOf, toPatronflowError } from '../core/errors.ts';
import { main } from './main.ts';
import { routeNotices, writeNotice } from './process-notices.ts';
import { processSpace } from './process-space.ts';

/**
 * The process edge: the only code that knows `process`. The first SIGINT or SIGTERM lets the run stop where
 * nothing is half done; the second leaves at once.
 * @param args put before those of the command line
 */
export async function start(process: NodeJS.Process, args: readonly string[]): Promise<void> {
  const stop = new AbortController();
  let received: NodeJS.Signals | null = null;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (received) leave(process, signal);
      received = signal;
      writeNotice(process.stderr, 'info', 'Finishing safely; press Ctrl-C again to quit now.');
      stop.abort();
    });
  }
  routeNotices(process, console, { isShownOnTerminal: process.argv.includes('--verbose') });
  // Node.js would print the message, which may quote a value of a record.
  process.on('uncaughtException', (thrown) => {
    const error = toPatronflowError(thrown);
    writeNotice(process.stderr, 'error', `${error.message} ${error.hint}`);
    if (process.env.LOG_LEVEL === 'debug') writeNotice(process.stderr, 'debug', stackOf(error));
    process.exit(exitCodes[error.kind]);
  });
  // A program that closes our output early (`| head`) ends the reading, not the run.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const code = await main([...args, ...process.argv.slice(2)], {
    environment: process.env,
    workingDirectory: process.cwd(),
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    pid: process.pid,
    space: processSpace(),
    uid: process.geteuid?.() ?? null,
    isAlive: (pid) => {
      try {
        return process.kill(pid, 0);
      } catch (error) {
        // We may not signal another user's process, but it lives.
        return error instanceof Error && 'code' in error && error.code === 'EPERM';
      }
    },
    signal: stop.signal,
  });
  // Not by itself: a connection that a silent system never answers would keep the process for minutes.
  for (const stream of [process.stdout, process.stderr])
    await new Promise((resolve) => stream.write('', resolve));
  const endedBy = code === exitCodes.signal ? (received as NodeJS.Signals | null) : null;
  if (endedBy === null) process.exit(code);
  for (let looks = 0; isReading(process) && looks < 10; looks += 1) await sleep(50);
  leave(process, endedBy);
}

/** The types of Node.js 20 lack it. */
type Replaceable = NodeJS.Process & { execve?: (file: string, args: readonly string[]) => never };

/**
 * Ends the process because of a signal. exit() waits for threads that read, and a named pipe to which no program
 * writes keeps one of them forever. Such a process dies of the signal itself, which is the same to a shell.
 */
function leave(process: NodeJS.Process, signal: NodeJS.Signals): void {
  const code = 128 + constants.signals[signal];
  if (isReading(process)) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // The first process of a container dies of no signal of its own. Another program in its place ends all threads;
    // Node.js before 22.15 cannot do that, and is ended by the container's engine.
    if (process.pid === 1) (process as Replaceable).execve?.('/bin/sh', ['sh', '-c', `exit ${code}`]);
  }
  process.exit(code);
}

function isReading(process: NodeJS.Process): boolean {
  return process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'));
}
