import { safeLines } from '../core/safe-text.ts';
import type { ComparedRecords } from '../poll/reconcile/compare-records.ts';
import type { ReconcileReport } from '../poll/reconcile/reconcile.ts';
import { counted, duration, errorLines, number, timeText } from './words.ts';

const outcomes: Readonly<Record<ReconcileReport['outcome'], string>> = {
  equal: 'Equal: Sierra and the warehouse have the same number of patrons on every day.',
  unequal: 'UNEQUAL: Sierra and the warehouse differ.',
  held: 'STOPPED BY THE GUARD.',
  stopped: 'STOPPED before the end.',
  failed: 'FAILED.',
};

/** How the comparison ended, in a sentence. */
export function reconcileOutcome({ outcome, records }: ReconcileReport): string {
  return outcome === 'equal' && records
    ? 'Equal: the warehouse has the record of every patron as Sierra has it.'
    : outcomes[outcome];
}

/** What a comparison patron by patron found, in sentences. */
export function recordLines(records: ComparedRecords): string[] {
  const { compared, waiting, missing, stale, differing, tooLongToHash, tooMany, sentAgain } = records;
  const fields = Object.entries(differing).map(([field, count]) => `${field} ${number(count)}`);
  const lines = [
    `${counted(compared, 'patron')} compared: ${number(missing)} missing in the warehouse, ${number(stale)} stale there`,
  ];
  if (fields.length > 0) lines.push(`Stale in: ${fields.join(', ')}`);
  if (tooMany !== null) lines.push(`${number(tooMany)} in the warehouse that Sierra does not have`);
  if (waiting > 0) lines.push(`${number(waiting)} changed since the last poll; the next one sends them`);
  if (tooLongToHash > 0)
    lines.push(`${number(tooLongToHash)} have an address that is too long to hash, and are never sent`);
  if (sentAgain > 0)
    lines.push(`${number(sentAgain)} were sent again. Compare once more when the warehouse has them.`);
  else if (missing + stale > 0) lines.push('To send those again, add --repair.');
  return lines;
}

/** The first day of creation or deletion that is unequal; null where none is. */
export function firstUnequalDay({ compared }: Pick<ReconcileReport, 'compared'>): string | null {
  const days = compared.flatMap(({ unequal }) => unequal.map(({ day }) => day));
  return days.sort()[0] ?? null;
}

/** What brings patrons to the warehouse that it lacks. */
export function repairText(day: string): string {
  return `To send all patrons since then again, complete, run: patronflow poll --since ${day}`;
}

/** The report as plain text. */
export function reconcileText(report: ReconcileReport): string {
  const lines = [`${report.title}, ${timeText(report)}`, reconcileOutcome(report)];
  if (report.error) lines.push('', ...errorLines(report.error));
  for (const { kind, from, before, source, warehouse, days, unequal } of report.compared) {
    lines.push(
      '',
      `${kind} from ${from} on, before ${before}: ${number(source)} in Sierra, ${number(warehouse)} in the warehouse; ${counted(unequal.length, 'day')} of ${number(days)} unequal`,
      ...unequal.map(
        (each) =>
          `  ${each.day}: ${number(each.source)} in Sierra, ${number(each.warehouse)} in the warehouse`,
      ),
    );
  }
  if (report.records) lines.push('', ...recordLines(report.records));
  const first = firstUnequalDay(report);
  if (first && !report.records) lines.push('', repairText(first));
  if (report.warnings.length > 0) lines.push('', 'Warnings:', ...report.warnings.map((each) => `  ${each}`));
  lines.push('', `Took ${duration(report.milliseconds)}.`);
  return safeLines(lines);
}
