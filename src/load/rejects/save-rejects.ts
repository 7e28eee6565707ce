import { toPatronflowError } from '../../core/errors.ts';
import { retry } from '../../core/retry.ts';
import type { Running } from '../running.ts';
import type { RejectsWriter } from './rejects-writer.ts';

/** Puts the files of rejected rows in the place of the last ones. A trial only counts them. A load goes on without them, with a warning. */
export async function saveRejects(
  rejects: RejectsWriter,
  { job, ports, report }: Pick<Running, 'job' | 'ports' | 'report'>,
): Promise<void> {
  const files = await rejects.finish();
  const saved: { place: string; rows: number }[] = [];
  report.rejects = { rows: files.reduce((sum, { rows }) => sum + rows, 0), files: saved };
  if (job.dryRun || !ports.rejects) return;
  const { store, name } = ports.rejects;
  try {
    for (const file of files) {
      const key = `${name}${file.suffix}.csv`;
      const { location } = await retry(job.retry, async () =>
        (await store.stage(key, file, never)).publish(),
      );
      saved.push({ place: location, rows: file.rows });
    }
  } catch (thrown) {
    const error = toPatronflowError(thrown);
    const warning = `The rejected rows could not be written to ${store.name}; those of the run before may still be there. ${error.message}`;
    report.warnings.push(warning);
    ports.log.error(warning, { code: error.code });
  }
}

const never = new AbortController().signal;
