import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PatronflowError } from '../core/errors.ts';
import { exitCodeOf } from '../core/run.ts';
import { canonical } from '../load/identity-index.ts';
import type { OnChange } from '../load/roster/compare-roster.ts';
import { changeLines, changeRows, csvHeader, planText } from '../report/plan.ts';
import { runJob } from './load.ts';
import { openLoad } from './open-load.ts';
import type { SessionOptions } from './open-session.ts';
import { printJson, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';

export interface PlanOptions extends SessionOptions {
  readonly person?: string;
  readonly csv?: string;
  readonly json?: boolean;
}

/** Characters handed to the file at once. */
const pieceLength = 256 * 1024;

/** `patronflow plan`: makes everything that a load makes, compares it with the roster, and delivers nothing. */
export async function planCommand(options: PlanOptions, context: ProcessContext): Promise<number> {
  const session = await openLoad({ ...options, dryRun: true }, context);
  const { config, adapters } = session;
  try {
    if (config.roster === 'none')
      throw new PatronflowError('USAGE', 'The job keeps no roster, so there is nothing to compare with.', {
        hint: 'Set roster: beside; docs/roster.md says what it holds.',
      });
    const csv =
      options.csv === undefined ? null : await openCsv(resolve(context.workingDirectory, options.csv));
    const found: string[] = [];
    const onChange: OnChange = (change, pair) => {
      csv?.write(changeRows(change, pair));
      const id = pair.now?.id ?? pair.before?.id ?? '';
      if (options.person !== undefined && canonical(id) === canonical(options.person))
        found.push(...changeLines(change, pair));
    };
    const report = await runJob({ ...options, dryRun: true }, session, context, onChange);
    await csv?.close();
    if (options.json) printJson(context.stdout, report);
    else if (options.person === undefined) printText(context.stdout, planText(report));
    else
      printText(
        context.stdout,
        found.length > 0 ? found.join('\n') : 'Neither the roster nor this run has this primary id.',
      );
    return exitCodeOf(report, { books: [], maxRejects: 1, notices: 0 });
  } finally {
    await adapters.close();
  }
}

/** A file for the user alone: it holds personal data. */
async function openCsv(path: string) {
  const file = await open(path, 'wx', 0o600).catch((cause) => {
    throw new PatronflowError('USAGE', `${path} is there already, or cannot be written.`, {
      hint: 'Name a file that is not there yet.',
      cause,
    });
  });
  let piece = csvHeader;
  let written = Promise.resolve();
  const flush = () => {
    const text = piece;
    piece = '';
    written = written.then(() => file.appendFile(text));
  };
  return {
    write(rows: string) {
      piece += rows;
      if (piece.length > pieceLength) flush();
    },
    async close() {
      flush();
      await written;
      await file.close();
    },
  };
}
