import { number } from '../report/words.ts';
import type { Output } from './process-context.ts';

export interface Progress {
  /** @param what is read: a group of people, or the patrons of a mode */
  readonly show: (what: string, read: number) => void;
  readonly clear: () => void;
}

/** Between two updates; no one reads faster than this. */
const everyMs = 100;

/** A line on the terminal that says how far the run is; nothing where no person looks. */
export function createProgress(output: Output, isQuiet: boolean): Progress {
  if (!output.isTTY || isQuiet) return { show: () => {}, clear: () => {} };
  let last = 0;
  return {
    show: (what, read) => {
      const now = performance.now();
      if (now - last < everyMs) return;
      last = now;
      output.write(`\r\u001b[K${what}: ${number(read)} read`);
    },
    clear: () => output.write('\r\u001b[K'),
  };
}
