import type { RunReport } from '../core/run.ts';
import { safeLines } from '../core/safe-text.ts';
import { needsLook, type SisReport } from '../load/sis-job/sis-report.ts';
import { almaHtml, almaLines, almaOutcome } from './alma-result.ts';
import type { Html } from './html.ts';
import { page } from './page.ts';
import { duration, errorLines, timeText } from './words.ts';

/** What `alma watch` tells of the last delivery. */
export interface AlmaWatchReport extends RunReport {
  outcome: 'watched' | 'held' | 'stopped' | 'failed';
  /** When the files were delivered, ISO 8601; '' where no delivery is noted. */
  deliveredAt: string;
  alma: SisReport | null;
  readonly durations: Record<string, number>;
}

function outcomeText(report: AlmaWatchReport): string {
  if (report.error) return report.outcome === 'stopped' ? 'STOPPED before the end.' : 'FAILED.';
  return `Delivered on ${timeText({ startedAt: report.deliveredAt })}. ${almaOutcome(report.alma)}`;
}

const tookMs = ({ durations }: AlmaWatchReport): number =>
  Object.values(durations).reduce((sum, each) => sum + each, 0);

/** The result as plain text. */
export function almaWatchText(report: AlmaWatchReport): string {
  const lines = [`${report.title}, ${timeText(report)}`, outcomeText(report)];
  if (report.error) lines.push('', ...errorLines(report.error));
  if (report.alma) lines.push('', ...almaLines(report.alma));
  if (report.warnings.length > 0)
    lines.push('', 'Warnings:', ...report.warnings.map((warning) => `  ${warning}`));
  lines.push('', `Took ${duration(tookMs(report))}.`);
  return safeLines(lines);
}

/** The same as a page. */
export function almaWatchHtml(report: AlmaWatchReport): Html {
  const isGood = report.error === null && report.alma !== null && !needsLook(report.alma);
  const outcome = { text: outcomeText(report), isGood, milliseconds: tookMs(report) };
  return page(report, outcome, [almaHtml(report.alma)]);
}
