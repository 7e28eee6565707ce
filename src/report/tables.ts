import { safeText } from '../core/safe-text.ts';
import type { GroupReport, LoadReport } from '../load/load-report.ts';
import type { TableReport } from '../load/table-report.ts';
import { type Html, html, nothing } from './html.ts';
import { list, section, table } from './page.ts';
import { bytes, counted, number } from './words.ts';

/** ` + 3 skipped`, where a group has rules; '' where no rule left out a person. */
export function skippedText({ books }: Pick<GroupReport, 'books'>): string {
  return books.skipped > 0 ? ` + ${number(books.skipped)} skipped` : '';
}

/** How many people each rule of a group leaves out. */
export function ruleLines({ skipped }: Pick<GroupReport, 'skipped'>): string[] {
  return Object.entries(skipped).map(([rule, count]) => `${number(count)} skipped: ${safeText(rule)}`);
}

/** What became of the tables, a few lines for each. */
export function tableLines({ tables }: Pick<LoadReport, 'tables'>): string[] {
  return tables.flatMap((each) => {
    const { name, rows, file, people } = each;
    const unreadable = file && file.unreadable > 0 ? `, ${counted(file.unreadable, 'line')} unreadable` : '';
    const lines = [
      `table ${name}: ${wasRead(each) ? `${counted(rows, 'row')}${unreadable}` : 'read by its group'}${sizeText(each)}`,
    ];
    if (file)
      lines.push(
        `  ${counted(file.lines, 'line')} = ${number(file.header)} header + ${number(file.rows)} rows + ${number(file.blank)} blank + ${number(file.skipped)} ignored + ${number(file.unreadable)} unreadable`,
      );
    for (const place of placesOf(each)) lines.push(`  unreadable: ${place}`);
    if (people)
      lines.push(
        `  ${counted(people.all, 'person').replace('persons', 'people')}, ${number(people.inNoGroup)} of them in no group`,
      );
    return lines;
  });
}

/** The tables on the page. */
export function tablesHtml({ tables }: Pick<LoadReport, 'tables'>): Html {
  if (tables.length === 0) return nothing;
  const rows = tables.map((each) => {
    return [
      each.name,
      wasRead(each) ? number(each.rows) : '–',
      each.file ? number(each.file.lines) : '–',
      each.file ? number(each.file.unreadable) : '–',
      each.bytes === null ? '–' : bytes(each.bytes),
      each.people ? number(each.people.inNoGroup) : '–',
    ];
  });
  const places = tables.flatMap((each) => placesOf(each).map((place) => `${each.name}: ${place}`));
  return section('Tables', [
    table(
      'Read once for all groups',
      ['Table', '#Rows', '#Lines', '#Unreadable', '#Size', '#In no group'],
      rows,
    ),
    places.length > 0
      ? html`<p>Lines that could not be read, the first of each table:</p>${list(places)}`
      : nothing,
  ]);
}

const wasRead = ({ rows, file }: TableReport): boolean => rows > 0 || file !== null;

const sizeText = ({ bytes: size }: TableReport): string => (size === null ? '' : `, ${bytes(size)}`);

/** Places listed of a table: enough to find the cause. */
const shownPlaces = 10;

function placesOf({ unreadable }: TableReport): string[] {
  return unreadable
    .slice(0, shownPlaces)
    .map(
      ({ file, line, lines }) =>
        `${file ? `${safeText(file)}, ` : ''}${lines > 1 ? `lines ${line} to ${line + lines - 1}` : `line ${line}`}`,
    );
}
