import { hostname } from 'node:os';
import { rangeQueues } from '../adapters/queues/index.ts';
import { PatronflowError } from '../core/errors.ts';
import type { RangeQueue } from '../poll/backfill/ports.ts';
import { printText } from './print.ts';
import type { ProcessContext } from './process-context.ts';

export interface QueueOption {
  /** `postgres://host/database`; without it, what QUEUE_URL says. */
  readonly queue?: string;
}

/** How long the queue's server is waited for: it answers in milliseconds. */
const timeouts = { connectTimeoutMs: 30_000, callTimeoutMs: 60_000 };

/** Whether a command is about a queue. */
export function hasQueue({ queue }: QueueOption, { environment }: ProcessContext): boolean {
  return (queue ?? environment.QUEUE_URL ?? '') !== '';
}

/**
 * The queue that a command names. Its password may stand in QUEUE_PASSWORD: every user of a machine sees the command line.
 * @throws PatronflowError USAGE
 */
export function wireQueue({ queue }: QueueOption, { environment, stderr, pid }: ProcessContext): RangeQueue {
  const url = queue ?? environment.QUEUE_URL ?? '';
  const hint = 'Give --queue postgres://host/database, or set QUEUE_URL.';
  if (url === '') throw new PatronflowError('USAGE', 'No queue is given.', { hint });
  const problem = rangeQueues.problemOf(url);
  if (problem) throw new PatronflowError('USAGE', `The queue ${problem}.`, { hint });
  const { QUEUE_USER: user, QUEUE_PASSWORD: password } = environment;
  const worker = `${hostname()} ${pid}`;
  const warn = (message: string) => printText(stderr, message);
  return rangeQueues.create({ url, user, password, ...timeouts, worker, warn }, {});
}
