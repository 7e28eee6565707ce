import type { PlainHttp } from '../config/plain-http.ts';
import type { SessionOptions } from './open-session.ts';

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
      'What is sent there travels UNENCRYPTED: anyone on the network between can read it. Use https, and take allow_http away.',
    );
}
