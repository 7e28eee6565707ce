import { PatronflowError } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest-name.ts';
import { safeText } from '../../core/safe-text.ts';
import type { AlmaJob, AlmaService } from '../ports.ts';
import type { SisJobSettings } from './sis-settings.ts';

/** What Alma calls the job of a profile that updates users; a profile may also have one that imports and one that exports. */
const synchronize = /\busers synchronize using profile\s+/i;

/** What the configuration calls a job, for messages. */
export function calledOf({ profile, name }: Pick<SisJobSettings, 'profile' | 'name'>): string {
  return profile === null ? `"${safeText(name ?? '')}"` : `of profile ${safeText(profile)}`;
}

/**
 * The job of a profile. It is looked for each time: when a profile is edited, its job may get another id.
 * @throws PatronflowError ALMA_UNFIT where there is none, or more than one
 */
export async function findJob(
  alma: AlmaService,
  settings: SisJobSettings,
  signal: AbortSignal,
): Promise<AlmaJob> {
  const { profile, name } = settings;
  const jobs = await alma.jobs(profile, signal);
  const wanted = (name ?? '').trim().toLowerCase();
  // Alma has looked for the profile itself; a version that does not know the parameter gives all jobs.
  const isOfProfile = (job: AlmaJob) =>
    job.profile === '' || job.profile === profile || !jobs.some((each) => each.profile === profile);
  const isNamed = (job: AlmaJob) =>
    [job.name, job.name.replace(synchronize, '')].some((each) => each.trim().toLowerCase() === wanted);
  const fitting = jobs.filter(profile === null ? isNamed : isOfProfile);
  const synchronizing = fitting.filter((job) => synchronize.test(job.name));
  const found = synchronizing.length > 0 ? synchronizing : fitting;
  const [first, second] = found;
  if (first && !second) return first;
  const called = calledOf(settings);
  if (second) {
    const names = found.slice(0, 5).map((job) => safeText(job.name));
    throw unfit(
      `has ${found.length} jobs ${called}: ${names.join('; ')}`,
      alma,
      'Give the full name of one of them.',
    );
  }
  const near = didYouMean(
    name ?? '',
    jobs.map((job) => job.name.replace(synchronize, '')),
  );
  throw unfit(
    `has no scheduled job ${called}${near}`,
    alma,
    "Take the profile's id or name from Alma's list of integration profiles; its job exists once the profile is active.",
  );
}

function unfit(what: string, { name }: AlmaService, hint: string): PatronflowError {
  return new PatronflowError('ALMA_UNFIT', `Alma at ${name} ${what}.`, { hint });
}
