import { resolve } from 'node:path';
import { untilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import { reportOf } from '../core/run.ts';
import { loadOnly } from '../load/load-only.ts';
import { type LoadReport, newReport } from '../load/load-report.ts';
import { openRejectedRows } from '../load/rejects/rejected-rows.ts';
import { WorkFolder } from '../load/work-folder.ts';
import { type LoadOptions, type LoadSession, loadJobOf } from './open-load.ts';
import type { ProcessContext } from './process-context.ts';
import { rejectsAt } from './wire-rejects.ts';

/** `--only`: the people of a file of rejected rows, whose values a person has mended. The source is not read. */
export function runOnly(
  only: string,
  options: LoadOptions,
  { config, log, adapters, now }: LoadSession,
  context: ProcessContext,
): Promise<LoadReport> {
  const path = resolve(context.workingDirectory, only);
  const { signal } = context;
  const isOut = options.out !== undefined;
  const unbegun = newReport({ title: config.report.title, now }, adapters.store.name);
  return reportOf(unbegun, { log, signal }, async () => {
    log.info('Loading rejected rows again.', { file: path, destination: adapters.store.name });
    const job = await untilAborted(signal, loadJobOf(options, config, now));
    const names = job.groups.map(({ name }) => name);
    const taken = names.find((name) => names.includes(`${name}-only`));
    if (taken !== undefined)
      throw new PatronflowError(
        'USAGE',
        `The files of --only for group ${taken} would have the same names as those of group ${taken}-only.`,
        {
          hint: 'Rename that group.',
        },
      );
    const { source, groups, empty } = await openRejectedRows(path, names, signal);
    const again = rejectsAt(path.replace(/(\.csv)?$/i, '-again.csv'));
    const ports = {
      ...adapters,
      ...(isOut && { ledger: null, lease: null }),
      roster: null,
      source,
      rejects: again,
      makeWork: () => WorkFolder.make(config.work_directory, context),
      log,
    };
    const some = { ...job, groups: job.groups.filter(({ name }) => groups.includes(name)) };
    const report = await loadOnly(some, ports, signal);
    if (empty > 0) report.warnings.push(emptyText(empty));
    return report;
  });
}

function emptyText(rows: number): string {
  const are = rows === 1 ? '1 row has' : `${rows} rows have`;
  return `${are} no values: lines of a file that could not be read. Correct them in the file that they came from.`;
}
