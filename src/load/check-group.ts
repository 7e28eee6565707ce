import { assertBalanced, assertLinesBalanced } from '../core/books.ts';
import type { FinishedGroup } from './deliver-finished.ts';
import { compareWithLast, hasSameRows } from './guard.ts';
import type { Ledger } from './ledger.ts';
import { type GroupReport, groupReport, groupWarnings } from './load-report.ts';
import type { MadeGroup } from './remake-files.ts';
import type { Running } from './running.ts';
import { reasonsToDistrust } from './trust-file.ts';

/** The report of a group, beside its last delivery. */
export function groupReportOf(
  { group, tally, archives, isDelivered }: MadeGroup,
  last: Ledger | null,
): GroupReport {
  return groupReport(group, tally, last?.groups[group.name] ?? null, isDelivered ? archives : null);
}

/** Enters a group into the report. @throws {PatronflowError} where its record counts do not add up */
export function enterGroup(made: MadeGroup, { job, ports: { log }, last, report }: Running): GroupReport {
  const entered = groupReportOf(made, last);
  const { name, books, file } = entered;
  report.groups.push(entered);
  assertBalanced(`group ${name}`, books);
  // A limit ends the reading before the end of the file.
  if (file && job.limit === undefined) {
    assertLinesBalanced(`group ${name}`, books, file);
    for (const each of made.tally.files)
      report.untrusted.push(...reasonsToDistrust(name, each, job.fileLimits));
  }
  if (!made.isDelivered) return entered;
  report.warnings.push(...groupWarnings(entered));
  const { read, written, duplicate, rejected } = books;
  log.info('Made the files of a group.', { group: name, read, written, duplicate, rejected });
  return entered;
}

/** Enters a group, and compares it with its last deliveries. @returns its files; null if they are not to be delivered */
export function checkGroup(made: MadeGroup, running: Running): FinishedGroup | null {
  const { job, ports, report } = running;
  const { group, archives, isDelivered } = made;
  const { name, books, counts, last } = enterGroup(made, running);
  if (!isDelivered) {
    const before = last?.rows ?? 0;
    const missing = { group: name, what: 'rows', before, expected: before, now: 0 };
    if (books.read === 0) report.guard.push({ ...missing, stops: true, against: 'last' });
    return null;
  }
  if (hasSameRows(counts, last))
    ports.log.warn('All rows are the same as at the last delivery.', { group: name });
  // A part of the people says nothing about the whole.
  if (job.limit === undefined) report.guard.push(...compareWithLast(name, counts, last, group.guard));
  const ledger = { ...counts, madeAt: job.now.toISOString(), inputs: group.inputs };
  return { group: name, archives, ledger };
}
