import { fileStamp } from './clock.ts';
import { type PatronflowError, stackOf } from './errors.ts';
import type { Log } from './log.ts';

/** What the report of every run tells, whatever the job. */
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
}

/** A report in which nothing has happened yet. */
export function newRunReport({ title, now }: { title: string; now: Date }): RunReport {
  return { title, run: fileStamp(now), startedAt: now.toISOString(), warnings: [], error: null };
}

/** Enters the error that ended a run, and logs it once, here. */
export function recordError(report: RunReport, error: PatronflowError, log: Log): void {
  report.error = { code: error.code, kind: error.kind, message: error.message, hint: error.hint };
  log.error(error.message, { code: error.code });
  const stack = stackOf(error);
  if (stack !== '') log.debug(stack, { code: error.code });
}
