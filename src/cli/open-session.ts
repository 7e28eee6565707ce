import type { z } from 'zod';
import { type PlainHttp, plainHttp } from '../config/plain-http.ts';
import { readConfig } from '../config/read-config.ts';
import { type TextPlace, textPlaces } from '../config/text-places.ts';
import { untilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import { dateOf, parseInstant } from '../core/instant.ts';
import { createRedact, type Redact } from '../core/redact.ts';
import { safeText } from '../core/safe-text.ts';
import { jobOf, readConfigText, readEnvironment } from './config-file.ts';
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
  readonly verbose?: boolean;
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
  /** Addresses that are used without TLS, because the configuration allows it. */
  readonly plainHttp: readonly PlainHttp[];
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
    pipeline: 'load' | 'poll';
    schema: Schema;
    overrides?: object;
    /** The zone of a time that has no offset. */
    zoneOf?: (config: z.output<Schema>) => string;
  },
  options: SessionOptions,
  context: ProcessContext,
): Promise<Session<z.output<Schema>>> {
  const { workingDirectory, signal } = context;
  const text = await untilAborted(signal, readConfigText(options.config, workingDirectory));
  assertJob(jobOf(text), pipeline, options.config);
  const environment = await untilAborted(
    signal,
    readEnvironment(context.environment, options.envFile, text, workingDirectory, wireDecrypt),
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
  const { level } = config.log;
  const isShown = options.verbose || level === 'debug' || !isOneTerminal(context);
  return {
    config,
    log: createRunLog(level, context.stderr, facts, redact, isShown),
    redact,
    now,
    placeOf: textPlaces(text.yaml),
    plainHttp: plainHttp(schema, config, environment),
  };
}

/** Tells whether log and report would stand on the same terminal, where each says what the other says. */
function isOneTerminal({ stdout, stderr }: ProcessContext): boolean {
  return stdout.isTTY === true && stderr.isTTY === true;
}

/** Before anything else is said of a file that is another job's. @throws PatronflowError USAGE */
function assertJob(job: string, wanted: 'load' | 'poll', config: string): void {
  const other = wanted === 'load' ? 'poll' : 'load';
  if (job !== other) return;
  throw new PatronflowError('USAGE', `${safeText(config)} configures a ${other}, not a ${wanted}.`, {
    hint: `Run it by \`patronflow ${other}\`, or name the file of a ${wanted} by --config.`,
  });
}
