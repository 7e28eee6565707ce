import { type PollConfig, pollSchema } from '../config/poll-schema.ts';
import { PatronflowError } from '../core/errors.ts';
import { parseInstant } from '../core/instant.ts';
import type { TurnsOf } from '../poll/ports.ts';
import { openSession, type Session, type SessionOptions } from './open-session.ts';
import type { ProcessContext } from './process-context.ts';
import { version } from './version.ts';
import { type PollAdapters, wireAdapters } from './wire-poll.ts';

export interface OpenPollOptions extends SessionOptions {
  readonly since?: string;
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
  options: OpenPollOptions,
  context: ProcessContext,
  isTrial: boolean,
  turnsOf?: TurnsOf,
): Promise<PollSession> {
  const zoneOf = (config: PollConfig) => config.time_zone;
  const session = await openSession({ pipeline: 'poll', schema: pollSchema, zoneOf }, options, context);
  const { config, log } = session;
  if (options.since !== undefined && parseInstant(options.since, config.time_zone) === null) {
    throw new PatronflowError('USAGE', '--since is not a time.', {
      hint: 'Give a time such as 2026-03-01, or 2026-03-01T12:00:00Z.',
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
