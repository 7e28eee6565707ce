import type { ReconcileReport } from '../poll/reconcile/reconcile.ts';
import type { Html } from './html.ts';
import { list, page, prose, section, table } from './page.ts';
import { firstUnequalDay, reconcileOutcome, recordLines, repairText } from './reconcile-text.ts';
import { number } from './words.ts';

/** The report as a page. */
export function reconcileHtml(report: ReconcileReport): Html {
  const sections = report.compared.map(({ kind, from, before, source, warehouse, unequal }) => {
    const rows = unequal.map((each) => [each.day, number(each.source), number(each.warehouse)]);
    const all = ['In all', number(source), number(warehouse)];
    return section(
      kind === 'created' ? 'By day of creation' : 'By day of deletion',
      table(
        `Unequal days, ${kind} from ${from} on, before ${before}`,
        ['Day', '#Sierra', '#Warehouse'],
        [...rows, all],
      ),
    );
  });
  if (report.records)
    sections.push(section('Patron by patron', list(recordLines(report.records).map(prose))));
  const first = firstUnequalDay(report);
  if (first && !report.records) sections.push(section('What to do', list([prose(repairText(first))])));
  if (report.warnings.length > 0) sections.unshift(section('Warnings', list(report.warnings.map(prose))));
  const { milliseconds } = report;
  return page(
    report,
    { text: reconcileOutcome(report), isGood: report.outcome === 'equal', milliseconds },
    sections,
  );
}
