import { PatronflowError, toPatronflowError } from '../../core/errors.ts';
import { stopwatch } from '../stopwatch.ts';
import type { DeliveryNote, NotedJob } from './delivery-note.ts';
import { calledOf, findJob } from './find-job.ts';
import { type Following, saveNote } from './following.ts';
import { judgeRun } from './judge-run.ts';
import { noCounts, type SisJobReport, type SisReport } from './sis-report.ts';
import type { SisJobSettings } from './sis-settings.ts';
import { type StartedRun, startJob } from './start-job.ts';
import { awaitRun, watchRun } from './watch-job.ts';

/** Files that were delivered, by group. */
export interface DeliveredUsers {
  /** Time of the run. */
  readonly madeAt: string;
  readonly at: Date;
  readonly groups: readonly { readonly name: string; readonly users: number }[];
}

/** Writes down what was delivered, and which runs Alma's jobs had by then: a later one has read the files. */
export async function noteDelivery(
  following: Omit<Following, 'note'>,
  delivered: DeliveredUsers,
): Promise<DeliveryNote> {
  const { alma, settings, log, signal } = following;
  const jobs: NotedJob[] = [];
  for (const job of settings.jobs) {
    const groups = delivered.groups.filter(({ name }) => job.groups.includes(name));
    if (groups.length === 0) continue;
    let before: string[] | null = null;
    try {
      const found = await findJob(alma, job, signal);
      before = (await alma.instances(found.id, delivered.at, signal)).map(({ id }) => id);
    } catch (thrown) {
      const { message, code } = toPatronflowError(thrown);
      log.warn(`The runs of a job before this delivery are not known. ${message}`, { code });
    }
    const users = groups.reduce((sum, each) => sum + each.users, 0);
    const names = groups.map(({ name }) => name);
    const unknown = { instance: '', asked: false, result: 'unknown', counts: noCounts } as const;
    jobs.push({ ...unknown, groups: names, delivered: users, before, difference: null });
  }
  const note: DeliveryNote = {
    version: 1,
    madeAt: delivered.madeAt,
    deliveredAt: delivered.at.toISOString(),
    jobs,
  };
  await saveNote({ ...following, note });
  return note;
}

/**
 * Follows delivered files into Alma: starts or finds the run of each job, one after the other, watches it and reads
 * what came of it. Never throws: that Alma cannot be asked makes no delivered file undelivered.
 */
export async function followDelivery(
  following: Following,
  durations: Record<string, number> = {},
  isWanted: (job: NotedJob) => boolean = () => true,
): Promise<SisReport> {
  const jobs: SisJobReport[] = [];
  const step = stopwatch(durations);
  let unended: string | null = null;
  for (const noted of following.note.jobs.filter(isWanted)) {
    const settings = following.settings.jobs.find(({ groups }) =>
      noted.groups.some((group) => groups.includes(group)),
    );
    if (!settings) continue;
    const report = await step(`Alma ${noted.groups.join(', ')}`, async () =>
      unended !== null && following.settings.after === 'start' && noted.instance === ''
        ? notKnown(noted, settings, afterUnended(unended))
        : followJob(following, noted, settings),
    );
    jobs.push(report);
    // Two jobs at a time would lose users who are in both files.
    if (report.result === 'unknown') unended ??= report.job;
    noted.result = report.result;
    noted.counts = report.counts;
    noted.difference = report.difference;
    await saveNote(following);
  }
  return { jobs };
}

async function followJob(
  following: Following,
  noted: NotedJob,
  settings: SisJobSettings,
): Promise<SisJobReport> {
  const { alma, log, signal } = following;
  try {
    await assertEnvironment(following);
    const job = await findJob(alma, settings, signal);
    const started = await runOf(following, job, noted);
    if (!started) return notKnown(noted, settings, noRun(following));
    noted.instance = started.instance;
    await saveNote(following);
    const run = await watchRun(following, job, started.instance);
    if (!run) return notKnown(noted, settings, silent, started);
    const report = await judgeRun(following, job, noted, { run, startedBy: started.startedBy });
    log.info("Read Alma's result for the delivery.", { job: job.id, result: report.result });
    return report;
  } catch (thrown) {
    if (signal.aborted) return notKnown(noted, settings, stopped);
    const error = toPatronflowError(thrown);
    log.error(error.message, { code: error.code });
    return notKnown(noted, settings, [error.message, error.hint].filter(Boolean).join(' '));
  }
}

/** The run that loads the files: the noted one, one that is started now, or the schedule's. */
async function runOf(
  following: Following,
  job: Parameters<typeof startJob>[1],
  noted: NotedJob,
): Promise<StartedRun | null> {
  if (noted.instance !== '')
    return { instance: noted.instance, startedBy: noted.asked ? 'patronflow' : 'schedule' };
  if (following.settings.after === 'start') return startJob(following, job, noted);
  const instance = await awaitRun(following, job, noted);
  return instance === null ? null : { instance, startedBy: noted.asked ? 'patronflow' : 'schedule' };
}

/** Before a job is started: the key of a test may have been exchanged with another. */
async function assertEnvironment({ alma, settings, signal }: Following): Promise<void> {
  const { environment: wanted } = settings;
  if (wanted === null) return;
  const { environment } = await alma.facts(signal);
  if (environment === wanted) return;
  throw new PatronflowError(
    'ALMA_UNFIT',
    `The key is of an Alma that calls itself ${environment || 'nothing'}, and the job is for ${wanted}.`,
    { hint: 'Set alma.key to the key of the right institution, or correct alma.environment.' },
  );
}

function notKnown(
  { groups, delivered, instance }: NotedJob,
  settings: SisJobSettings,
  why: string,
  started: StartedRun | null = null,
): SisJobReport {
  return {
    job: `the job ${calledOf(settings)}`,
    groups,
    result: 'unknown',
    why,
    status: '',
    instance,
    startedBy: started?.startedBy ?? null,
    submittedAt: '',
    endedAt: '',
    delivered,
    counts: noCounts,
    otherCounters: [],
    difference: null,
    alerts: [],
    reasons: [],
    reasonsMissing: 0,
    warnings: [],
  };
}

const stopped =
  'The run was stopped while it waited for Alma. The files are delivered; `patronflow alma watch` reports what Alma did with them.';
const silent = 'Alma did not answer within the time limit. To check again: `patronflow alma watch`';

const afterUnended = (job: string): string =>
  `Not started: ${job} may still be running, and only one job may run at a time. Start this job in Alma once ${job} has ended; \`patronflow alma watch\` then reports its result.`;

function noRun({ settings, note }: Following): string {
  const minutes = Math.round(settings.limitMs / 60_000);
  const waited = minutes === 0 ? '' : ` within ${minutes} minutes`;
  return `No run of the job has started since the delivery of ${note.deliveredAt.slice(0, 16).replace('T', ' ')} UTC${waited}. Check that its schedule is on, then run \`patronflow alma watch\`.`;
}
