import pino from 'pino';
import pretty from 'pino-pretty';
import type { Log, LogFacts } from '../core/log.ts';
import type { Redact } from '../core/redact.ts';
import type { Output } from './process-context.ts';

export interface RunLog extends Log {
  /** The lines so far, as the mail carries them: `time - message`. */
  lines(): readonly string[];
}

/** Lines kept for the mail: a run that goes well logs some twenty. */
const keptLines = 500;

/** Logs JSON lines, or lines for people where a person looks, and remembers them for the mail. */
export function createRunLog(level: string, output: Output, base: LogFacts, redact: Redact): RunLog {
  const kept: string[] = [];
  // On a terminal a line of progress may stand there.
  const clear = output.isTTY ? '\r\u001b[K' : '';
  const destination = { write: (line: string) => void output.write(clear + line) };
  const logger = pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    output.isTTY ? prettyStream(destination) : destination,
  );
  const at =
    (name: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, more: LogFacts = {}) => {
      const clean = redact(message);
      const facts = Object.fromEntries(
        Object.entries(more).map(([key, value]) => [key, typeof value === 'string' ? redact(value) : value]),
      );
      if (logger.isLevelEnabled(name)) {
        const details = Object.entries(facts).map(([key, value]) => ` ${key}=${value}`);
        kept.push(`${new Date().toISOString()} - ${clean}${details.join('')}`);
        if (kept.length > keptLines) kept.shift();
      }
      logger[name](facts, clean);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), lines: () => kept };
}

function prettyStream(destination: { write(line: string): void }): pino.DestinationStream {
  const format = pretty.prettyFactory({
    colorize: true,
    ignore: 'pid,hostname,run,pipeline',
    translateTime: 'SYS:HH:MM:ss',
  });
  return { write: (line) => destination.write(format(line)) };
}
