import type { z } from 'zod';
import { readConfig } from '../config/read-config.ts';
import { type TextPlace, textPlaces } from '../config/text-places.ts';
import { dateOf, parseInstant } from '../core/instant.ts';
import { createRedact, type Redact } from '../core/redact.ts';
import { readConfigText, readEnvironment } from './config-file.ts';
import type { ProcessContext } from './process-context.ts';
import { createRunLog, type RunLog } from './run-log.ts';
import { secretsOf } from './secrets.ts';
import { wireDecrypt } from './wire-shared.ts';

/** What the commands of every job take. */
export interface SessionOptions {
  readonly config: string;
  readonly envFile?: string;
  /** A time that `parseInstant` reads. */
  readonly now?: string;
}

/** A configuration that was read, and what every command makes of it. */
export interface Session<Config> {
  readonly config: Config;
  readonly log: RunLog;
  /** For all that leaves the program. */
  readonly redact: Redact;
  readonly now: Date;
  /** Where a text of the configuration stands, by its keys joined by dots; null where it is not known. */
  readonly placeOf: (place: string) => TextPlace | null;
}

/** A schema of which every configuration says how much to log. */
type JobSchema = z.ZodType<{ readonly log: { readonly level: string } }>;

/** Reads the configuration and connects nothing but, where variables are encrypted, KMS. */
export async function openSession<Schema extends JobSchema>(
  {
    pipeline,
    schema,
    overrides = {},
    zoneOf = () => 'UTC',
  }: {
    pipeline: string;
    schema: Schema;
    overrides?: object;
    /** The zone of a time that has no offset. */
    zoneOf?: (config: z.output<Schema>) => string;
  },
  options: SessionOptions,
  context: ProcessContext,
): Promise<Session<z.output<Schema>>> {
  const { workingDirectory } = context;
  const text = await readConfigText(options.config, workingDirectory);
  const environment = await readEnvironment(
    context.environment,
    options.envFile,
    text,
    workingDirectory,
    wireDecrypt,
  );
  const config = readConfig(schema, text, {
    environment,
    workingDirectory,
    overrides: { ...overrides, env_file: undefined },
  });
  const asked = options.now === undefined ? null : parseInstant(options.now, zoneOf(config));
  const now = asked === null ? new Date() : dateOf(asked);
  const redact = createRedact(secretsOf(schema, config));
  const facts = { pipeline, run: now.toISOString() };
  const log = createRunLog(config.log.level, context.stderr, facts, redact);
  return { config, log, redact, now, placeOf: textPlaces(text.yaml) };
}
