import type { SisResult } from './sis-report.ts';

/** What Alma's code for the state of a run means. */
export interface Ending {
  readonly result: SisResult;
  /** What happened and what to do; '' where all went well. */
  readonly why: string;
}

const running: readonly string[] = ['QUEUED', 'PENDING', 'INITIALIZING', 'RUNNING', 'FINALIZING'];

const well: Ending = { result: 'taken', why: '' };
const failed = (why: string): Ending => ({ result: 'failed', why });
const inReport = 'Read the report of the job in Alma.';

const endings: Readonly<Record<string, Ending>> = {
  COMPLETED_SUCCESS: well,
  COMPLETED_WARNING: well,
  COMPLETED_FAILED: failed(`Alma's job completed with the status "failed". ${inReport}`),
  COMPLETED_NO_BULKS: failed(
    "Alma's job found nothing to load. Compare the folder of the profile with the folder of the delivery.",
  ),
  FAILED: failed(`Alma's job failed. ${inReport} One invalid file ends the entire job.`),
  MANUAL_HANDLING_REQUIRED: failed(
    "Alma's job waits for approval: it changed more users than the profile allows. Approve or reject it in Alma, under Monitor Jobs.",
  ),
  SKIPPED: failed('Alma skipped the run of its job. The files wait for the next one.'),
  SYSTEM_ABORTED: failed(`Alma aborted its job. ${inReport} Then start it again there.`),
  USER_ABORTED: failed('A person aborted the job in Alma. Ask who, then start it again there.'),
};

/** How a run ended; null while it goes on. What is not known is taken for a run that goes on. */
export function endingOf(status: string): Ending | null {
  return Object.hasOwn(endings, status) ? (endings[status] ?? null) : null;
}

export function isKnownStatus(status: string): boolean {
  return running.includes(status) || Object.hasOwn(endings, status);
}
