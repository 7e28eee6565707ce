import { safeText } from '../core/safe-text.ts';
import type { LoadReport } from '../load/load-report.ts';
import { type Html, nothing } from './html.ts';
import { list, section } from './page.ts';
import { counted } from './words.ts';

/** Where the rejected rows are, and how they are loaded again. Never their values. */
export function rejectsLines({ rejects }: Pick<LoadReport, 'rejects'>): string[] {
  if (!rejects || rejects.rows === 0) return [];
  if (rejects.files.length === 0)
    return [`${counted(rejects.rows, 'rejected row')} would go to a file that can be corrected.`];
  return [
    ...rejects.files
      .filter(({ rows }) => rows > 0)
      .map(({ place, rows }) => `${counted(rows, 'rejected row')} with all values: ${safeText(place)}`),
    'Correct them, and load them again with: patronflow load --only FILE.csv',
  ];
}

/** The same as a section of the page. */
export function rejectsHtml(report: Pick<LoadReport, 'rejects'>): Html {
  const lines = rejectsLines(report);
  return lines.length === 0 ? nothing : section('Rejected rows to correct', list(lines));
}
