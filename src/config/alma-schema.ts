import { z } from 'zod';
import { almaService } from '../adapters/alma/index.ts';
import { count } from '../core/settings.ts';
import { leaversName } from './leavers-schema.ts';
import type { Unfinished } from './schema-parts.ts';

const code = z.string().optional();

const sisJob = z.strictObject({
  profile: z.coerce
    .string()
    .optional()
    .describe("Id of the integration profile: in Alma's list of profiles, after the information icon."),
  name: z.string().optional().describe('Name of the profile or of its job, in place of `profile`.'),
  groups: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('The groups whose files the profile loads; all of them where there is one job.'),
});

/** Alma itself, beside the folder that it reads. */
export const almaSchema = z
  .strictObject({
    ...almaService.options.shape,
    environment: z
      .enum(['production', 'sandbox'])
      .optional()
      .describe(
        'What Alma must call itself. With another key no job is started, and `check` fails. A `workspace` called prod or production means `production` by itself.',
      ),
    after_delivery: z
      .enum(['none', 'start', 'find'])
      .default('none')
      .describe(
        'What a run does once its files are there: `start` the jobs, `find` the runs that the schedule of the profile starts, or `none`. `start` and `find` watch each job to its end, and tell its result.',
      ),
    jobs: z
      .array(sisJob)
      .default([])
      .describe('The jobs of the profiles that load the files, in the order in which they are to run.'),
    watch_minutes: count(1, 1440).default(120).describe('How long each job is waited for.'),
    counters: z
      .strictObject({
        processed: code.describe('Code of the counter of users that were read.'),
        created: code.describe('Code of the counter of users that are new.'),
        updated: code.describe('Code of the counter of users that were changed.'),
        unchanged: code.describe('Code of the counter of users that were the same.'),
        rejected: code.describe('Code of the counter of users that were rejected.'),
      })
      .prefault({})
      .describe(
        "Codes of the counters in a job's report, where their labels are not English. `patronflow alma watch --json` shows the labels that were not recognised.",
      ),
  })
  .optional()
  .describe(
    "Alma's API: `check` compares codes with Alma's tables, and a run can start the job that loads its files and tell what came of it. docs/alma.md says more.",
  );

interface WithAlma {
  readonly alma?: z.output<typeof almaSchema>;
  readonly groups: readonly { readonly name: string }[];
  readonly leavers?: object | undefined;
}

/** What no key of the block can say alone. */
export function almaProblems(
  { alma, groups = [], leavers }: Unfinished<WithAlma>,
  problem: (path: (string | number)[], message: string) => void,
): void {
  if (!alma) return;
  const jobs = alma.jobs ?? [];
  if ((alma.after_delivery ?? 'none') !== 'none' && jobs.length === 0)
    problem(
      ['alma', 'jobs'],
      'missing: it names the job that loads the files, by the id or name of its profile',
    );
  const names = [...groups.map((group) => group?.name), ...(leavers ? [leaversName] : [])];
  const seen = new Set<string>();
  for (const [index, job] of jobs.entries()) {
    const at = ['alma', 'jobs', index];
    if ((job?.profile === undefined) === (job?.name === undefined))
      problem([...at, 'profile'], 'give either the id of a profile or a name');
    if (job?.groups === undefined && jobs.length > 1)
      problem([...at, 'groups'], 'missing: with several jobs each says whose files it loads');
    for (const name of job?.groups ?? []) {
      if (name === undefined) continue;
      if (!names.includes(name)) problem([...at, 'groups'], `there is no group ${name}`);
      if (seen.has(name)) problem([...at, 'groups'], `two jobs have the group ${name}`);
      seen.add(name);
    }
  }
}

export type AlmaConfig = NonNullable<z.output<typeof almaSchema>>;
