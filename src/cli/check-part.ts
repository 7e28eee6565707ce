import type { PlainHttp } from '../config/plain-http.ts';
import type { Notice } from '../core/ports.ts';
import type { SessionOptions } from './open-session.ts';
import type { WiredMail } from './wire-shared.ts';

export interface CheckOptions extends SessionOptions {
  readonly json?: boolean;
}

/** Tries one part of the job and enters what was found. @returns whether it is in order */
export type Look = (part: string, system: string, work: () => Promise<string>) => Promise<boolean>;

/** What `check` does with a job. */
export interface Looking {
  look: Look;
  /** Enters what is less safe than it should be: the job runs all the same. */
  warn(part: string, system: string, risk: string): void;
}

/** What a network can read, because the configuration allows it. */
export function warnOfPlainHttp({ warn }: Looking, found: readonly PlainHttp[]): void {
  for (const { place, origin } of found)
    warn(
      place,
      origin,
      'What is sent there travels UNENCRYPTED: anyone on the network between can read it. Use https, and remove allow_http.',
    );
}

/** The mails, which are tried, and whom else a run tells: asking there would tell of a run. */
export async function lookAtMails(
  { look }: Pick<Looking, 'look'>,
  { mails, notices }: { readonly mails: readonly WiredMail[]; readonly notices: readonly Notice[] },
  signal: AbortSignal,
): Promise<void> {
  if (mails.length + notices.length === 0)
    await look('mail', 'none', async () => 'no mail or notification is configured');
  for (const { mailer } of mails) await look('mail', mailer.name, () => mailer.check(signal));
  for (const { name, when } of notices)
    await look('notice', name, async () => `not tested; notified of ${toldOf[when]}`);
}

const toldOf = {
  always: 'every run',
  problems: 'runs whose exit code is not 0',
  failure: 'runs that end with an error',
} as const;
