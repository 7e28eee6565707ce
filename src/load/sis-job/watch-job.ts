import { PatronflowError, toPatronflowError } from '../../core/errors.ts';
import type { AlmaInstance, AlmaJob } from '../ports.ts';
import type { NotedJob } from './delivery-note.ts';
import { type Following, looksUntilLimit, newRun } from './following.ts';
import { endingOf, isKnownStatus } from './job-status.ts';

/** Waits for the run that a schedule starts after the delivery. @returns null where there is none within the limit */
export async function awaitRun(following: Following, job: AlmaJob, noted: NotedJob): Promise<string | null> {
  const looks = looksUntilLimit(following);
  for (;;) {
    const run = await despiteOutages(following, () => newRun(following, job.id, noted));
    if (run) return run.id;
    if (!(await looks.again({ signal: following.signal }))) return null;
  }
}

/**
 * Watches a run to its end.
 * @returns its last state, also where it had not ended within the limit; null where Alma did not answer in all that time
 */
export async function watchRun(
  following: Following,
  job: AlmaJob,
  instance: string,
): Promise<AlmaInstance | null> {
  const { alma, log, signal } = following;
  const looks = looksUntilLimit(following);
  let last: AlmaInstance | null = null;
  for (;;) {
    const run = await despiteOutages(following, () => alma.instance(job.id, instance, signal));
    if (run && run.status !== last?.status) {
      log.info("Alma's job is still running.", { job: job.id, status: run.status.slice(0, 40) });
      if (!isKnownStatus(run.status))
        log.warn('Alma returned an unknown status; treating the job as still running.', {
          job: job.id,
        });
    }
    last = run ?? last;
    if (last && endingOf(last.status)) return last;
    if (!(await looks.again({ signal }))) return last;
  }
}

/** An Alma that is out of order for minutes ends no watch of hours. What no wait mends is thrown. */
async function despiteOutages<T>({ log, settings }: Following, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (thrown) {
    const error = toPatronflowError(thrown);
    const mayPass = error.code === 'ALMA_BUSY' || error.code === 'ALMA_UNREACHABLE';
    // Where there is one look alone, its error is what a person must know.
    if (!(thrown instanceof PatronflowError) || !mayPass || settings.limitMs === 0) throw thrown;
    log.warn(`${error.message} Looking again later.`, { code: error.code });
    return null;
  }
}
