import { resolve } from 'node:path';
import type { Books } from '../core/books.ts';
import { toPatronflowError } from '../core/errors.ts';
import type { EndedRun, RunLevel } from '../core/ports.ts';
import { exitCodeOf, type RunReport, rejectedShare, tooManyRejects } from '../core/run.ts';
import { safeLine } from '../core/safe-text.ts';
import { type Finishing, warnOf } from './finishing.ts';
import { countsText, mailReports } from './mail-report.ts';
import { printJson, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { tellEnd } from './send-notices.ts';
import { writePage } from './write-page.ts';

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
  const { isDryRun, isRefused = false } = finishing;
  const exitCode = (notices: number) =>
    exitCodeOf(report, { books, maxRejects: config.max_rejects, notices, isRefused });
  const level = levelOf(report, exitCode(0));
  const mailed = isDryRun ? 0 : await mailReports(finishing, level);
  // The page of the configuration is that of the last real run: a trial does not replace it.
  const configured = isDryRun ? undefined : config.report.file;
  const page = options.report ? resolve(context.workingDirectory, options.report) : configured;
  const written = page ? await writeReport(page, finishing) : 0;
  const code = exitCode(mailed || written);
  if (!isDryRun) {
    const ended = endedRun(finishing, level === 'good' && code !== 0 ? 'problems' : level, code);
    report.warnings.push(...(await tellEnd(adapters.notices, ended, { log, redact })));
  }
  if (options.json) printJson(context.stdout, report);
  else printText(context.stdout, finishing.text(report));
  if (report.error)
    await adapters.errorReporter?.report({ code: report.error.code, message: report.error.message });
  if (code === tooManyRejects) {
    log.warn('More was rejected than max_rejects allows.', {
      share: Number(rejectedShare(books).toFixed(3)),
      run: now.toISOString(),
    });
  }
  return code;
}

function levelOf({ error }: RunReport, exitCode: number): RunLevel {
  if (error) return 'failure';
  return exitCode === 0 ? 'good' : 'problems';
}

/** What is told outside of the building: how the run ended, counts, and the error, none of which names a person. */
function endedRun<R extends RunReport>(
  { report, books, counts = (ofBooks) => ofBooks, config, job, written }: Finishing<R>,
  level: RunLevel,
  exitCode: number,
): EndedRun {
  const where = config.workspace ? ` (${config.workspace})` : '';
  const what = level === 'good' ? 'succeeded' : level === 'problems' ? 'needs attention' : 'FAILED';
  const error = report.error ? ` ${report.error.message} [${report.error.code}]` : '';
  const told = counts(countsText(books, written));
  const sum = (pick: (of: Books) => number) => books.reduce((total, each) => total + pick(each), 0);
  return {
    level,
    text: safeLine(`${report.title}${where} ${what}: ${told}.${error}`),
    facts: {
      job,
      title: report.title,
      workspace: config.workspace ?? null,
      outcome: report.outcome,
      level,
      exit_code: exitCode,
      error_code: report.error?.code ?? null,
      read: sum((each) => each.read),
      written: sum((each) => each.written),
      rejected: sum((each) => each.rejected),
      warnings: report.warnings.length,
      started_at: report.startedAt,
      run: report.run,
    },
  };
}

/** Writes the page. The outcome of the run stays the same if that fails. */
async function writeReport<R extends RunReport>(path: string, finishing: Finishing<R>): Promise<number> {
  try {
    await writePage(path, finishing.html(finishing.report));
    return 0;
  } catch (error) {
    return warnOf('The report could not be written as a page.', toPatronflowError(error), finishing);
  }
}
