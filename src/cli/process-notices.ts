import { format } from 'node:util';
import { safeJson } from '../core/safe-text.ts';
import { printText } from './print.ts';
import type { Output } from './process-context.ts';

/**
 * Where standard error holds a log, what Node.js and libraries have to say must be lines of it: a warning of the
 * process, or what a library writes to the console. On a terminal the report stands alone, unless more is asked for.
 */
export function routeNotices(
  node: Pick<NodeJS.Process, 'stderr' | 'on' | 'removeAllListeners'>,
  console: Console,
  { isShownOnTerminal }: { readonly isShownOnTerminal: boolean },
): void {
  const { stderr } = node;
  const say = (level: string, message: string) => {
    if (!stderr.isTTY || isShownOnTerminal) writeNotice(stderr, level, message);
  };
  // Those that are there are the printer of Node.js.
  node.removeAllListeners('warning');
  node.on('warning', ({ name, message }) => say('warn', `${name}: ${message}`));
  for (const level of ['debug', 'log', 'info', 'warn', 'error'] as const) {
    console[level] = (...parts: unknown[]) => say(level === 'log' ? 'info' : level, format(...parts));
  }
}

const withLog = new WeakSet<Output>();

/** Remembers that an output holds JSON lines. */
export function markLog(output: Output): void {
  withLog.add(output);
}

/** Tells whether an output holds JSON lines of a log, which a plain line would break. */
export function hasLog(output: Output): boolean {
  return withLog.has(output);
}

/** Writes a line as the log has them, or on a terminal a plain one. */
export function writeNotice(output: Output, level: string, message: string): void {
  if (output.isTTY) return printText(output, message);
  markLog(output);
  output.write(safeJson({ level, time: new Date().toISOString(), msg: message }));
}
