import { toPatronflowError } from '../core/errors.ts';
import { retry } from '../core/retry.ts';
import { safeText } from '../core/safe-text.ts';
import type { LoadJob, LoadPorts } from './job.ts';
import type { LoadReport } from './load-report.ts';
import type { PeopleRegister } from './people-register.ts';
import type { FilesOfTables } from './ports.ts';
import type { Running } from './running.ts';
import { comparePeople, compareSize, countPeople, distrustTable, tableReport } from './table-report.ts';

/** Finds the files of the tables, and reads those that are read once for all groups. */
export async function readTables({ job, ports, work, last, report, signal }: Running): Promise<void> {
  const { now, fileLimits, tableLimits } = job;
  const { source, log } = ports;
  const readings = (await source.tables?.prepare(work.path, now, signal)) ?? [];
  for (const reading of readings) {
    const table = tableReport(reading, last);
    report.tables.push(table);
    report.untrusted.push(...distrustTable(reading, fileLimits));
    report.guard.push(...compareSize(table, tableLimits.minSize[table.name] ?? 0));
    log.info('Read a table.', { table: table.name, rows: table.rows, files: table.files.length });
  }
}

/** Counts the people of tables who are in no group. A part of the groups, or of the rows, says nothing of them. */
export async function lookAtTables(
  { job, ports: { source }, report, signal }: Running,
  register: PeopleRegister,
): Promise<void> {
  const { tableLimits, limit, onlyGroups } = job;
  if (!source.tables || limit !== undefined || onlyGroups !== undefined) return;
  for (const name of source.tables.peopleTables) {
    const people = await countPeople(source.tables, name, register, signal);
    const at = report.tables.findIndex((table) => table.name === name);
    const table = report.tables[at];
    if (!table) continue;
    const counted = { ...table, people };
    report.tables[at] = counted;
    report.guard.push(...comparePeople(counted, tableLimits.maxLeftOut));
  }
}

/**
 * Moves or removes the files, as the configuration asks. They were delivered: what fails is a warning.
 * @param files those that this run read, or the run that the guard stopped and whose files are delivered now
 */
export async function finishTables(
  { source, log }: Pick<LoadPorts, 'source' | 'log'>,
  { retry: policy }: Pick<LoadJob, 'retry'>,
  files: FilesOfTables,
  report: LoadReport,
  signal: AbortSignal,
): Promise<void> {
  const { tables } = source;
  if (report.outcome !== 'delivered' || !tables || Object.keys(files).length === 0) return;
  try {
    const staying = await retry(policy, () => tables.finish(files, signal), undefined, signal);
    for (const name of staying)
      report.warnings.push(
        `${safeText(name)} is no longer the file that was delivered. It was not moved or removed; the next run reads it.`,
      );
    log.info('Moved or removed the files of feeds.', { tables: Object.keys(files).length });
  } catch (thrown) {
    const error = toPatronflowError(thrown);
    report.warnings.push(
      `The files of a feed could not be moved or removed after the delivery. ${error.message}`,
    );
    log.warn(error.message, { code: error.code });
  }
}
