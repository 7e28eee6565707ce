import type { SessionOptions } from './open-session.ts';

export interface CheckOptions extends SessionOptions {
  readonly json?: boolean;
}

/** Tries one part of the job and enters what was found. @returns whether it is in order */
export type Look = (part: string, system: string, work: () => Promise<string>) => Promise<boolean>;
