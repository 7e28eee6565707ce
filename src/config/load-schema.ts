import { dirname } from 'node:path';
import { z } from 'zod';
import { checkpoints } from '../adapters/checkpoints/index.ts';
import { errorReporters } from '../adapters/error-reporters/index.ts';
import { objectStores } from '../adapters/objects/index.ts';
import { count, flag, path, seconds, share } from '../core/settings.ts';
import { almaProblems, almaSchema } from './alma-schema.ts';
import { deliver, ledger } from './delivery-schema.ts';
import { group } from './group-schema.ts';
import { guard } from './guard-schema.ts';
import { checkRoster, leavers } from './leavers-schema.ts';
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
import { checkTables, sourceSchema, sourcesSchema, tablesSchema } from './tables-schema.ts';

const stagingSchema = z
  .strictObject({
    memory_mb: count(64, 65_536)
      .default(256)
      .describe('Memory for queries over tables, in MB. What does not fit goes to the private work folder.'),
    threads: count(1, 64)
      .default(1)
      .describe(
        'Threads for queries over tables. With more than one, rows that are not sorted come in another order each time; of a person who comes twice another row may be the first.',
      ),
    query_timeout_seconds: seconds(900, 86_400).describe('How long the query of a group may take.'),
  })
  .prefault({})
  .describe('The embedded DuckDB that runs queries over tables.');

const lookupTable = z.strictObject({
  file: path.describe(
    'JSON object `{"code": "value"}`, or CSV with a column of values after one or more columns of codes.',
  ),
  default: z
    .string()
    .optional()
    .describe('Value for codes that the table lacks; each is listed in the report.'),
  optional: flag
    .default(false)
    .describe('Whether values that the table lacks are usual, and not listed in the report.'),
});

const loadMail = mailWith('Patronflow load {day}: {counts}').extend({
  groups: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Only what concerns these groups is in the mail, and no log; all without it.'),
});

/** Configuration of `patronflow load`. The descriptions become docs/configuration.md and the editors' JSON Schema. */
export const loadSchema = z
  .strictObject({
    job: z.literal('load').describe('The job that this file configures.'),
    env_file: envFile,
    source: sourceSchema,
    sources: sourcesSchema,
    tables: tablesSchema,
    staging: stagingSchema,
    groups: z
      .array(group)
      .min(1)
      .describe('Groups of people in order of precedence: who is in an earlier group is not written again.'),
    lookups: z
      .record(z.string(), lookupTable)
      .default({})
      .describe("Lookup tables for the template's `lookup`."),
    calendars: z
      .record(z.string(), path)
      .default({})
      .describe("Calendars for the template's `term`: CSV files with the columns `code`, `start` and `end`."),
    values: z
      .enum(['trim', 'keep'])
      .default('trim')
      .describe('Whether blanks around the values of the source are removed before anything else.'),
    workspace: z
      .string()
      .optional()
      .describe('Name of the installation, such as `prod`, for mails and error reporters.'),
    required: z
      .array(z.string())
      .default(['primary_id', 'last_name', 'user_group'])
      .describe('Elements without which a person is rejected, as paths below `user`.'),
    allowed: z
      .record(z.string(), z.array(z.coerce.string()))
      .default({})
      .describe('The values that an element may have; a person with another one is rejected.'),
    after_reject: z
      .enum(['stay_out', 'try_next_group'])
      .default('stay_out')
      .describe(
        'What happens to a person who is rejected in one group and appears in a later one: `stay_out` rejects them there too, `try_next_group` lets the later group decide.',
      ),
    output: z
      .strictObject({
        root: z
          .enum(['users', 'userRecords'])
          .default('users')
          .describe('Root element of the XML files; `users` is the documented one.'),
        users_per_file: count(1, 1_000_000)
          .default(50_000)
          .describe('Users in one XML file of a zip. Alma accepts 50 XML files a zip.'),
      })
      .prefault({}),
    guard,
    max_rejects: share
      .default(0.1)
      .describe('Share of rejected people above which a finished run exits with 1.'),
    deliver,
    ledger: ledger.optional(),
    roster: z
      .enum(['none', 'beside'])
      .default('none')
      .describe(
        '`beside` the ledger keeps what Alma was last sent of each user, in a private file: personal data. It shows what a run changes, who is gone, and guards it. `none` keeps counts only.',
      ),
    leavers: leavers.optional(),
    roster_keep_days: count(1, 36_500)
      .default(400)
      .describe('Days after which people who are gone are forgotten in the roster.'),
    rejects: z
      .union([z.enum(['none', 'beside']), path.regex(/\.csv$/i, 'must name a .csv file')])
      .default('none')
      .describe(
        'Every rejected row with its values, in a private file that can be corrected and loaded again with `load --only`: personal data. A `.csv` file, `beside` the ledger, or `none`.',
      ),
    rejects_by: z
      .string()
      .optional()
      .describe(
        'A column, such as one of institutions: rejected rows are divided into a file for each group and each of its values.',
      ),
    alma: almaSchema,
    mail: z
      .union([loadMail, z.array(loadMail).min(1), z.literal('none')])
      .default('none')
      .describe('The report by mail; a list for several, with recipients of their own; or `none`.'),
    notify,
    report: z
      .strictObject({
        row_keys: flag
          .default(false)
          .describe(
            "Whether the report, its page and its mail name people by the value of the group's `person` column. Personal data.",
          ),
        file: path
          .optional()
          .describe('HTML page of the report. Trials (`--dry-run`, `--out`) leave it as it is.'),
        title: z.string().default('Patronflow load').describe('Title of the report.'),
      })
      .prefault({}),
    work_directory: path
      .optional()
      .describe("Where private temporary files are made; the system's directory otherwise."),
    allow_http: allowHttp,
    log,
    ...errorReporters.blocks(),
  })
  .superRefine(crossCheck, { when: isShapedWell });

/**
 * What no key can say alone. Runs beside the other checks, on configurations that may lack anything, so that
 * all problems are named at once.
 */
function crossCheck(config: Unfinished<LoadConfig>, context: z.core.$RefinementCtx): void {
  const problem = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });

  const groups = config.groups ?? [];
  checkTables(config, problem);
  almaProblems(config, problem);
  const tables = Object.keys(config.tables ?? {});
  const isCsv = config.source?.url?.startsWith('csv:') ?? false;
  for (const [index, each] of groups.entries()) {
    const hasQuery = each?.query !== undefined;
    if (tables.length > 0 && each?.table !== undefined && !tables.includes(each.table))
      problem(['groups', index, 'table'], `none of the tables ${tables.join(', ')}`);
    if (tables.length > 0 && each?.columns !== undefined)
      problem(['groups', index, 'columns'], 'the template names the columns; remove them');
    if (isCsv && each?.columns !== undefined && each.table === undefined) {
      problem(
        ['groups', index, 'columns'],
        'without a table these do not apply to a CSV file, whose columns the template names; remove them',
      );
    }
    if (each?.table === undefined ? !hasQuery && !isCsv : hasQuery) {
      problem(['groups', index, 'table'], 'give either a table or a query');
    }
    if (each?.query !== undefined && each.columns !== undefined) {
      problem(['groups', index, 'columns'], 'the query names its columns itself');
    }
    if (groups.findIndex((other) => other?.name === each?.name) !== index) {
      problem(['groups', index, 'name'], 'two groups have this name');
    }
  }
  checkRoster(config, problem);
  checkRejects(config, problem);
  const owners = [
    ...groups.map((each, index) => [['groups', index, 'deliver'], each?.deliver] as const),
    [['leavers', 'deliver'], config.leavers?.deliver] as const,
  ];
  for (const [at, own] of owners) {
    if (!own) continue;
    for (const { key, message } of objectStores.problems({ url: own.to }, { ...config.deliver, ...own }))
      problem([...at, key], message);
  }
  for (const [block, problems] of [
    ['deliver', objectStores.problems({ url: config.deliver?.to }, config.deliver ?? {})],
    ['ledger', checkpoints.problems({ url: config.ledger?.at }, { ...config.deliver, ...config.ledger })],
  ] as const) {
    for (const { key, message } of problems) problem([block, key], message);
  }
  checkMails(config, problem);
}

/** What goes to Alma must not go without a mail. A folder is on your own disk. */
function checkMails(
  { mail = 'none', deliver, groups = [] }: Unfinished<LoadConfig>,
  problem: (path: (string | number)[], message: string) => void,
): void {
  if (mail === 'none') return;
  const isOwnDisk = deliver?.to?.startsWith('file:') ?? false;
  const names = groups.map((each) => each?.name);
  for (const [at, each] of mailPlaces(mail)) {
    for (const key of ['from', 'to'] as const) {
      if (!each[key] && !(isOwnDisk && !each.from && !each.to))
        problem([...at, key], 'missing; `mail: none` would deliver without telling anyone');
    }
    for (const name of each.groups ?? [])
      if (!names.includes(name)) problem([...at, 'groups'], `there is no group ${name}`);
  }
}

/** Alma must never find personal data beside its files. */
function checkRejects(
  { rejects = 'none', rejects_by, deliver, groups = [], leavers: left }: Unfinished<LoadConfig>,
  problem: (path: (string | number)[], message: string) => void,
): void {
  if (rejects === 'none' && rejects_by !== undefined)
    problem(['rejects_by'], 'divides the file of `rejects`, which is not set');
  if (rejects === 'none' || rejects === 'beside') return;
  const folders = [deliver, left?.deliver, ...groups.map((each) => each?.deliver)].map((each) => each?.to);
  if (folders.includes(`file:${dirname(rejects)}`))
    problem(['rejects'], 'lies in the folder that Alma reads; name another folder');
}

export type LoadConfig = z.output<typeof loadSchema>;

const { groups, lookups, calendars, values, required, allowed } = loadSchema.shape;

/** What makes users of rows: the part of a configuration that `patronflow test` reads. */
export const mappingSchema = z.object({ groups, lookups, calendars, values, required, allowed });
export type MappingConfig = z.output<typeof mappingSchema>;
