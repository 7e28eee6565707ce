import { csvLine, guarded } from '../core/csv-text.ts';
import { safeLines, safeText } from '../core/safe-text.ts';
import { figureText } from '../load/guard.ts';
import type { LoadReport } from '../load/load-report.ts';
import type { Pair } from '../load/roster/pair-users.ts';
import type { Change, Plan } from '../load/roster/plan.ts';
import { changedPaths, valuesByPath } from '../load/roster/user-values.ts';
import { type Html, html, nothing } from './html.ts';
import { list, section, table } from './page.ts';
import { sendingLines } from './sending.ts';
import { counted, errorLines, number } from './words.ts';

/** How each change is told, in the order of the report. */
const words: readonly (readonly [Change, string])[] = [
  ['new', 'new'],
  ['changed', 'changed'],
  ['unchanged', 'unchanged'],
  ['returned', 'returned'],
  ['gone', 'gone'],
  ['superseded', 'under another primary id'],
  ['left out', 'left out today'],
];

/** Elements and moves shown; the rest is counted. */
const shown = 12;

/** What the delivery changes for Alma, in lines. */
export function planLines(plan: Plan): string[] {
  const { counts, groups, elements, moves, unusual } = plan;
  const lines = [`Compared with what Alma was sent on ${plan.since.slice(0, 10)}: ${countsText(counts)}`];
  if (Object.keys(groups).length > 1)
    for (const [name, each] of Object.entries(groups)) lines.push(`  ${name}: ${countsText(each)}`);
  const changed = Object.entries(elements);
  if (changed.length > 0)
    lines.push(
      `  changed: ${cut(
        changed.map(([path, users]) => `${shortName(path)} ${number(users)}`),
        'more elements',
      )}`,
    );
  if (moves.length > 0)
    lines.push(
      `  user group: ${cut(
        moves.map(({ from, to, users }) => `${moveText(from, to)} ${number(users)}`),
        'more moves',
      )}`,
    );
  if (unusual.length > 0) {
    lines.push('  the rarest changes, as shapes:');
    for (const { element, from, to, users } of unusual)
      lines.push(`    ${shortName(element)}: ${from} -> ${to} (${counted(users, 'user')})`);
  }
  return lines;
}

/** The same as a section of the page. */
export function planHtml(plan: Plan | null): Html {
  if (!plan) return nothing;
  const { counts, groups, elements, moves, unusual } = plan;
  const rows = [...Object.entries(groups), ['all', counts] as const].map(([name, each]) => [
    name,
    ...words.map(([change]) => number(each[change])),
  ]);
  const headings = ['Group', ...words.map(([, word]) => `#${word.charAt(0).toUpperCase()}${word.slice(1)}`)];
  const changed = Object.entries(elements).slice(0, shown);
  return section('What changes for Alma', [
    table(`Compared with what was sent on ${plan.since.slice(0, 10)}`, headings, rows),
    changed.length > 0
      ? table(
          'Changed users by element',
          ['Element', '#Users'],
          changed.map(([path, users]) => [path, number(users)]),
        )
      : nothing,
    moves.length > 0
      ? table(
          'Moves between user groups',
          ['From', 'To', '#Users'],
          moves.slice(0, shown).map(({ from, to, users }) => [safeText(from), safeText(to), number(users)]),
        )
      : nothing,
    unusual.length > 0
      ? html`<p>The rarest changes, as shapes of values:</p>${list(
          unusual.map(
            ({ element, from, to, users }) =>
              html`${element}: <code>${from}</code> → <code>${to}</code> (${counted(users, 'user')})`,
          ),
        )}`
      : nothing,
  ]);
}

function countsText(counts: Plan['counts']): string {
  return words
    .filter(([change]) => counts[change] > 0 || change === 'new' || change === 'changed' || change === 'gone')
    .map(([change, word]) => `${number(counts[change])} ${word}`)
    .join(', ');
}

function cut(items: readonly string[], more: string): string {
  const rest = items.length - shown;
  return items.slice(0, shown).join(', ') + (rest > 0 ? `, ${number(rest)} ${more}` : '');
}

const moveText = (from: string, to: string): string => `${safeText(from)} -> ${safeText(to)}`;

/** The last name of a path; those of identifiers with their type. */
function shortName(path: string): string {
  const identifier = /user_identifier\[(.*)\]\/value$/.exec(path)?.[1];
  return identifier === undefined
    ? path.slice(path.lastIndexOf('/') + 1)
    : `identifier ${safeText(identifier)}`;
}

/** What `patronflow plan` says: the changes, and what the guard would stop. */
export function planText(report: LoadReport): string {
  const { plan, guard, error } = report;
  const stops = guard.filter((figure) => figure.stops).map((figure) => `  ${figureText(figure)}`);
  const lines = plan
    ? planLines(plan)
    : ['There is no roster yet. The first delivery makes it, or: patronflow roster import FILE.zip'];
  const sending = sendingLines(report);
  if (sending.length > 0) lines.push('', ...sending);
  if (stops.length > 0) lines.push('', 'The guard would stop this run:', ...stops);
  else if (error) lines.push('', ...errorLines(error));
  return safeLines(lines);
}

/** How a user would change, with values, old and new. Personal data, for the person who asks. */
export function changeLines(change: Change, { before, now }: Pair): string[] {
  const lines = [`${safeText(now?.id ?? before?.id ?? '')}: ${wordOf(change)}`];
  if (before) lines.push(`  first sent on ${before.since}`);
  for (const { path, from, to } of differences({ before, now }))
    lines.push(`  ${path}: ${valueText(from)} -> ${valueText(to)}`);
  return lines;
}

export const csvHeader = 'primary_id,change,group,element,before,now\n';

/** The same as rows of CSV: one for each element of a changed user, one for any other. */
export function changeRows(change: Change, { before, now }: Pair): string {
  if (change === 'unchanged') return '';
  const id = now?.id ?? before?.id ?? '';
  const group = now?.group ?? before?.group ?? '';
  const row = (values: readonly string[]) => csvLine(values.map(guarded));
  if (change !== 'changed') return row([id, wordOf(change), group, '', '', '']);
  return differences({ before, now })
    .map(({ path, from, to }) => row([id, 'changed', group, path, from, to]))
    .join('');
}

function differences({ before, now }: Pair): { path: string; from: string; to: string }[] {
  if (!before || !now) return [];
  const [old, next] = [valuesByPath(before.xml.text), valuesByPath(now.xml.text)];
  return changedPaths(old, next).map((path) => ({
    path,
    from: old.get(path) ?? '',
    to: next.get(path) ?? '',
  }));
}

function wordOf(change: Change): string {
  return words.find(([known]) => known === change)?.[1] ?? change;
}

const valueText = (value: string): string =>
  value === '' ? '(empty)' : value.split('\n').map(safeText).join(' | ');
