import { z } from 'zod';
import { isTimeZone, parseInstant } from '../core/instant.ts';
import { geocoding, sendsAddresses } from './geocoding-schema.ts';
import {
  count,
  envFile,
  flag,
  isAddress,
  log,
  mailWith,
  notAnAddress,
  path,
  postgres,
  seconds,
  sentry,
  share,
  store,
  type Unfinished,
} from './schema-parts.ts';

/** `true`, or a variable that says exactly `True`, as Python's poller has it: no other text switches anything on. */
const onlyTrue = z.preprocess((value) => (typeof value === 'string' ? value === 'True' : value), z.boolean());

const table = z
  .string()
  .regex(/^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?$/, 'is the name of a table, with its schema if need be');

const database = {
  url: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'starts with postgres://')
    .refine(isAddress, notAnAddress),
  user: z.string().optional().describe('The user of the database.'),
  password: z.string().optional().describe('Its password; take it from a variable.'),
  connect_timeout_seconds: seconds(30, 600).describe('How long to wait for a connection.'),
  postgres,
};

const sierra = z
  .strictObject({
    ...database,
    url: database.url.describe("Sierra's database, `postgres://host:1032/iii`."),
    call_timeout_seconds: seconds(300, 86_400).describe(
      'How long one page may take; Sierra is slow where nobody indexes for us.',
    ),
  })
  .describe('Where patrons come from.');

const warehouse = z
  .strictObject({
    ...database,
    url: database.url.describe('Redshift or PostgreSQL: `postgres://host:5439/database`.'),
    call_timeout_seconds: seconds(300, 86_400).describe('How long one look-up may take.'),
    table: table.default('patron_info').describe('The table with the records sent so far.'),
  })
  .describe(
    'Where records sent so far are looked up. Without it every address is geocoded, and a deleted patron goes out without what was known.',
  );

const obfuscation = z
  .strictObject({
    method: z
      .enum(['bcrypt', 'hmac-sha256'])
      .default('bcrypt')
      .describe('How ids and addresses are made unreadable; see privacy.md.'),
    salt: z
      .string()
      .regex(
        /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{22}$/,
        'is `$2a$`, the cost from 04 to 31, `$` and 22 characters of ./A-Za-z0-9',
      )
      // 22 characters hold 132 bits, of which bcrypt has 128: it would write another last character than it was given.
      .regex(/[.Oeu]$/, 'ends in a character with spare bits: the last one must be `.`, `O`, `e` or `u`')
      .optional()
      .describe('Salt of bcrypt, with its cost: `$2a$10$` and 22 characters. Secret, and the same for ever.'),
    long_input: z
      .enum(['truncate', 'reject', 'prehash'])
      .default('truncate')
      .describe(
        'bcrypt reads 72 bytes. `truncate`: what comes after does not count; `reject`: such a patron is not sent; `prehash`: the SHA-256 is hashed in its place.',
      ),
    key: z
      .string()
      .min(16, 'has at least 16 characters')
      .optional()
      .describe('Key of HMAC-SHA-256, 32 random bytes in any spelling. Secret, and the same for ever.'),
  })
  .describe('What becomes of ids and addresses.');

const records = z
  .strictObject({
    to: z
      .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(z.string()).min(1))
      .optional()
      .describe(
        'Where records go, one or several: `kinesis:arn:…`, `postgres://host/database`, `file:./records.avro`, `file:./records.jsonl`.',
      ),
    discard: onlyTrue
      .default(false)
      .describe('Make and encode the records and send them nowhere; the checkpoint moves all the same.'),
    kinesis: z
      .strictObject({
        records_per_call: count(1, 500).default(500).describe('Records of one call.'),
        endpoint: z.url().optional().describe('Address of a service that speaks Kinesis and is not AWS.'),
      })
      .prefault({}),
    postgres: z
      .strictObject({
        table: table.default('patron_info').describe('The table.'),
        create_table: flag.default(false).describe('Make the table where there is none.'),
        user: z.string().optional().describe('The user, where the URL has none.'),
        password: z.string().optional().describe('The password, where the URL has none.'),
        tls: z
          .enum(['verify-full', 'no-verify', 'disable'])
          .default('verify-full')
          .describe('As for `sierra.postgres.tls`.'),
        ca_file: path.optional().describe("Certificate of the authority that signed the server's."),
      })
      .prefault({}),
  })
  .describe('What becomes of the records.');

const checkpoint = z
  .strictObject({
    at: z
      .string()
      .describe('`s3://bucket/key.json` or `file:./state.json`. A lease is kept beside it, under `.lease`.')
      .optional(),
    ignored: onlyTrue
      .default(false)
      .describe('Start from `start` every time, and save nothing. For trials and back-fills.'),
    s3: store.s3,
  })
  .describe('How far the patrons were read.');

const isSink =
  /^(kinesis:arn:[\w-]+:kinesis:[\w-]+:\d+:stream\/[\w.-]+|postgres(ql)?:\/\/.+|file:.+\.(avro|jsonl))$/;
const isCheckpoint = /^(s3:\/\/[^/@:]+\/[^/]|file:.)/;

/** Configuration of `patronflow poll`. The descriptions become docs/configuration.md and the editors' JSON Schema. */
export const pollSchema = z
  .strictObject({
    job: z.literal('poll').describe('The job that this file configures.'),
    env_file: envFile,
    sierra,
    warehouse: warehouse.optional(),
    time_zone: z
      .string()
      .refine(isTimeZone, 'is not a time zone such as America/New_York')
      .default('America/New_York')
      .describe("Zone in which days are counted, whatever the database's own is."),
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
          .refine((text) => parseInstant(text, 'UTC') !== null, 'is a day such as 2020-01-01')
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
    schema: z
      .string()
      .regex(/^(https?:\/\/|file:)/, 'starts with https:// or file:')
      .refine(isAddress, notAnAddress)
      .describe('The Avro schema of the records: an address that answers with it, or a file.'),
    cache_directory: path
      .optional()
      .describe(
        'Where the schema is kept for a day on which nobody answers; `~/.cache/patronflow` otherwise.',
      ),
    records,
    checkpoint,
    aws: z
      .strictObject({
        access_key_id: z.string().optional().describe('Where the key is among the variables of the job.'),
        secret_access_key: z.string().optional().describe('Its secret.'),
        session_token: z.string().optional().describe('The token of a role.'),
      })
      .prefault({})
      .describe("Credentials; without them the SDK's own chain."),
    workspace: z
      .string()
      .optional()
      .describe('Name of the installation, such as `prod`, for mails and error reporters.'),
    max_rejects: share
      .default(0.1)
      .describe('Share of rejected patrons above which a finished run exits with 1.'),
    mail: z
      .union([mailWith('Patronflow poll {day}'), z.literal('none')])
      .default('none')
      .describe('The report by mail, or `none`.'),
    report: z
      .strictObject({
        file: path.optional().describe('HTML page of the report.'),
        title: z.string().default('Patronflow poll').describe('Title of the report.'),
      })
      .prefault({}),
    log,
    sentry,
  })
  .superRefine(crossCheck, { when: () => true });

/** What no key can say alone; runs beside the other checks, so that all problems are named at once. */
function crossCheck(config: Unfinished<PollConfig>, context: z.core.$RefinementCtx): void {
  const problem = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  const { obfuscation: hashing, checkpoint: kept, records: sent, start, mail } = config;
  if (hashing && hashing.method !== 'hmac-sha256' && !hashing.salt)
    problem(['obfuscation', 'salt'], 'missing; bcrypt needs it');
  if (hashing?.method === 'hmac-sha256' && !hashing.key)
    problem(['obfuscation', 'key'], 'missing; hmac-sha256 needs it');
  if (kept && !kept.ignored && !isCheckpoint.test(kept.at ?? ''))
    problem(['checkpoint', 'at'], 'is s3://bucket/key or file:./state.json');
  if (sent && !sent.discard && !sent.to) problem(['records', 'to'], 'missing; `discard: true` sends nothing');
  for (const url of (!sent?.discard && sent?.to) || []) {
    if (!isSink.test(url ?? '') || !isAddress(url ?? '')) {
      const forms =
        'kinesis:<ARN of a stream>, postgres://host/database, file:./name.avro or file:./name.jsonl';
      problem(['records', 'to'], `is ${forms}`);
    }
    // Its rows are replaced as a whole: what is not looked up before would be blanked.
    if (/^postgres/.test(url ?? '') && !config.warehouse)
      problem(['warehouse'], 'missing; with records in PostgreSQL, name their table');
  }
  if (config.geocoding?.addresses_may_leave === false) {
    for (const [index, geocoder] of (config.geocoding.geocoders ?? []).entries()) {
      if (
        geocoder?.via &&
        sendsAddresses({ via: geocoder.via, url: 'url' in geocoder ? geocoder.url : undefined })
      )
        problem(
          ['geocoding', 'geocoders', index],
          `\`via: ${geocoder.via}\` sends addresses to another machine, and addresses_may_leave is false`,
        );
    }
  }
  for (const key of ['creation', 'update'] as const) {
    const zone = config.time_zone ?? 'UTC';
    if (start?.[key] && isTimeZone(zone) && parseInstant(start[key], zone) === null)
      problem(['start', key], 'is a time such as 2020-01-01 00:00:00-05');
  }
  if (mail && mail !== 'none') {
    for (const key of ['from', 'to'] as const) {
      if (!mail[key] && (mail.from || mail.to)) problem(['mail', key], 'missing');
    }
  }
}

export type PollConfig = z.output<typeof pollSchema>;
