import { resolve } from 'node:path';
import { untilAborted } from '../core/abort.ts';
import { persistentRetry, standardRetry } from '../core/retry.ts';
import { reportOf } from '../core/run.ts';
import { deliverHeld } from '../load/deliver-held.ts';
import { type LoadReport, newReport } from '../load/load-report.ts';
import { reportOfGroups } from '../load/report-of-groups.ts';
import type { OnChange } from '../load/roster/compare-roster.ts';
import { runLoad } from '../load/run.ts';
import { WorkFolder } from '../load/work-folder.ts';
import { loadHtml } from '../report/load-html.ts';
import { loadText } from '../report/load-text.ts';
import { explain } from './explain.ts';
import { finishRun } from './finish-run.ts';
import { almaEnding, almaResults, followAlma } from './follow-alma.ts';
import { type LoadOptions, type LoadSession, loadJobOf, openLoad } from './open-load.ts';
import type { ProcessContext } from './process-context.ts';
import { createProgress } from './progress.ts';
import { runOnly } from './run-only.ts';
import { tellStart } from './send-notices.ts';

/** `patronflow load`: runs the job and tells everybody who is to know. */
export async function loadCommand(options: LoadOptions, context: ProcessContext): Promise<number> {
  const session = await openLoad(options, context);
  try {
    if (options.person !== undefined) return await explain(options, session, context);
    const isDryRun = (options.dryRun ?? false) || options.out !== undefined;
    if (!isDryRun) await tellStart(session.adapters.notices, session.log);
    const report = await runAsAsked(options, session, context);
    // What goes beside the files of the night is no part of what the next night is compared with.
    if (options.only === undefined) await followAlma(report, session, context);
    const { books } = partOf(report, null);
    const finishing = {
      ...session,
      ...almaEnding(report),
      job: 'load' as const,
      options,
      report,
      text: loadText,
      html: loadHtml,
      books,
      partOf: (groups: readonly string[]) => partOf(report, groups),
      isDryRun,
      written: 'written' as const,
    };
    return await finishRun(finishing, context);
  } finally {
    await session.adapters.close();
  }
}

/** What of a load concerns some groups; all of it for null. */
function partOf(report: LoadReport, groups: readonly string[] | null) {
  const part = groups ? reportOfGroups(report, groups) : report;
  return {
    report: part,
    books: part.groups.filter(({ delivered }) => delivered).map((group) => group.books),
  };
}

function runAsAsked(
  options: LoadOptions,
  session: LoadSession,
  context: ProcessContext,
): Promise<LoadReport> {
  if (options.held !== undefined) return runHeld(options.held, options, session, context);
  if (options.only !== undefined) return runOnly(options.only, options, session, context);
  return runJob(options, session, context);
}

/** Runs the job. @param onChange is told of every user whom the delivery would change, where there is a roster */
export async function runJob(
  options: LoadOptions,
  session: LoadSession,
  context: ProcessContext,
  onChange?: OnChange,
): Promise<LoadReport> {
  const { config, log, adapters, now } = session;
  const { signal } = context;
  const { source, store, storeOf } = adapters;
  const { ledger, lease, roster } =
    options.out === undefined ? adapters : { ledger: null, lease: null, roster: null };
  const progress = createProgress(context.stderr, options.json ?? false);
  const unbegun = newReport({ title: config.report.title, now }, store.name);
  try {
    return await reportOf(unbegun, { log, signal }, async () => {
      log.info('Starts.', { source: source.name, destination: store.name });
      const job = await untilAborted(signal, loadJobOf(options, config, now));
      const ports = {
        source,
        store,
        storeOf,
        ledger,
        lease,
        roster,
        rejects: adapters.rejects,
        almaResults: almaResults(session, onChange !== undefined || (options.dryRun ?? false)),
        makeWork: () => WorkFolder.make(config.work_directory, context),
        log,
        onProgress: progress.show,
        onChange,
      };
      return await runLoad(job, ports, signal);
    });
  } finally {
    progress.clear();
  }
}

/** `--held`: neither templates nor the source are read, for what they make stands in the files. */
function runHeld(
  held: string,
  options: LoadOptions,
  { config, log, adapters, now }: LoadSession,
  { workingDirectory, signal }: ProcessContext,
): Promise<LoadReport> {
  const directory = resolve(workingDirectory, held);
  log.info('Delivering what the guard held.', { held: directory, destination: adapters.store.name });
  const job = {
    directory,
    now,
    title: config.report.title,
    groups: config.groups,
    leavers: config.leavers ?? null,
    replace: config.deliver.replace,
    retry: standardRetry,
    swapRetry: persistentRetry,
    dryRun: options.dryRun ?? false,
  };
  return deliverHeld(job, { ...adapters, log }, signal);
}
