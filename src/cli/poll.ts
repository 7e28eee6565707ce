import { type PollConfig, pollSchema } from '../config/poll-schema.ts';
import { PatronflowError } from '../core/errors.ts';
import { parseInstant } from '../core/instant.ts';
import { reportOf } from '../core/run.ts';
import { newPollReport, type PollReport } from '../poll/poll-report.ts';
import type { PatronMode, TurnsOf } from '../poll/ports.ts';
import { runPoll } from '../poll/run.ts';
import { pollHtml } from '../report/poll-html.ts';
import { pollText } from '../report/poll-text.ts';
import { finishRun } from './finish-run.ts';
import { openSession, type Session, type SessionOptions } from './open-session.ts';
import type { ProcessContext } from './process-context.ts';
import { createProgress } from './progress.ts';
import { recordPorts } from './record-ports.ts';
import { tellStart } from './send-notices.ts';
import { version } from './version.ts';
import { type PollAdapters, wireAdapters, wireJob } from './wire-poll.ts';

export interface PollOptions extends SessionOptions {
  readonly dryRun?: boolean;
  readonly mode?: readonly PatronMode[];
  readonly maxBatches?: number;
  readonly since?: string;
  readonly acceptChange?: boolean;
  readonly json?: boolean;
  readonly report?: string;
}

export interface PollSession extends Session<PollConfig> {
  readonly adapters: PollAdapters;
  /** Threads of Node's pool, on which hashes are computed. */
  readonly threads: number;
}

/** Another machine may have told the time, whose clock is a little ahead. */
const clockToleranceMs = 60_000;

/** What Node's pool has unless UV_THREADPOOL_SIZE says otherwise. */
const standardThreads = 4;

/**
 * Reads the configuration of a poll.
 * @param isTrial nothing is to be made or sent
 * @param turnsOf where several machines share the limits of geocoders
 */
export async function openPoll(
  options: PollOptions,
  context: ProcessContext,
  isTrial: boolean,
  turnsOf?: TurnsOf,
): Promise<PollSession> {
  const zoneOf = (config: PollConfig) => config.time_zone;
  const session = await openSession({ pipeline: 'poll', schema: pollSchema, zoneOf }, options, context);
  const { config, log } = session;
  if (options.since !== undefined && parseInstant(options.since, config.time_zone) === null) {
    throw new PatronflowError('USAGE', '--since is not a time.', {
      hint: 'A time such as 2026-03-01, or 2026-03-01T12:00:00Z.',
    });
  }
  if (session.now.getTime() > Date.now() + clockToleranceMs) {
    throw new PatronflowError('USAGE', '--now is in the future.', {
      hint: 'Patrons who change before a time in the future would be skipped.',
    });
  }
  const adapters = wireAdapters(config, version, context, { log, isTrial, turnsOf });
  const threads = Number(context.environment.UV_THREADPOOL_SIZE) || standardThreads;
  return { ...session, adapters, threads };
}

/** `patronflow poll`: runs the job and tells everybody who is to know. */
export async function pollCommand(options: PollOptions, context: ProcessContext): Promise<number> {
  const session = await openPoll(options, context, options.dryRun ?? false);
  try {
    const isDryRun = options.dryRun ?? false;
    if (!isDryRun) await tellStart(session.adapters.notices, session.log);
    const report = await run(options, session, context);
    const books = report.modes.map((mode) => mode.books);
    const finishing = {
      ...session,
      job: 'poll' as const,
      options,
      report,
      text: pollText,
      html: pollHtml,
      books,
      isDryRun,
      written: 'sent' as const,
    };
    return await finishRun(finishing, context);
  } finally {
    await session.adapters.close();
  }
}

async function run(options: PollOptions, session: PollSession, context: ProcessContext): Promise<PollReport> {
  const { config, log, adapters, now } = session;
  const { source, checkpoint, lease } = adapters;
  const { signal } = context;
  const job = wireJob(config, {
    now,
    isReplay: options.now !== undefined,
    modes: options.mode,
    maxBatches: options.maxBatches,
    since: options.since,
    dryRun: options.dryRun ?? false,
    acceptChange: options.acceptChange ?? false,
  });
  const progress = createProgress(context.stderr, options.json ?? false);
  try {
    return await reportOf(newPollReport(job, []), { log, signal }, async () => {
      log.info('Starts.', { source: source.name, modes: job.modes.join(', ') });
      const { ports } = await recordPorts(session, signal);
      return runPoll(job, { ...ports, checkpoint, lease, onProgress: progress.show }, signal);
    });
  } finally {
    progress.clear();
  }
}
