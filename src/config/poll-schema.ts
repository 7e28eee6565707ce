import { z } from 'zod';
import { checkpoints } from '../adapters/checkpoints/index.ts';
import { errorReporters } from '../adapters/error-reporters/index.ts';
import { patronSources } from '../adapters/patrons/index.ts';
import { recordSinks } from '../adapters/records/index.ts';
import { schemaSources } from '../adapters/schemas/index.ts';
import { warehouses } from '../adapters/warehouse/index.ts';
import { awsSettings } from '../core/aws-credentials.ts';
import { isGuessable } from '../core/guessable.ts';
import { isTimeZone, parseInstant } from '../core/instant.ts';
import { count, location, path, seconds, secret, share, table } from '../core/settings.ts';
import { geocoding, geocodingProblems } from './geocoding-schema.ts';
import {
  allowHttp,
  envFile,
  isShapedWell,
  log,
  mailPlaces,
  mailWith,
  notify,
  type Unfinished,
} from './schema-parts.ts';

/** `true`, or a variable that says exactly `True`, as Python's poller has it: no other text switches anything on. */
const onlyTrue = z.preprocess((value) => (typeof value === 'string' ? value === 'True' : value), z.boolean());

const warehouse = z
  .strictObject({
    url: warehouses.url.describe(`Redshift or PostgreSQL: ${warehouses.documented}.`),
    user: z.string().optional().describe('The user of the database.'),
    password: secret.optional().describe('Its password; take it from a variable.'),
    connect_timeout_seconds: seconds(30, 600).describe('How long to wait for a connection.'),
    call_timeout_seconds: seconds(300, 86_400).describe('How long one look-up may take.'),
    table: table.default('patron_info').describe('The table with the records sent so far.'),
    ...warehouses.blocks(),
  })
  .describe(
    'Where records sent so far are looked up. Without it every address is geocoded, and a deleted patron goes out without what was known.',
  );

const tooSimple = 'is easy to guess; use random characters, as docs/privacy.md says';

const obfuscation = z
  .strictObject({
    method: z
      .enum(['bcrypt', 'hmac-sha256'])
      .default('bcrypt')
      .describe('How ids and addresses are made unreadable; see privacy.md.'),
    salt: secret
      .regex(
        /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{22}$/,
        'must be `$2a$`, a cost from 04 to 31, `$` and 22 characters of ./A-Za-z0-9',
      )
      // 22 characters hold 132 bits, of which bcrypt has 128: it would write another last character than it was given.
      .regex(/[.Oeu]$/, 'ends in a character with spare bits: the last one must be `.`, `O`, `e` or `u`')
      .refine((salt) => !salt.startsWith('$2') || !isGuessable(salt.slice(7)), tooSimple)
      .optional()
      .describe('Salt of bcrypt, with its cost: `$2a$10$` and 22 characters. Secret, and never changed.'),
    long_input: z
      .enum(['truncate', 'reject', 'prehash'])
      .default('truncate')
      .describe(
        'bcrypt reads 72 bytes. `truncate`: what comes after does not count; `reject`: such a patron is not sent; `prehash`: the SHA-256 is hashed in its place.',
      ),
    key: secret
      .min(16, 'must have at least 16 characters')
      .refine((key) => key.length < 16 || !isGuessable(key), tooSimple)
      .optional()
      .describe('Key of HMAC-SHA-256, 32 random bytes in any spelling. Secret, and never changed.'),
  })
  .describe('What becomes of ids and addresses.');

const records = z
  .strictObject({
    to: z
      .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(location).min(1))
      .optional()
      .describe(`Where records go, one or several: ${recordSinks.documented}.`),
    discard: onlyTrue
      .default(false)
      .describe('Make and encode the records and send them nowhere; the checkpoint moves all the same.'),
    ...recordSinks.blocks(),
  })
  .describe('What becomes of the records.');

const checkpoint = z
  .strictObject({
    at: location
      .optional()
      .describe(
        `Where it is: ${checkpoints.documented}. A lease is kept beside it, under \`.lease\`, where the store can have one.`,
      ),
    ignored: onlyTrue
      .default(false)
      .describe('Start from `start` every time, and save nothing. For trials and back-fills.'),
    ...checkpoints.blocks(),
  })
  .describe('How far the patrons were read.');

const pollMail = mailWith('Patronflow poll {day}: {counts}');

/** Configuration of `patronflow poll`. The descriptions become docs/configuration.md and the editors' JSON Schema. */
export const pollSchema = z
  .strictObject({
    job: z.literal('poll').describe('The job that this file configures.'),
    env_file: envFile,
    ...patronSources.blocks(),
    warehouse: warehouse.optional(),
    time_zone: z
      .string()
      .refine(isTimeZone, 'must be a time zone such as America/New_York')
      .default('America/New_York')
      .describe('Zone in which days are counted, not that of the database.'),
    postal_code: z
      .enum(['zip', 'first_five'])
      .default('zip')
      .describe(
        "`zip`: the five digits of a ZIP code, or nothing; `first_five`: the first five characters of Sierra's field, also where it holds other text.",
      ),
    safety_lag_seconds: count(0, 86_400)
      .default(60)
      .describe('Patrons changed this recently wait for the next run: transactions may still be open.'),
    backfill: onlyTrue.default(false).describe('Send new patrons only.'),
    start: z
      .strictObject({
        creation: z.string().default('2020-01-01 00:00:00-05').describe('For new patrons.'),
        update: z.string().default('2020-01-01 00:00:00-05').describe('For updated patrons.'),
        deletion: z
          .string()
          .refine((text) => parseInstant(text, 'UTC') !== null, 'must be a date such as 2020-01-01')
          .default('2020-01-01')
          .describe('For deleted patrons, a day.'),
      })
      .prefault({})
      .describe('Where to begin when there is no checkpoint, or when it is ignored.'),
    batches: z
      .strictObject({
        active: count(1, 1_000_000).default(10_000).describe('New or updated patrons of one batch.'),
        deleted: count(1, 1_000_000).default(25_000).describe('Deleted patrons of one batch.'),
        max: count(0, 1_000_000).optional().describe('Batches of each mode at most; 0 counts as 1.'),
      })
      .prefault({})
      .describe('How much is read at a time; no more than 5,000 patrons are ever in memory as one batch.'),
    obfuscation,
    geocoding,
    schema: schemaSources.url.describe(
      'The Avro schema of the records: an address that answers with it, or a file.',
    ),
    cache_directory: path
      .optional()
      .describe(
        'Where the schema is kept for a day on which its address does not answer; `~/.cache/patronflow` otherwise.',
      ),
    records,
    checkpoint,
    aws: awsSettings.prefault({}).describe("Credentials; without them the SDK's own chain."),
    workspace: z
      .string()
      .optional()
      .describe('Name of the installation, such as `prod`, for mails and error reporters.'),
    max_rejects: share
      .default(0.1)
      .describe('Share of rejected patrons above which a finished run exits with 1.'),
    mail: z
      .union([pollMail, z.array(pollMail).min(1), z.literal('none')])
      .default('none')
      .describe('The report by mail; a list for several, with recipients of their own; or `none`.'),
    notify,
    report: z
      .strictObject({
        file: path
          .optional()
          .describe('HTML page of the report. Trials (`--dry-run`, `--out`) leave it as it is.'),
        title: z.string().default('Patronflow poll').describe('Title of the report.'),
      })
      .prefault({}),
    allow_http: allowHttp,
    log,
    ...errorReporters.blocks(),
  })
  .superRefine(crossCheck, { when: isShapedWell });

/** What no key can say alone; runs beside the other checks, so that all problems are named at once. */
function crossCheck(config: Unfinished<PollConfig>, context: z.core.$RefinementCtx): void {
  const problem = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  const { obfuscation: hashing, checkpoint: kept, records: sent, start, mail } = config;
  if (hashing && hashing.method !== 'hmac-sha256' && !hashing.salt)
    problem(['obfuscation', 'salt'], 'missing; bcrypt needs it');
  if (hashing?.method === 'hmac-sha256' && !hashing.key)
    problem(['obfuscation', 'key'], 'missing; hmac-sha256 needs it');
  // A place that is not used may be half a URL: its variables need not be set.
  if (kept && !kept.ignored) {
    const at = kept.at ?? '';
    const wrong = checkpoints.problemOf(at);
    if (wrong) problem(['checkpoint', 'at'], wrong);
    for (const { key, message } of checkpoints.problems({ url: at }, kept))
      problem(['checkpoint', key], message);
  }
  if (sent && !sent.discard && !sent.to) problem(['records', 'to'], 'missing; `discard: true` sends nothing');
  for (const url of (!sent?.discard && sent?.to) || []) {
    const wrong = recordSinks.problemOf(url ?? '');
    if (wrong) problem(['records', 'to'], wrong);
    // Its rows are replaced as a whole: what is not looked up before would be blanked.
    if (/^postgres/.test(url ?? '') && !config.warehouse)
      problem(['warehouse'], 'missing; with records in PostgreSQL, name their table');
  }
  for (const [index, message] of geocodingProblems(config.geocoding))
    problem(['geocoding', 'geocoders', index], message);
  if (patronSources.named(config).length !== 1)
    problem([patronSources.descriptors[0].system], 'missing; it says where patrons come from');
  for (const key of ['creation', 'update'] as const) {
    const zone = config.time_zone ?? 'UTC';
    if (start?.[key] && isTimeZone(zone) && parseInstant(start[key], zone) === null)
      problem(['start', key], 'must be a time such as 2020-01-01 00:00:00-05');
  }
  for (const [at, each] of mail && mail !== 'none' ? mailPlaces(mail) : []) {
    for (const key of ['from', 'to'] as const) {
      if (!each[key] && (each.from || each.to)) problem([...at, key], 'missing');
    }
  }
}

export type PollConfig = z.output<typeof pollSchema>;
