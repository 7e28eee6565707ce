import { PatronflowError } from '../../core/errors.ts';
import type { AlmaJob, AlmaStart } from '../ports.ts';
import type { NotedJob } from './delivery-note.ts';
import { type Following, looksUntilLimit, newRun, saveNote } from './following.ts';
import { endingOf } from './job-status.ts';
import type { SisJobReport } from './sis-report.ts';

/** A run that loads the files, and who started it. */
export interface StartedRun {
  readonly instance: string;
  readonly startedBy: NonNullable<SisJobReport['startedBy']>;
}

/** Looks for a run before Alma is asked a second time. */
const looksAfterSilence = 4;

/** Times that Alma is asked to start one job; it takes five an hour. */
const mostStarts = 3;

/**
 * Starts a job, and never twice: after a start without an answer, Alma's runs are looked at first. Alma refuses a second run beside
 * a first one, so what a look overlooks would be refused as an overlap, and then found.
 */
export async function startJob(following: Following, job: AlmaJob, noted: NotedJob): Promise<StartedRun> {
  const { alma, log, signal } = following;
  let isUnclear = false;
  for (let starts = 1; starts <= mostStarts; starts += 1) {
    noted.asked = true;
    await saveNote(following);
    log.info("Starting Alma's job.", { job: job.id });
    const answer = await alma.start(job.id, signal);
    if (answer.kind === 'started') return { instance: answer.instance, startedBy: 'patronflow' };
    if (answer.kind === 'unclear') {
      isUnclear = true;
      log.warn('Alma did not say whether it started the job; looking at its runs.', { job: job.id });
      const found = await lookAgain(following, job, noted);
      if (found) return found;
    } else if (answer.why === 'overlap') {
      const found = await newRun(following, job.id, noted);
      if (found) return { instance: found.id, startedBy: isUnclear ? 'patronflow' : 'schedule' };
      log.warn('A run of the job from before the delivery is still running; waiting for it to end.', {
        job: job.id,
      });
      if (!(await untilIdle(following, job))) throw notStarted(stillBusy, whenBusy);
    } else throw refusal(answer);
  }
  throw notStarted(
    isUnclear
      ? 'did not say whether it started the job, and shows no new run'
      : 'repeatedly refused to start the job, because another run of it was still running',
    whenBusy,
  );
}

async function lookAgain(following: Following, job: AlmaJob, noted: NotedJob): Promise<StartedRun | null> {
  const looks = looksUntilLimit(following);
  for (let look = 0; look < looksAfterSilence; look += 1) {
    const found = await newRun(following, job.id, noted);
    if (found) return { instance: found.id, startedBy: 'patronflow' };
    if (!(await looks.again({ signal: following.signal }))) return null;
  }
  return null;
}

/** Waits until no run of a job goes on. @returns false where the limit is reached first */
async function untilIdle(following: Following, job: AlmaJob): Promise<boolean> {
  const { alma, note, signal } = following;
  const looks = looksUntilLimit(following);
  for (;;) {
    // Before the next start: Alma may need a moment to notice itself that a run is over.
    if (!(await looks.again({ signal }))) return false;
    const runs = await alma.instances(job.id, new Date(note.deliveredAt), signal);
    if (runs.every(({ status }) => endingOf(status) !== null)) return true;
  }
}

const stillBusy =
  'did not start the job, because a run from before the delivery had not ended within the limit';
const whenBusy =
  'Look at Monitor Jobs in Alma, and start the job there; `patronflow alma watch` then reports its result.';

const refusals: Readonly<
  Record<Exclude<Extract<AlmaStart, { kind: 'refused' }>['why'], 'overlap'>, readonly [string, string]>
> = {
  threshold: [
    'did not start the job: three jobs that programs started are running, or this one was started five times within the hour',
    'Start the job in Alma, or wait for its schedule; `patronflow alma watch` then reports its result.',
  ],
  'not startable': [
    'does not let programs start this job',
    'Check that the profile is active and synchronizes users; or set alma.after_delivery to find.',
  ],
  'unknown job': [
    'no longer has this job: its profile was edited a moment ago',
    'Run `patronflow check`, then start the job in Alma.',
  ],
};

function refusal({ why }: Extract<AlmaStart, { kind: 'refused' }>): PatronflowError {
  const [what, hint] = why === 'overlap' ? [stillBusy, whenBusy] : refusals[why];
  return notStarted(what, hint);
}

function notStarted(what: string, hint: string): PatronflowError {
  return new PatronflowError('ALMA_UNFIT', `Alma ${what}.`, { hint });
}
