import { reportOf } from '../core/run.ts';
import { newPollReport, type PollReport } from '../poll/poll-report.ts';
import type { PatronMode } from '../poll/ports.ts';
import { runPoll } from '../poll/run.ts';
import { pollHtml } from '../report/poll-html.ts';
import { pollText } from '../report/poll-text.ts';
import { finishRun } from './finish-run.ts';
import { type OpenPollOptions, openPoll, type PollSession } from './open-poll.ts';
import type { ProcessContext } from './process-context.ts';
import { createProgress } from './progress.ts';
import { recordPorts } from './record-ports.ts';
import { tellStart } from './send-notices.ts';
import { wireJob } from './wire-poll.ts';

export interface PollOptions extends OpenPollOptions {
  readonly dryRun?: boolean;
  readonly mode?: readonly PatronMode[];
  readonly maxBatches?: number;
  readonly acceptChange?: boolean;
  readonly json?: boolean;
  readonly report?: string;
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
