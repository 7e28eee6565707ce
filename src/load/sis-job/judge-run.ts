import { toPatronflowError } from '../../core/errors.ts';
import { safeText } from '../../core/safe-text.ts';
import type { AlmaInstance, AlmaJob } from '../ports.ts';
import type { NotedJob } from './delivery-note.ts';
import type { Following } from './following.ts';
import { type AlmaReason, groupReasons } from './group-reasons.ts';
import { endingOf } from './job-status.ts';
import { accountedFor, type Counts, readCounters } from './read-counters.ts';
import type { SisJobReport } from './sis-report.ts';
import type { StartedRun } from './start-job.ts';

/** Alerts shown: a job has one or two. */
const shownAlerts = 10;

/** Reads what a run came to: its end, what it counted, whom it rejected. */
export async function judgeRun(
  following: Following,
  job: AlmaJob,
  noted: NotedJob,
  { run, startedBy }: { run: AlmaInstance; startedBy: StartedRun['startedBy'] },
): Promise<SisJobReport> {
  const ending = endingOf(run.status);
  const read = readCounters(run.counters, following.settings.counters);
  const warnings: string[] = [];
  const rejects = ending
    ? await readReasons(following, job, run, read.counts, warnings)
    : { reasons: [], total: null, read: 0 };
  // Only rejected users have events, so these count where no counter tells.
  const rejected = read.counts.rejected ?? rejects.total;
  const counts = { ...read.counts, rejected };
  const accounted = accountedFor(counts);
  if (ending?.result === 'taken' && accounted === null)
    warnings.push(
      'The counters of created, updated, unchanged and rejected users were not recognised. Set their codes under `alma.counters`.',
    );
  return {
    job: safeText(job.name),
    groups: noted.groups,
    ...(ending ?? { result: 'unknown', why: stillRunning(following, run) }),
    status: safeText(run.status),
    instance: safeText(run.id),
    startedBy,
    submittedAt: safeText(run.submittedAt),
    endedAt: safeText(run.endedAt),
    delivered: noted.delivered,
    counts,
    otherCounters: read.others,
    difference: ending?.result === 'taken' && accounted !== null ? accounted - noted.delivered : null,
    // What Alma says of a job as a whole. A warning may quote a user, as a reason may.
    alerts: following.settings.showsIds ? run.alerts.slice(0, shownAlerts).map(safeText) : [],
    reasons: rejects.reasons,
    reasonsMissing: Math.max(0, (rejected ?? rejects.read) - rejects.read),
    warnings,
  };
}

async function readReasons(
  { alma, settings, signal, log }: Following,
  job: AlmaJob,
  run: AlmaInstance,
  { rejected }: Counts,
  warnings: string[],
): Promise<{ reasons: readonly AlmaReason[]; total: number | null; read: number }> {
  if (rejected === 0) return { reasons: [], total: 0, read: 0 };
  try {
    const rejects = await alma.rejects(job.id, run.id, signal);
    const read = rejects.entries.length;
    return { reasons: groupReasons(rejects, settings.showsIds), total: rejects.total ?? read, read };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toPatronflowError(thrown);
    log.warn(error.message, { code: error.code });
    warnings.push(`Which users were rejected could not be read. ${error.message}`);
    return { reasons: [], total: null, read: 0 };
  }
}

function stillRunning({ settings }: Following, { status }: AlmaInstance): string {
  const minutes = Math.round(settings.limitMs / 60_000);
  const limit = minutes === 0 ? '' : ` within ${minutes === 1 ? 'a minute' : `${minutes} minutes`}`;
  return `Alma's job has not ended${limit} (${safeText(status)}). To check again: \`patronflow alma watch\``;
}
