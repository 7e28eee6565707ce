import type { ListedRow } from '../load/group-tally.ts';
import type { GuardFigure } from '../load/guard.ts';
import type { GroupReport, LoadReport } from '../load/load-report.ts';
import { rejectReasons } from '../load/rejected-person.ts';
import { durations, guardTitle, outcomeText, placeText, tookMs } from './load-text.ts';
import { list, page, prose, section, table, text } from './page.ts';
import { bytes, change, counted, countedWere, number } from './words.ts';

/** The report as a page of its own: what needs a person first, then what happened, then the details. */
export function loadHtml(report: LoadReport): string {
  const delivered = report.groups.filter((group) => group.delivered);
  const outcome = {
    text: outcomeText(report),
    isGood: ['delivered', 'written', 'dry_run'].includes(report.outcome),
    milliseconds: tookMs(report),
  };
  return page(report, outcome, [
    stops(report),
    attention(report),
    people(report.groups),
    againstLastTime(report),
    files(report),
    rejectedRows(delivered),
    duplicates(delivered),
    report.groups.length > 0 ? section('Time', `<p>${text(durations(report))}</p>`) : '',
  ]);
}

/** What stopped the run, or would have. */
function stops(report: LoadReport): string {
  const figures = report.guard.filter(({ stops }) => stops);
  return figures.length === 0
    ? ''
    : section(guardTitle(report), comparison('Missing, or less by more than the guard lets pass', figures));
}

function comparison(caption: string, figures: readonly GuardFigure[]): string {
  const rows = figures.map(({ group, what, before, now }) => [
    text(group),
    text(what),
    number(before),
    number(now),
    change(before, now),
  ]);
  return table(caption, ['Group', 'What', '#Last time', '#Now', '#Change'], rows);
}

function attention({ warnings, unmappedValues, repeatedKeys }: LoadReport): string {
  const items = [
    ...warnings.map(prose),
    ...Object.entries(unmappedValues).map(([map, codes]) => {
      const found = Object.entries(codes).map(
        ([code, count]) => `<code>${code === '' ? '(empty)' : text(code)}</code> ${number(count)}×`,
      );
      return `Codes that ${text(map)} lacks: ${found.join(', ')}`;
    }),
    ...Object.entries(repeatedKeys).map(
      ([map, codes]) => `Codes that stand twice in ${text(map)}, the last counts: ${text(codes.join(', '))}`,
    ),
  ];
  return items.length === 0 ? '' : section('Worth a look', list(items));
}

function people(groups: readonly GroupReport[]): string {
  if (groups.length === 0) return '';
  const rows = groups.map(({ name, delivered, books, last }) => [
    text(name) + (delivered ? '' : ' <span class="note">read for precedence only</span>'),
    number(books.read),
    number(books.written),
    number(books.duplicate),
    number(books.rejected),
    last ? number(last.users) : '–',
    last ? change(last.users, books.written) : '–',
  ]);
  const headings = ['Group', '#Read', '#Written', '#Duplicate', '#Rejected', '#Written last time', '#Change'];
  return section('People', table('Read = written + duplicate + rejected', headings, rows));
}

/** Changes shown; the rest is counted. */
const shownChanges = 30;

/** What every column and element had last time and has now, where that is not the same, the greatest change first. */
function againstLastTime({ groups, guard }: LoadReport): string {
  if (guard.length === 0) return '';
  if (groups.every(({ last }) => last === null))
    return section('Against last time', '<p>The first run: there is nothing to compare it with.</p>');
  const known = new Set(groups.filter(({ last }) => last !== null).map(({ name }) => name));
  // The users are in the table of people, and what stops the run has one of its own.
  const figures = guard.filter(({ group, what, stops }) => known.has(group) && what !== 'users' && !stops);
  if (figures.length === 0) return '';
  const changed = figures.filter(({ before, now }) => before !== now).sort((a, b) => shareOf(b) - shareOf(a));
  const smaller = changed.length - shownChanges;
  const same = figures.length - changed.length;
  const rest = [
    smaller > 0 ? `${countedWere(smaller, 'smaller change')} left out here.` : '',
    same > 0
      ? `${counted(same, 'figure')} of columns and elements ${same === 1 ? 'is' : 'are'} as before.`
      : '',
  ].filter(Boolean);
  const shown = changed.slice(0, shownChanges);
  return section(
    'Against last time',
    (shown.length > 0 ? comparison('Values of columns and elements, the greatest change first', shown) : '') +
      (rest.length > 0 ? `<p class="note">${rest.join(' ')}</p>` : ''),
  );
}

function shareOf({ before, now }: GuardFigure): number {
  return Math.abs(now - before) / Math.max(1, before);
}

function files({ outcome, destination, groups, receipts, removed }: LoadReport): string {
  const published = new Set(receipts.map(({ key }) => key));
  const rows = groups.flatMap((group) =>
    group.files.map(({ key, users, size, sha256 }) => [
      `<code>${text(key)}</code>`,
      number(users),
      bytes(size),
      published.has(key) ? 'delivered, verified' : 'not delivered',
      `<code>${sha256.slice(0, 16)}…</code>`,
    ]),
  );
  if (rows.length === 0) return '';
  const old =
    outcome === 'dry_run'
      ? `${counted(removed.length, 'older file')} would be removed.`
      : `${countedWere(removed.length, 'older file')} removed.`;
  return section(
    'Files',
    `<p>To <code>${text(destination)}</code>. ${old}</p>${table('New files', ['File', '#Users', '#Size', 'State', 'SHA-256'], rows)}`,
  );
}

/** One line for each group and reason, with the rows that it befell. */
function rejectedRows(groups: readonly GroupReport[]): string {
  const rows = groups.flatMap(({ name, books, listed }) =>
    Object.entries(books.reasons).map(([reason, count]) => {
      const why = text(rejectReasons[reason as keyof typeof rejectReasons]);
      const where = rowsOf(listed.filter((row) => row.reason === reason));
      return [text(name), `${number(count)} rejected: ${why}${where}`];
    }),
  );
  const caption = 'With the rows of the first 100 of each group and reason; the counts are complete';
  return rows.length === 0 ? '' : section('Rejected rows', table(caption, ['Group', 'Why, and which'], rows));
}

/** `rows 3, 8, 15`, in a line for each element or earlier person to which their reason points. */
function rowsOf(listed: readonly ListedRow[]): string {
  const lines = new Map<string, string[]>();
  for (const { place, element, first } of listed) {
    const about = [
      ...(element ? [element] : []),
      ...(first ? [`first: ${placeText(first)}`] : []),
      'line' in place ? 'lines ' : 'rows ',
    ].join('; ');
    const rows = lines.get(about) ?? [];
    rows.push('line' in place ? String(place.line) : `${place.row}${place.key ? ` (${place.key})` : ''}`);
    lines.set(about, rows);
  }
  return [...lines].map(([about, rows]) => `<p class="note">${text(about + rows.join(', '))}</p>`).join('');
}

/** Duplicates are the rule where groups overlap, so they are folded away. */
function duplicates(groups: readonly GroupReport[]): string {
  const folded = groups
    .filter(({ books }) => books.duplicate > 0)
    .map(({ name, books, listed }) => {
      const rows = listed.flatMap(({ place, reason, first }) =>
        reason === 'duplicate' && first ? [[text(placeText(place)), text(placeText(first))]] : [],
      );
      const caption = `${name}: the first 100 whose person came before`;
      return `<details><summary>${text(name)}: ${counted(books.duplicate, 'duplicate')}</summary>${table(caption, ['Row', 'Came first'], rows)}</details>`;
    });
  return folded.length === 0 ? '' : section('Duplicates', folded.join(''));
}
