import { toPatronflowError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { LoadReport } from './load-report.ts';
import type { WorkFolder } from './work-folder.ts';

/** What was delivered stays delivered: a folder that cannot be removed is a warning. */
export async function removeWork(work: WorkFolder, log: Log, report: LoadReport): Promise<void> {
  try {
    await work.remove();
  } catch (thrown) {
    const { code } = toPatronflowError(thrown);
    const warning = `The folder in which the run worked could not be removed. It holds personal data; remove it with: rm -r '${work.path}'`;
    report.warnings.push(warning);
    log.error(warning, { code });
  }
}
