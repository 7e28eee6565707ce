import type { MailConfig } from '../config/schema-parts.ts';
import type { Books } from '../core/books.ts';
import { exitCodes, type PatronflowError, stackOf } from '../core/errors.ts';
import type { ErrorReporter, Notice } from '../core/ports.ts';
import type { Redact } from '../core/redact.ts';
import type { RunReport } from '../core/run.ts';
import type { Html } from '../report/html.ts';
import type { RunLog } from './run-log.ts';
import type { WiredMail } from './wire-shared.ts';

/** A run, or what of it concerns some groups. */
export interface PartOfRun<R extends RunReport> {
  readonly report: R;
  /** The books of all that was to be delivered or sent. */
  readonly books: readonly Books[];
  /** What the subject of the mail says in place of the books, or behind them; '' for nothing. */
  readonly counts?: (ofBooks: string) => string;
}

/** What is left to do with the report of either job. */
export interface Finishing<R extends RunReport> extends PartOfRun<R> {
  readonly job: 'load' | 'poll' | 'alma watch';
  readonly text: (report: R) => string;
  readonly html: (report: R) => Html;
  /** What concerns some groups alone; missing where a job has none. */
  readonly partOf?: (groups: readonly string[]) => PartOfRun<R>;
  /** What the job calls a record that is in its books as written. */
  readonly written: 'written' | 'sent';
  /** Whether Alma refused some of what was delivered, or its job did not end well. */
  readonly isRefused?: boolean;
  /** A dry run sends no mail and writes no page to the configured file. */
  readonly isDryRun: boolean;
  readonly options: { readonly json?: boolean; readonly report?: string };
  readonly config: {
    readonly mail: MailConfig;
    readonly workspace?: string | undefined;
    readonly max_rejects: number;
    readonly report: { readonly file?: string | undefined };
  };
  readonly log: RunLog;
  /** For all that leaves the program. */
  readonly redact: Redact;
  readonly adapters: {
    readonly mails: readonly WiredMail[];
    readonly notices: readonly Notice[];
    readonly errorReporter: ErrorReporter | null;
  };
  readonly now: Date;
}

/** Enters into the report what went wrong after the run. @returns the exit code that says so */
export function warnOf<R extends RunReport>(
  what: string,
  error: PatronflowError,
  { report, log, redact }: Finishing<R>,
): number {
  const warning = redact([what, error.message, error.hint].filter(Boolean).join(' '));
  report.warnings.push(warning);
  log.error(warning, { code: error.code });
  log.debug(stackOf(error), { code: error.code });
  return exitCodes[error.kind];
}
