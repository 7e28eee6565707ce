import type { Books } from '../core/books.ts';
import { dayOf } from '../core/clock.ts';
import { toPatronflowError } from '../core/errors.ts';
import type { RunLevel } from '../core/ports.ts';
import type { RunReport } from '../core/run.ts';
import { safeLine } from '../core/safe-text.ts';
import { sourceOf } from '../report/html.ts';
import { number } from '../report/words.ts';
import { type Finishing, type PartOfRun, warnOf } from './finishing.ts';
import { isWanted } from './send-notices.ts';
import type { WiredMail } from './wire-shared.ts';

/**
 * Mails the report to all who are to have it after such a run. The outcome of the run stays the same if that fails.
 * @returns an exit code that says whether it failed; 0 where it did not
 */
export async function mailReports<R extends RunReport>(
  finishing: Finishing<R>,
  level: RunLevel,
): Promise<number> {
  const { adapters, config, log } = finishing;
  if (adapters.mails.length === 0) {
    if (config.mail !== 'none') log.warn('This run sends no mail; mail.from and mail.to are not set.');
    return 0;
  }
  let failed = 0;
  for (const mail of adapters.mails)
    if (isWanted(mail.settings.when, level)) failed ||= await mailReport(finishing, mail);
  return failed;
}

async function mailReport<R extends RunReport>(
  finishing: Finishing<R>,
  { mailer, settings }: WiredMail,
): Promise<number> {
  const { log, adapters, redact, text, html } = finishing;
  const { groups } = settings;
  const part = groups && finishing.partOf ? finishing.partOf(groups) : finishing;
  // The log names all groups.
  const logged = part === finishing ? `\nLog:\n${log.lines().join('\n')}\n` : '\n';
  try {
    await mailer.send({
      from: settings.from,
      to: settings.to,
      subject: subjectOf(finishing, part, settings.subject),
      text: `${text(part.report)}${logged}`,
      html: sourceOf(html(part.report)),
    });
    log.info('Sent the report.', { via: mailer.name });
    return 0;
  } catch (thrown) {
    const error = toPatronflowError(thrown);
    // Without the mail, only the error reporter can tell of this failure.
    await adapters.errorReporter?.report({ code: error.code, message: redact(error.message) });
    return warnOf('The report could not be mailed.', error, finishing);
  }
}

function subjectOf<R extends RunReport>(
  { config, now, written }: Finishing<R>,
  { report, books, counts = (ofBooks) => ofBooks }: PartOfRun<R>,
  subject: string,
): string {
  const filled = subject
    .replaceAll('{day}', dayOf(now))
    .replaceAll('{counts}', counts(countsText(books, written)))
    .replaceAll('{workspace}', (config.workspace ?? '').toUpperCase());
  return safeLine((report.error ? 'FAILED: ' : '') + filled);
}

/** `283 written, 4 rejected` */
export function countsText(books: readonly Books[], written: Finishing<RunReport>['written']): string {
  const sum = (pick: (of: Books) => number) => number(books.reduce((total, each) => total + pick(each), 0));
  return `${sum((each) => each.written)} ${written}, ${sum((each) => each.rejected)} rejected`;
}
