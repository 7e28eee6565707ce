import { retry } from '../core/retry.ts';
import type { Running } from './running.ts';
import { type PollState, stateDocument } from './state.ts';

/** Saves how far a run has come, unless it is a dry run or has no checkpoint. */
export async function saveState(run: Running, state: PollState): Promise<void> {
  const { job, ports, held } = run;
  run.state = state;
  const { checkpoint } = ports;
  if (job.dryRun || !checkpoint) return;
  // A run that took the lease over has gone on from here; an older state would send its patrons again.
  await held.assertHeld();
  await retry(
    job.persistentRetry,
    () => checkpoint.save(stateDocument(state, job.zone)),
    (error, attempt) => ports.log.warn(`${error.message} Retrying to save the checkpoint.`, { attempt }),
  );
}
