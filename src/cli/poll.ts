import { type PollConfig, pollSchema } from '../config/poll-schema.ts';
import { readConfig } from '../config/read-config.ts';
import { endOf, PatronflowError } from '../core/errors.ts';
import { parseInstant } from '../core/instant.ts';
import { createRedact, type Redact } from '../core/redact.ts';
import { GeocodingCascade } from '../poll/geocode.ts';
import { createEncoder } from '../poll/patron-info.ts';
import { newPollReport, type PollReport, recordFailure, rejectedShare } from '../poll/poll-report.ts';
import type { PatronMode } from '../poll/ports.ts';
import { runPoll } from '../poll/run.ts';
import { pollHtml } from '../report/poll-html.ts';
import { pollText } from '../report/poll-text.ts';
import { readConfigText, readEnvironment } from './config-file.ts';
import { finishRun } from './finish-run.ts';
import type { ProcessContext } from './process-context.ts';
import { createProgress } from './progress.ts';
import { createRunLog, type RunLog } from './run-log.ts';
import { secretsOf } from './secrets.ts';
import { version } from './version.ts';
import { type PollAdapters, wireAdapters, wireJob, wireObfuscator } from './wire-poll.ts';
import { wireDecrypt } from './wire-secrets.ts';

export interface PollOptions {
  readonly config: string;
  readonly envFile?: string;
  readonly dryRun?: boolean;
  readonly mode?: readonly PatronMode[];
  readonly maxBatches?: number;
  readonly since?: string;
  readonly json?: boolean;
  readonly now?: Date;
  readonly report?: string;
}

/** A configuration that was read, and what every command makes of it. */
export interface Session {
  readonly config: PollConfig;
  readonly log: RunLog;
  /** For whatever leaves the program. */
  readonly redact: Redact;
  readonly adapters: PollAdapters;
  readonly now: Date;
  /** Threads of Node's pool, on which hashes are computed. */
  readonly threads: number;
}

/** What Node's pool has unless UV_THREADPOOL_SIZE says otherwise. */
const standardThreads = 4;

/** Reads the configuration and connects nothing but, where variables are encrypted, KMS. */
export async function openSession(options: PollOptions, context: ProcessContext): Promise<Session> {
  const { workingDirectory } = context;
  const text = await readConfigText(options.config, workingDirectory);
  const environment = await readEnvironment(
    context.environment,
    options.envFile,
    text,
    workingDirectory,
    wireDecrypt,
  );
  const overrides = { env_file: undefined };
  const config = readConfig(pollSchema, text, { environment, workingDirectory, overrides });
  if (options.since !== undefined && parseInstant(options.since, config.time_zone) === null) {
    throw new PatronflowError('USAGE', '--since is not a time.', {
      hint: 'A time such as 2026-03-01, or 2026-03-01T12:00:00Z.',
    });
  }
  const now = options.now ?? new Date();
  const redact = createRedact(secretsOf(config));
  const facts = { pipeline: 'poll', run: now.toISOString() };
  const log = createRunLog(config.log.level, context.stderr, facts, redact);
  const adapters = await wireAdapters(config, version, context, (message) => log.warn(message));
  const threads = Number(context.environment.UV_THREADPOOL_SIZE) || standardThreads;
  return { config, log, redact, adapters, now, threads };
}

/** `patronflow poll`: runs the job and tells everybody who is to know. */
export async function pollCommand(options: PollOptions, context: ProcessContext): Promise<number> {
  const session = await openSession(options, context);
  try {
    const report = await run(options, session, context);
    const finishing = {
      ...session,
      options,
      report,
      text: pollText,
      html: pollHtml,
      isGood: report.outcome === 'sent',
      rejectedShare: rejectedShare(report),
      isDryRun: options.dryRun ?? false,
    };
    return await finishRun(finishing, context);
  } finally {
    await session.adapters.close();
  }
}

async function run(options: PollOptions, session: Session, context: ProcessContext): Promise<PollReport> {
  const { config, log, adapters, now, threads } = session;
  const { source, warehouse, geocoders, schema, checkpoint, lease } = adapters;
  const job = wireJob(config, {
    now,
    isReplay: options.now !== undefined,
    modes: options.mode,
    maxBatches: options.maxBatches,
    since: options.since,
    dryRun: options.dryRun ?? false,
  });
  const progress = createProgress(context.stderr, options.json ?? false);
  try {
    log.info('Starts.', { source: source.name, modes: job.modes.join(', ') });
    const document = await schema.load(context.signal);
    const encoder = createEncoder(document, schema.name);
    const sinks = await adapters.sinks(document);
    const ports = {
      source,
      warehouse,
      obfuscator: wireObfuscator(config, threads),
      cascade: new GeocodingCascade(geocoders),
      encoder,
      sinks,
      checkpoint,
      lease,
      log,
      onProgress: progress.show,
    };
    return await runPoll(job, ports, context.signal);
  } catch (thrown) {
    const report = newPollReport(job, []);
    recordFailure(report, endOf(thrown, context.signal), log);
    return report;
  } finally {
    progress.clear();
  }
}
