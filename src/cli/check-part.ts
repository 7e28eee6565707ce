export interface CheckOptions {
  readonly config: string;
  readonly envFile?: string;
  readonly json?: boolean;
  readonly now?: Date;
}

/** Tries one part of the job and enters what was found. @returns whether it is in order */
export type Look = (part: string, system: string, work: () => Promise<string>) => Promise<boolean>;
