import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type LoadConfig, loadSchema } from '../config/load-schema.ts';
import { PatronflowError } from '../core/errors.ts';
import { safeText } from '../core/safe-text.ts';
import type { LoadJob } from '../load/job.ts';
import { openSession, type Session, type SessionOptions } from './open-session.ts';
import type { ProcessContext } from './process-context.ts';
import { version } from './version.ts';
import { type LoadAdapters, wireAdapters, wireJob } from './wire-load.ts';

export interface LoadOptions extends SessionOptions {
  readonly dryRun?: boolean;
  readonly group?: readonly string[];
  readonly person?: string;
  readonly explain?: boolean;
  readonly limit?: number;
  readonly out?: string;
  readonly acceptDrop?: boolean;
  readonly held?: string;
  readonly only?: string;
  readonly json?: boolean;
  readonly report?: string;
}

export interface LoadSession extends Session<LoadConfig> {
  readonly adapters: LoadAdapters;
}

/** Reads the configuration of a load. */
export async function openLoad(options: LoadOptions, context: ProcessContext): Promise<LoadSession> {
  const overrides = options.out === undefined ? {} : deliveryTo(options.out, context);
  const session = await openSession({ pipeline: 'load', schema: loadSchema, overrides }, options, context);
  const { config } = session;
  const known = config.groups.map(({ name }) => name);
  const unknown = options.group?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new PatronflowError('USAGE', `There is no group ${safeText(unknown)}.`, {
      hint: `There are ${known.join(', ')}.`,
    });
  }
  if (options.explain && options.person === undefined) {
    throw new PatronflowError('USAGE', '--explain shows how the values of one person were made.', {
      hint: 'Add --person and an identifier.',
    });
  }
  if (options.limit !== undefined && !options.dryRun && options.out === undefined) {
    throw new PatronflowError(
      'USAGE',
      '--limit makes files of a part of the people, which must not be delivered.',
      { hint: 'Add --dry-run or --out DIR.' },
    );
  }
  // With --out the files of all groups go to one directory.
  const groups =
    options.out === undefined
      ? config.groups
      : config.groups.map((group) => ({ ...group, deliver: undefined }));
  const asked = { ...session, config: { ...config, groups } };
  return { ...asked, adapters: wireAdapters(asked, version, context) };
}

/** Settings for `--out`. Files on the local disk need neither the store nor the mail that the job has, nor their variables. */
function deliveryTo(out: string, { workingDirectory }: ProcessContext) {
  const directory = resolve(workingDirectory, out);
  if (existsSync(`${directory}-ledger`)) {
    throw new PatronflowError(
      'USAGE',
      `${safeText(out)} is a folder that a job delivers to: ${out}-ledger is beside it.`,
      {
        hint: 'Name another directory; --out is compared with nothing.',
      },
    );
  }
  return {
    deliver: { to: `file:${directory}` },
    ledger: undefined,
    mail: 'none',
    notify: undefined,
    rejects: 'none',
    rejects_by: undefined,
  };
}

/** The job as the options want it. */
export function loadJobOf(options: LoadOptions, config: LoadConfig, now: Date): Promise<LoadJob> {
  return wireJob(config, {
    now,
    onlyGroups: options.group,
    limit: options.limit,
    dryRun: options.dryRun ?? false,
    acceptDrop: options.acceptDrop ?? false,
  });
}
