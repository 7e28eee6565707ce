import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type LoadConfig, loadSchema } from '../config/load-schema.ts';
import { readConfig } from '../config/read-config.ts';
import { PatronflowError, toPatronflowError } from '../core/errors.ts';
import { createRedact, type Redact } from '../core/redact.ts';
import { explainPerson } from '../load/explain-person.ts';
import type { LoadJob } from '../load/job.ts';
import { type LoadReport, newReport, recordFailure, rejectedShare } from '../load/load-report.ts';
import { runLoad } from '../load/run.ts';
import { WorkFolder } from '../load/work-folder.ts';
import { loadHtml } from '../report/load-html.ts';
import { loadText, placeText, reasonText } from '../report/load-text.ts';
import { readConfigText, readEnvironment } from './config-file.ts';
import { finishRun } from './finish-run.ts';
import type { ProcessContext } from './process-context.ts';
import { createProgress } from './progress.ts';
import { createRunLog, type RunLog } from './run-log.ts';
import { secretsOf } from './secrets.ts';
import { version } from './version.ts';
import { type LoadAdapters, wireAdapters, wireJob } from './wire-load.ts';
import { wireDecrypt } from './wire-secrets.ts';

export interface LoadOptions {
  readonly config: string;
  readonly envFile?: string;
  readonly dryRun?: boolean;
  readonly group?: readonly string[];
  readonly person?: string;
  readonly limit?: number;
  readonly out?: string;
  readonly acceptDrop?: boolean;
  readonly json?: boolean;
  readonly now?: Date;
  readonly report?: string;
}

/** A configuration that was read, and what every command makes of it. */
export interface Session {
  readonly config: LoadConfig;
  readonly log: RunLog;
  /** For whatever leaves the program. */
  readonly redact: Redact;
  readonly adapters: LoadAdapters;
  readonly now: Date;
}

/** Reads the configuration and connects nothing yet. */
export async function openSession(options: LoadOptions, context: ProcessContext): Promise<Session> {
  const { workingDirectory } = context;
  const text = await readConfigText(options.config, workingDirectory);
  const environment = await readEnvironment(
    context.environment,
    options.envFile,
    text,
    workingDirectory,
    wireDecrypt,
  );
  // A dry run on the local disk needs neither the store nor the mail that the job has, nor their variables.
  const overrides =
    options.out === undefined
      ? {}
      : {
          deliver: { to: `file:${resolve(workingDirectory, options.out)}` },
          ledger: undefined,
          mail: 'none',
        };
  if (options.out !== undefined && existsSync(`${resolve(workingDirectory, options.out)}-ledger`)) {
    throw new PatronflowError(
      'USAGE',
      `${options.out} is a folder that a job delivers to: ${options.out}-ledger stands beside it.`,
      {
        hint: 'Name another directory; --out is compared with nothing.',
      },
    );
  }
  const config = readConfig(loadSchema, text, {
    environment,
    workingDirectory,
    overrides: { ...overrides, env_file: undefined },
  });
  const known = config.groups.map(({ name }) => name);
  const unknown = options.group?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new PatronflowError('USAGE', `There is no group ${unknown}.`, {
      hint: `There are ${known.join(', ')}.`,
    });
  }
  if (options.limit !== undefined && !options.dryRun && options.out === undefined) {
    throw new PatronflowError(
      'USAGE',
      '--limit makes files of a part of the people, which must not be delivered.',
      { hint: 'Add --dry-run or --out DIR.' },
    );
  }
  const now = options.now ?? new Date();
  const facts = { pipeline: 'load', run: now.toISOString() };
  const redact = createRedact(secretsOf(config));
  const log = createRunLog(config.log.level, context.stderr, facts, redact);
  return { config, log, redact, adapters: await wireAdapters(config, version, context), now };
}

/** `patronflow load`: runs the job and tells everybody who is to know. */
export async function loadCommand(options: LoadOptions, context: ProcessContext): Promise<number> {
  const session = await openSession(options, context);
  try {
    if (options.person !== undefined) return await explain(options, session, context);
    return await runAndReport(options, session, context);
  } finally {
    await session.adapters.close();
  }
}

async function runAndReport(
  options: LoadOptions,
  session: Session,
  context: ProcessContext,
): Promise<number> {
  const report = await run(options, session, context);
  const isDryRun = options.dryRun || options.out !== undefined;
  const finishing = {
    ...session,
    options,
    report,
    text: loadText,
    html: loadHtml,
    isGood: report.outcome === 'delivered',
    rejectedShare: rejectedShare(report),
    isDryRun,
  };
  return finishRun(finishing, context);
}

async function run(
  options: LoadOptions,
  { config, log, adapters, now }: Session,
  context: ProcessContext,
): Promise<LoadReport> {
  let work: WorkFolder | null = null;
  const progress = createProgress(context.stderr, options.json ?? false);
  try {
    log.info('Starts.', { source: adapters.source.name, destination: adapters.store.name });
    const job = await jobOf(options, config, now);
    work = await WorkFolder.make(config.work_directory, context);
    const { source, store } = adapters;
    const { ledger, lease } = options.out === undefined ? adapters : { ledger: null, lease: null };
    return await runLoad(
      job,
      { source, store, ledger, lease, work, log, onProgress: progress.show },
      context.signal,
    );
  } catch (thrown) {
    const report = newReport({ title: config.report.title, now }, adapters.store.name);
    recordFailure(report, toPatronflowError(thrown), log);
    return report;
  } finally {
    progress.clear();
    await work?.remove();
  }
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

/** `--person`: prints the XML of one person, or why there is none. Personal data, on the terminal of the person who asks. */
async function explain(
  options: LoadOptions,
  { config, adapters, now }: Session,
  context: ProcessContext,
): Promise<number> {
  const job = await jobOf(options, config, now);
  const found = await explainPerson(job, adapters, options.person ?? '', context.signal);
  for (const { place, outcome } of found) {
    const row = placeText(place);
    if (outcome.kind === 'written')
      context.stdout.write(`<!-- ${row.replaceAll('--', '- -')} -->\n${outcome.user.xml}`);
    else if (outcome.kind === 'duplicate')
      context.stdout.write(
        `${row}: left out, ${reasonText({ place, reason: 'duplicate', first: outcome.first })}\n`,
      );
    else {
      const { reason, element, owner } = outcome;
      context.stdout.write(
        `${row}: rejected, ${reasonText({ place, reason, element, ...(owner && { first: owner }) })}\n`,
      );
    }
  }
  if (found.length === 0) context.stdout.write('No row names this person.\n');
  return found.some(({ outcome }) => outcome.kind === 'written') ? 0 : 1;
}
