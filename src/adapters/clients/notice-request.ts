import { z } from 'zod';
import { PatronflowError, systemCode } from '../../core/errors.ts';
import type { Notice } from '../../core/ports.ts';
import { type RetryPolicy, retry } from '../../core/retry.ts';

/** How long an answer may take: services answer in tenths of a second, and a run must not hang on telling of it. */
const answerMs = 5_000;

/** Three calls within some twenty seconds: a service that restarts is back by then, and the run is done anyway. */
const noticeRetry: RetryPolicy = { attempts: 3, firstDelayMs: 1000, kinds: ['fatal'] };

export const noticeWhen = (fallback: Notice['when']) =>
  z
    .enum(['always', 'problems', 'failure'])
    .default(fallback)
    .describe(
      'After which runs: `always`, `problems` (the exit code is not 0), or `failure` (the run ended with an error).',
    );

/**
 * Asks for an address.
 * @param policy other waits than usual; one call where the run waits for it
 * @throws PatronflowError NOTICE_REFUSED or NOTICE_UNREACHABLE, which name the host alone: the rest of the address is a secret
 */
export async function request(
  url: string,
  init: RequestInit,
  policy: Partial<RetryPolicy> = {},
): Promise<void> {
  await retry({ ...noticeRetry, ...policy }, () => ask(url, init));
}

async function ask(url: string, init: RequestInit): Promise<void> {
  const { host } = new URL(url);
  let answer: Response;
  try {
    // Another address must not get what only this one may.
    answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(answerMs) });
    await answer.body?.cancel();
  } catch (thrown) {
    throw new PatronflowError(
      'NOTICE_UNREACHABLE',
      `${host} could not be notified of the run (${reasonOf(thrown)}).`,
      {
        hint: 'Check whether this machine may reach it.',
      },
    );
  }
  if (answer.ok) return;
  const isBusy = answer.status >= 500 || answer.status === 429;
  throw new PatronflowError(
    isBusy ? 'NOTICE_UNREACHABLE' : 'NOTICE_REFUSED',
    `${host} answered with status ${answer.status}.`,
    { hint: 'Check the address under notify.' },
  );
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'no answer';
  if (thrown.name === 'TimeoutError') return `no answer in ${answerMs / 1000} seconds`;
  return systemCode(thrown.cause ?? thrown) || thrown.name;
}
