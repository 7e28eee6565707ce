import { toPatronflowError } from '../core/errors.ts';
import type { LoadJob, LoadPorts } from './job.ts';
import type { Ledger } from './ledger.ts';
import type { LoadReport } from './load-report.ts';
import type { PeopleRegister } from './people-register.ts';
import { comparePeople, compareSize, countPeople, distrustTable, tableReport } from './table-report.ts';

/** Finds the files of the tables, and reads those that are read once for all groups. */
export async function readTables(
  { now, fileLimits, tableLimits }: LoadJob,
  { source, work, log }: LoadPorts,
  { last, report, signal }: { last: Ledger | null; report: LoadReport; signal: AbortSignal },
): Promise<void> {
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
  { tableLimits, limit, onlyGroups }: LoadJob,
  { source }: LoadPorts,
  { register, report, signal }: { register: PeopleRegister; report: LoadReport; signal: AbortSignal },
): Promise<void> {
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

/** Moves or removes the files, as the configuration asks. They were delivered: what fails is a warning. */
export async function finishTables(
  { source, log }: LoadPorts,
  report: LoadReport,
  signal: AbortSignal,
): Promise<void> {
  if (report.outcome !== 'delivered') return;
  try {
    await source.tables?.finish(signal);
  } catch (thrown) {
    const error = toPatronflowError(thrown);
    report.warnings.push(
      `The files of a feed could not be moved or removed after the delivery. ${error.message}`,
    );
    log.warn(error.message, { code: error.code });
  }
}
