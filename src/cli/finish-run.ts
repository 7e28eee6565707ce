import { constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { MailConfig } from '../config/schema-parts.ts';
import type { Books } from '../core/books.ts';
import { dayOf } from '../core/clock.ts';
import { exitCodes, PatronflowError, stackOf, systemCode, toPatronflowError } from '../core/errors.ts';
import type { ErrorReporter, Mailer } from '../core/ports.ts';
import type { Redact } from '../core/redact.ts';
import { exitCodeOf, type RunReport, rejectedShare, tooManyRejects } from '../core/run.ts';
import { safeLine } from '../core/safe-text.ts';
import { type Html, sourceOf } from '../report/html.ts';
import { number } from '../report/words.ts';
import { printJson, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import type { RunLog } from './run-log.ts';

/** What is left to do with the report of either job. */
export interface Finishing<R extends RunReport> {
  readonly report: R;
  readonly text: (report: R) => string;
  readonly html: (report: R) => Html;
  /** The books of all that was to be delivered or sent. */
  readonly books: readonly Books[];
  /** What the job calls a record that is in its books as written. */
  readonly written: 'written' | 'sent';
  /** What the subject of the mail says in place of the books, or behind them; '' for nothing. */
  readonly counts?: (ofBooks: string) => string;
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
  readonly adapters: { readonly mail: Mailer | null; readonly errorReporter: ErrorReporter | null };
  readonly now: Date;
}

/** Tells everybody who is to know of a run. @returns its exit code */
export async function finishRun<R extends RunReport>(
  finishing: Finishing<R>,
  context: ProcessContext,
): Promise<number> {
  const { report, books, config, log, redact, adapters, options, now } = finishing;
  if (report.error) {
    const { message, hint } = report.error;
    report.error = { ...report.error, message: redact(message), hint: redact(hint) };
  }
  const mailed = finishing.isDryRun ? 0 : await tell(finishing);
  // The page of the configuration is that of the last real run: a trial does not replace it.
  const configured = finishing.isDryRun ? undefined : config.report.file;
  const page = options.report ? resolve(context.workingDirectory, options.report) : configured;
  const written = page ? await writePage(page, finishing) : 0;
  if (options.json) printJson(context.stdout, report);
  else printText(context.stdout, finishing.text(report));
  if (report.error)
    await adapters.errorReporter?.report({ code: report.error.code, message: report.error.message });
  const code = exitCodeOf(report, {
    books,
    maxRejects: config.max_rejects,
    notices: mailed || written,
    isRefused: finishing.isRefused ?? false,
  });
  if (code === tooManyRejects) {
    log.warn('More was rejected than max_rejects allows.', {
      share: Number(rejectedShare(books).toFixed(3)),
      run: now.toISOString(),
    });
  }
  return code;
}

/** Not through a link, which another user may have put there. */
const overwriting = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0);

/** Writes the page. The outcome of the run stays the same if that fails. */
async function writePage<R extends RunReport>(page: string, finishing: Finishing<R>): Promise<number> {
  try {
    const html = sourceOf(finishing.html(finishing.report));
    await writeFile(page, html, { mode: 0o600, flag: overwriting });
    return 0;
  } catch (cause) {
    return warnOf('The report could not be written as a page.', pageError(page, cause), finishing);
  }
}

function pageError(page: string, cause: unknown): PatronflowError {
  const code = systemCode(cause);
  if (code === 'ELOOP') {
    const hint = 'Name the file that it leads to.';
    return new PatronflowError('DISK_DENIED', `${page} is a link.`, { hint, cause });
  }
  const found = toPatronflowError(cause);
  return found.kind !== 'bug'
    ? found
    : new PatronflowError('DISK_DENIED', `${page} could not be written (${code}).`, { cause });
}

/** Enters into the report what went wrong after the run. @returns the exit code that says so */
function warnOf<R extends RunReport>(
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

/** `283 written, 4 rejected` */
function countsText({ books, written }: Pick<Finishing<RunReport>, 'books' | 'written'>): string {
  const sum = (pick: (of: Books) => number) => number(books.reduce((total, each) => total + pick(each), 0));
  return `${sum((each) => each.written)} ${written}, ${sum((each) => each.rejected)} rejected`;
}

/** Mails the report. The outcome of the run stays the same if that fails. */
async function tell<R extends RunReport>(finishing: Finishing<R>): Promise<number> {
  const { report, config, log, adapters, redact, now } = finishing;
  const { mail: settings } = config;
  const { counts = (ofBooks) => ofBooks } = finishing;
  if (!adapters.mail || settings === 'none' || !settings.from || !settings.to) {
    if (settings !== 'none') log.warn('This run sends no mail; mail.from and mail.to are not set.');
    return 0;
  }
  const subject = settings.subject
    .replaceAll('{day}', dayOf(now))
    .replaceAll('{counts}', counts(countsText(finishing)))
    .replaceAll('{workspace}', (config.workspace ?? '').toUpperCase());
  try {
    await adapters.mail.send({
      from: settings.from,
      to: settings.to,
      subject: safeLine((report.error ? 'FAILED: ' : '') + subject),
      text: `${finishing.text(report)}\nLog:\n${log.lines().join('\n')}\n`,
      html: sourceOf(finishing.html(report)),
    });
    log.info('Sent the report.', { via: adapters.mail.name });
    return 0;
  } catch (thrown) {
    const error = toPatronflowError(thrown);
    // Without the mail, only the error reporter can tell of this failure.
    await adapters.errorReporter?.report({ code: error.code, message: redact(error.message) });
    return warnOf('The report could not be mailed.', error, finishing);
  }
}
