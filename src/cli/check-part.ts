import type { SessionOptions } from './open-session.ts';

export interface CheckOptions extends SessionOptions {
  readonly json?: boolean;
}

/** What was found, one sentence for a person; with a warning where it works and a person should know more. */
export type Found = string | { readonly found: string; readonly warning: string };

/** Tries one part of the job and enters what was found. @returns whether it is in order */
export type Look = (part: string, system: string, work: () => Promise<Found>) => Promise<boolean>;
