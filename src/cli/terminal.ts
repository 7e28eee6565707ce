import { createInterface } from 'node:readline/promises';
import type { Terminal } from '../init/ask.ts';
import { printFile } from './print.ts';
import type { ProcessContext } from './process-context.ts';

/** The terminal at which a person answers; null where there is none. */
export function openTerminal({
  stdin,
  stdout,
}: Pick<ProcessContext, 'stdin' | 'stdout'>): (Terminal & { close(): void }) | null {
  if (!stdin?.isTTY) return null;
  const lines = createInterface({ input: stdin });
  const iterator = lines[Symbol.asyncIterator]();
  return {
    write: (text) => printFile(stdout, text),
    readLine: async () => {
      const { value, done } = await iterator.next();
      return done ? null : value;
    },
    close: () => lines.close(),
  };
}
