import pino from 'pino';
import pretty from 'pino-pretty';
import type { Log, LogFacts } from '../core/log.ts';
import type { Redact } from '../core/redact.ts';
import { safeLine } from '../core/safe-text.ts';
import { wrapped } from './print.ts';
import type { Output } from './process-context.ts';
import { markLog } from './process-notices.ts';

export interface RunLog extends Log {
  /** The lines so far, as the mail carries them: `time - message`. */
  lines(): readonly string[];
}

/** Lines kept for the mail: a run that goes well logs some twenty. */
const keptLines = 500;

/**
 * Logs JSON lines, or lines for people where a person looks, and remembers them for the mail.
 * @param isShown false where a report will say it all, on the same terminal
 */
export function createRunLog(
  level: string,
  output: Output,
  base: LogFacts,
  redact: Redact,
  isShown = true,
): RunLog {
  const kept: string[] = [];
  const clean = (text: string) => redact(text).split('\n').map(safeLine).join('\n');
  const logger = pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    isShown ? destinationTo(output) : { write: () => {} },
  );
  const at =
    (name: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, more: LogFacts = {}) => {
      const facts = Object.fromEntries(
        Object.entries(more).map(([key, value]) => [
          key,
          typeof value === 'string' ? safeLine(redact(value)) : value,
        ]),
      );
      if (logger.isLevelEnabled(name)) {
        const details = Object.entries(facts).map(([key, value]) => ` ${key}=${value}`);
        kept.push(`${new Date().toISOString()} - ${clean(message)}${details.join('')}`);
        if (kept.length > keptLines) kept.shift();
      }
      logger[name](facts, clean(message));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), lines: () => kept };
}

/** On a terminal a line of progress may stand where the next line goes. */
function destinationTo(output: Output): pino.DestinationStream {
  if (!output.isTTY) {
    const write = (line: string) => {
      markLog(output);
      output.write(line);
    };
    return { write };
  }
  const format = pretty.prettyFactory({
    colorize: true,
    ignore: 'pid,hostname,run,pipeline',
    translateTime: 'SYS:HH:MM:ss',
  });
  return {
    write: (line) => {
      const lines = format(line).split('\n');
      output.write(`\r\u001b[K${lines.map((each) => wrapped(each, output)).join('\n')}`);
    },
  };
}
