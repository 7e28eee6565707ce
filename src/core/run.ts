import type { Books } from './books.ts';
import { fileStamp } from './clock.ts';
import { endOf, exitCodes, type PatronflowError, stackOf } from './errors.ts';
import type { Log } from './log.ts';

/** What the report of every run tells, for both jobs. */
export interface RunReport {
  readonly title: string;
  readonly run: string;
  readonly startedAt: string;
  readonly warnings: string[];
  error: {
    readonly code: string;
    readonly kind: PatronflowError['kind'];
    readonly message: string;
    readonly hint: string;
  } | null;
  /** How the run ended. Each job adds its own words for what went well. */
  outcome: string;
}

/** A report in which nothing has happened yet. */
export function newRunReport({
  title,
  now,
}: {
  title: string;
  now: Date;
}): RunReport & { outcome: 'failed' } {
  const times = { run: fileStamp(now), startedAt: now.toISOString() };
  return { title, ...times, warnings: [], error: null, outcome: 'failed' };
}

/**
 * Waits for a run.
 * @param report tells the error when the run ends with one
 * @returns the report of the run; never throws, so that a failed run is reported like any other
 */
export async function reportOf<R extends RunReport>(
  report: R,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
  run: () => Promise<R>,
): Promise<R> {
  try {
    return await run();
  } catch (thrown) {
    recordFailure(report, endOf(thrown, signal), log);
    return report;
  }
}

/** Enters the error that ended a run, and logs it once, here. */
export function recordFailure(report: RunReport, error: PatronflowError, log: Log): void {
  report.outcome = error.kind === 'guard' ? 'held' : error.kind === 'signal' ? 'stopped' : 'failed';
  report.error = { code: error.code, kind: error.kind, message: error.message, hint: error.hint };
  log.error(error.message, { code: error.code });
  const stack = stackOf(error);
  if (stack !== '') log.debug(stack, { code: error.code });
}

/** The exit code of a run that was done, but rejected more than the job allows. */
export const tooManyRejects = 1;

/** The exit code of a run whose files are delivered, but of which Alma refused some, or of whose job no good end is known. */
const refusedByAlma = 4;

/**
 * The exit code of a run: what ended it counts most, then what went wrong in telling of it, then what Alma refused, then
 * what the run rejected.
 * @param books those of all that was to be delivered or sent
 * @param notices exit code of a mail or a page that failed; 0 when all went well
 */
export function exitCodeOf(
  { error }: Pick<RunReport, 'error'>,
  {
    books,
    maxRejects,
    notices,
    isRefused = false,
  }: { books: readonly Books[]; maxRejects: number; notices: number; isRefused?: boolean },
): number {
  if (error) return exitCodes[error.kind];
  if (notices !== 0) return notices;
  if (isRefused) return refusedByAlma;
  return rejectedShare(books) > maxRejects ? tooManyRejects : 0;
}

/** Share of the records read that were rejected; 0 where none was read. */
export function rejectedShare(books: readonly Books[]): number {
  const read = books.reduce((sum, each) => sum + each.read, 0);
  const rejected = books.reduce((sum, each) => sum + each.rejected, 0);
  return read === 0 ? 0 : rejected / read;
}
