import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type LoadConfig, loadSchema } from '../config/load-schema.ts';
import { untilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import { persistentRetry, standardRetry } from '../core/retry.ts';
import { reportOf } from '../core/run.ts';
import { safeText } from '../core/safe-text.ts';
import { deliverHeld } from '../load/deliver-held.ts';
import { explainPerson, maxExplained } from '../load/explain-person.ts';
import type { LoadJob } from '../load/job.ts';
import { loadOnly } from '../load/load-only.ts';
import { type LoadReport, newReport, reportOfGroups } from '../load/load-report.ts';
import type { RowSource } from '../load/ports.ts';
import { openRejectedRows } from '../load/rejects/rejected-rows.ts';
import type { OnChange } from '../load/roster/compare-roster.ts';
import { runLoad } from '../load/run.ts';
import { WorkFolder } from '../load/work-folder.ts';
import { explainedText } from '../report/explain-text.ts';
import { loadHtml } from '../report/load-html.ts';
import { loadText } from '../report/load-text.ts';
import { finishRun } from './finish-run.ts';
import { almaEnding, almaResults, followAlma } from './follow-alma.ts';
import { openSession, type Session, type SessionOptions } from './open-session.ts';
import { printFile, printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';
import { createProgress } from './progress.ts';
import { tellStart } from './send-notices.ts';
import { version } from './version.ts';
import { type LoadAdapters, wireAdapters, wireJob } from './wire-load.ts';
import { rejectsAt } from './wire-rejects.ts';

export interface LoadOptions extends SessionOptions {
  readonly dryRun?: boolean;
  readonly group?: readonly string[];
  readonly person?: string;
  readonly explain?: boolean;
  readonly limit?: number;
  readonly out?: string;
  readonly acceptDrop?: boolean;
  readonly held?: string;
  readonly only?: string;
  readonly json?: boolean;
  readonly report?: string;
}

export interface LoadSession extends Session<LoadConfig> {
  readonly adapters: LoadAdapters;
}

/** Reads the configuration of a load. */
export async function openLoad(options: LoadOptions, context: ProcessContext): Promise<LoadSession> {
  const overrides = options.out === undefined ? {} : deliveryTo(options.out, context);
  const session = await openSession({ pipeline: 'load', schema: loadSchema, overrides }, options, context);
  const { config } = session;
  const known = config.groups.map(({ name }) => name);
  const unknown = options.group?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new PatronflowError('USAGE', `There is no group ${safeText(unknown)}.`, {
      hint: `There are ${known.join(', ')}.`,
    });
  }
  if (options.explain && options.person === undefined) {
    throw new PatronflowError('USAGE', '--explain says how the values of one person came about.', {
      hint: 'Add --person and an identifier.',
    });
  }
  if (options.limit !== undefined && !options.dryRun && options.out === undefined) {
    throw new PatronflowError(
      'USAGE',
      '--limit makes files of a part of the people, which must not be delivered.',
      { hint: 'Add --dry-run or --out DIR.' },
    );
  }
  // With --out the files of all groups go to one directory.
  const groups =
    options.out === undefined
      ? config.groups
      : config.groups.map((group) => ({ ...group, deliver: undefined }));
  const asked = { ...session, config: { ...config, groups } };
  return { ...asked, adapters: wireAdapters(asked, version, context) };
}

/** Settings for `--out`. Files on the local disk need neither the store nor the mail that the job has, nor their variables. */
function deliveryTo(out: string, { workingDirectory }: ProcessContext) {
  const directory = resolve(workingDirectory, out);
  if (existsSync(`${directory}-ledger`)) {
    throw new PatronflowError(
      'USAGE',
      `${safeText(out)} is a folder that a job delivers to: ${out}-ledger stands beside it.`,
      {
        hint: 'Name another directory; --out is compared with nothing.',
      },
    );
  }
  return {
    deliver: { to: `file:${directory}` },
    ledger: undefined,
    mail: 'none',
    notify: undefined,
    rejects: 'none',
    rejects_by: undefined,
  };
}

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
      const job = await untilAborted(signal, jobOf(options, config, now));
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

/** `--only`: the people of a file of rejected rows, whose values a person has mended. The source is not read. */
function runOnly(
  only: string,
  options: LoadOptions,
  { config, log, adapters, now }: LoadSession,
  context: ProcessContext,
): Promise<LoadReport> {
  const path = resolve(context.workingDirectory, only);
  const { signal } = context;
  const isOut = options.out !== undefined;
  const unbegun = newReport({ title: config.report.title, now }, adapters.store.name);
  return reportOf(unbegun, { log, signal }, async () => {
    log.info('Loading rejected rows again.', { file: path, destination: adapters.store.name });
    const job = await untilAborted(signal, jobOf(options, config, now));
    const names = job.groups.map(({ name }) => name);
    const { source, groups, empty } = await openRejectedRows(path, names, signal);
    const again = rejectsAt(path.replace(/(\.csv)?$/i, '-again.csv'));
    const ports = {
      ...adapters,
      ...(isOut && { ledger: null, lease: null }),
      roster: null,
      source,
      rejects: again,
      makeWork: () => WorkFolder.make(config.work_directory, context),
      log,
    };
    const some = { ...job, groups: job.groups.filter(({ name }) => groups.includes(name)) };
    const report = await loadOnly(some, ports, signal);
    if (empty > 0) report.warnings.push(emptyText(empty));
    return report;
  });
}

function emptyText(rows: number): string {
  const are = rows === 1 ? '1 row has' : `${rows} rows have`;
  return `${are} no values: lines of a file that could not be read. Mend them in the file that they came from.`;
}

function jobOf(options: LoadOptions, config: LoadConfig, now: Date): Promise<LoadJob> {
  return wireJob(config, {
    now,
    onlyGroups: options.group,
    limit: options.limit,
    dryRun: options.dryRun ?? false,
    acceptDrop: options.acceptDrop ?? false,
  });
}

/** Reads the tables of a source, where it has some, into a private folder that is removed again. */
export async function withTables<T>(
  source: RowSource,
  config: LoadConfig,
  context: ProcessContext,
  work: () => Promise<T>,
): Promise<T> {
  if (!source.tables) return work();
  const folder = await WorkFolder.make(config.work_directory, context);
  try {
    await source.tables.prepare(folder.path, new Date(), context.signal);
    return await work();
  } finally {
    await folder.remove();
  }
}

/** `--person`: prints the XML of one person, or why there is none. Personal data, on the terminal of the person who asks. */
async function explain(
  options: LoadOptions,
  { config, adapters, now }: LoadSession,
  context: ProcessContext,
): Promise<number> {
  const job = await untilAborted(context.signal, jobOf(options, config, now));
  const found = await withTables(adapters.source, config, context, () =>
    explainPerson(job, adapters, options.person ?? '', context.signal),
  );
  for (const each of found) {
    const text = explainedText(each, options.explain ?? false);
    if (each.outcome.kind === 'written') printFile(context.stdout, text);
    else printText(context.stdout, text);
  }
  if (found.length === maxExplained)
    printText(context.stdout, `These are the first ${maxExplained} rows; there may be more.`);
  if (found.length === 0) printText(context.stdout, 'No row names this person.');
  return found.some(({ outcome }) => outcome.kind === 'written') ? 0 : 1;
}
