import { safeText } from '../core/safe-text.ts';
import type { ListedRow } from '../load/group-tally.ts';
import type { GuardFigure } from '../load/guard.ts';
import { comparedDeliveries } from '../load/ledger.ts';
import type { GroupReport, LoadReport } from '../load/load-report.ts';
import { needsLook } from '../load/sis-job/sis-report.ts';
import { almaHtml } from './alma-result.ts';
import { changesOf, codeRows } from './changes.ts';
import { type Html, html, join, nothing } from './html.ts';
import {
  countedReason,
  durations,
  guardTitle,
  heldText,
  leftOutText,
  linesText,
  outcomeText,
  placeText,
  repeatedText,
  tookMs,
  unmappedRows,
  unmappedTitle,
} from './load-text.ts';
import { details, list, page, prose, section, table } from './page.ts';
import { planHtml } from './plan.ts';
import { rejectsHtml } from './rejects.ts';
import { sendingHtml } from './sending.ts';
import { ruleLines, tablesHtml } from './tables.ts';
import { bytes, change, counted, countedWere, number } from './words.ts';

/** The report as a page of its own: what needs a person first, then what happened, then the details. */
export function loadHtml(report: LoadReport): Html {
  const delivered = report.groups.filter((group) => group.delivered);
  const outcome = {
    text: outcomeText(report),
    isGood:
      ['delivered', 'written', 'dry_run'].includes(report.outcome) &&
      (report.alma === null || !needsLook(report.alma)),
    milliseconds: tookMs(report),
  };
  return page(report, outcome, [
    untrusted(report),
    stops(report),
    attention(report),
    almaHtml(report.alma),
    people(report.groups),
    planHtml(report.plan),
    sendingHtml(report),
    tablesHtml(report),
    linesOfFiles(report.groups),
    againstLastTime(report),
    codes(delivered),
    files(report),
    rejectsHtml(report),
    rejectedRows(delivered),
    leftOutIdentifiers(delivered),
    duplicates(delivered),
    report.groups.length > 0 ? section('Time', html`<p>${durations(report)}</p>`) : nothing,
  ]);
}

/** Why files cannot be trusted as a whole. */
function untrusted({ untrusted }: LoadReport): Html {
  return untrusted.length === 0
    ? nothing
    : section('Feeds that cannot be trusted', list(untrusted.map(prose)));
}

/** What stopped the run, or would have. */
function stops(report: LoadReport): Html {
  const figures = report.guard.filter(({ stops }) => stops);
  return figures.length === 0
    ? nothing
    : section(
        guardTitle(report),
        comparison('Missing, unchanged, or dropped by more than the guard allows', figures),
      );
}

const notes: Readonly<Record<GuardFigure['against'], string>> = {
  last: '',
  earlier: `, against the best of the last ${comparedDeliveries} deliveries`,
  'same rows': ', all the same as at the last delivery',
  plan: ', against the roster',
};

function comparison(caption: string, figures: readonly GuardFigure[]): Html {
  const rows = figures.map(({ group, what, before, now, against }) => [
    group,
    what + notes[against],
    number(before),
    number(now),
    change(before, now),
  ]);
  return table(caption, ['Group', 'What', '#Last time', '#Now', '#Change'], rows);
}

function attention({ warnings, unmappedValues, repeatedKeys }: LoadReport): Html {
  const items = [
    ...warnings.map(prose),
    ...Object.entries(unmappedValues).map(([map, codes]) => {
      const found = unmappedRows(codes).map(([code, count]) => html`<code>${code}</code> ${count}`);
      return html`${unmappedTitle(map)}: ${join(found, ', ')}`;
    }),
    ...Object.entries(repeatedKeys).map(([map, codes]) => repeatedText(map, codes)),
  ];
  return items.length === 0 ? nothing : section('Warnings', list(items));
}

function people(groups: readonly GroupReport[]): Html {
  if (groups.length === 0) return nothing;
  const hasRules = groups.some(({ books }) => books.skipped > 0);
  const rows = groups.map(({ name, delivered, books, last }) => [
    [name, delivered ? '' : html` <span class="note">read for precedence only</span>`],
    number(books.read),
    number(books.written),
    number(books.duplicate),
    ...(hasRules ? [number(books.skipped)] : []),
    number(books.rejected),
    last ? number(last.users) : '–',
    last ? change(last.users, books.written) : '–',
  ]);
  const skipped = hasRules ? ['#Skipped'] : [];
  const headings = [
    'Group',
    '#Read',
    '#Written',
    '#Duplicate',
    ...skipped,
    '#Rejected',
    '#Written last time',
    '#Change',
  ];
  const caption = `Read = written + duplicate ${hasRules ? '+ skipped ' : ''}+ rejected`;
  const rules = groups.flatMap((group) => ruleLines(group).map((line) => `${group.name}: ${line}`));
  return section('People', [table(caption, headings, rows), list(rules)]);
}

/** What became of every line of the files. */
function linesOfFiles(groups: readonly GroupReport[]): Html {
  const isSkipping = groups.some(({ file }) => (file?.skipped ?? 0) > 0);
  const rows = groups.flatMap(({ name, file }) => {
    if (!file) return [];
    const { lines, header, rows: read, blank, skipped, unreadable } = file;
    const counts = [lines, header, read, blank, ...(isSkipping ? [skipped] : []), unreadable];
    return [[name, ...counts.map(number)]];
  });
  const over = isSkipping ? ['#Ignored'] : [];
  const headings = ['Group', '#Lines', '#Header', '#Rows', '#Blank', ...over, '#Unreadable'];
  const caption = `Lines = header + rows + blank ${isSkipping ? '+ ignored ' : ''}+ unreadable`;
  return rows.length === 0 ? nothing : section('Lines of the files', table(caption, headings, rows));
}

/** Changes shown; the rest is counted. */
const shownChanges = 10;

/** Where columns, elements and codes are not what the number of people lets expect. */
function againstLastTime(report: LoadReport): Html {
  const { groups, guard } = report;
  if (guard.length === 0) return nothing;
  if (groups.every(({ last }) => last === null))
    return section(
      'Compared with the last delivery',
      html`<p>The first run: there is nothing to compare it with.</p>`,
    );
  const inputs = groups.flatMap(({ name, changedInputs }) =>
    changedInputs && changedInputs.length > 0
      ? [`${name}: changed since the last delivery: ${changedInputs.join(', ')}.`]
      : [],
  );
  const { outliers, others } = changesOf(report);
  if (outliers.length + others + inputs.length === 0) return nothing;
  const shown = outliers.slice(0, shownChanges);
  const smaller = outliers.length - shown.length;
  const rest = [
    smaller > 0 ? `${countedWere(smaller, 'smaller change')} left out here.` : '',
    others > 0
      ? `${counted(others, 'figure')} of columns, elements and codes ${others === 1 ? 'is' : 'are'} as expected.`
      : '',
  ].filter(Boolean);
  const rows = shown.map(({ group, what, before, expected, now }) => [
    group,
    what,
    number(before),
    number(expected),
    number(now),
    change(expected, now),
  ]);
  const caption = 'Figures that do not fit the current number of people, largest difference first';
  const headings = ['Group', 'What', '#Last time', '#Expected', '#Now', '#Difference'];
  return section('Compared with the last delivery', [
    list(inputs),
    rows.length > 0 ? table(caption, headings, rows) : nothing,
    rest.length > 0 ? html`<p class="note">${rest.join(' ')}</p>` : nothing,
  ]);
}

/** How many users have each code; folded away, since what changed stands above. */
function codes(groups: readonly GroupReport[]): Html {
  const folded = groups.flatMap((group) => {
    const rows = codeRows(group).flatMap(([element, each]) =>
      each.map(({ code, before, now }) => [
        element,
        html`<code>${code}</code>`,
        group.last ? number(before) : '–',
        number(now),
      ]),
    );
    if (rows.length === 0) return [];
    const caption = `${group.name}: users with each code`;
    return [
      details(
        `${group.name}: ${counted(rows.length, 'code')}`,
        table(caption, ['Element', 'Code', '#Last time', '#Now'], rows),
      ),
    ];
  });
  return folded.length === 0 ? nothing : section('Codes', folded);
}

function files(report: LoadReport): Html {
  const { outcome, destination, groups, leavers, receipts, removed } = report;
  const published = new Set(receipts.map(({ key }) => key));
  const all = [...(leavers?.files ?? []), ...groups.flatMap((group) => group.files)];
  const rows = all.map(({ key, users, size, sha256 }) => [
    html`<code>${key}</code>`,
    number(users),
    bytes(size),
    published.has(key) ? 'delivered, verified' : 'not delivered',
    html`<code>${sha256.slice(0, 16)}…</code>`,
  ]);
  if (rows.length === 0) return nothing;
  const held = heldText(report);
  const old =
    outcome === 'dry_run'
      ? `${counted(removed.length, 'older file')} would be removed.`
      : `${countedWere(removed.length, 'older file')} removed.`;
  return section('Files', [
    held && html`<p>${held}</p>`,
    html`<p>To <code>${destination}</code>. ${old}</p>`,
    table('New files', ['File', '#Users', '#Size', 'State', 'SHA-256'], rows),
  ]);
}

/** One line for each group and reason, with the rows that it befell. */
function rejectedRows(groups: readonly GroupReport[]): Html {
  const rows = groups.flatMap((group) =>
    Object.entries(group.books.reasons).map(([reason, count]) => {
      const { name, listed } = group;
      const why = countedReason(reason, group);
      const where = rowsOf(listed.filter((row) => row.reason === reason));
      return [name, [`${number(count)} rejected: ${why}`, where]];
    }),
  );
  const caption = 'With the rows of the first 100 of each group and reason; the counts are complete';
  return rows.length === 0
    ? nothing
    : section('Rejected rows', table(caption, ['Group', 'Why, and which'], rows));
}

/** `rows 3, 8, 15` or `row 7`, in a line for each element or earlier person to which their reason points. */
function rowsOf(listed: readonly ListedRow[]): Html {
  const numbers = new Map<string, string[]>();
  for (const row of listed) {
    const [noun, number] = numbered(row.place);
    const about = `${pointedTo(row)}${noun}`;
    numbers.set(about, [...(numbers.get(about) ?? []), number]);
  }
  return html`${[...numbers].map(([about, each]) => {
    const isOne = each.length === 1 && !/^\d+ to /.test(each[0] ?? '');
    return html`<p class="note">${`${about}${isOne ? '' : 's'} ${each.join(', ')}`}</p>`;
  })}`;
}

function numbered(place: ListedRow['place']): readonly ['line' | 'row', string] {
  if ('line' in place) return ['line', linesText(place)];
  const key = place.key ? ` (${safeText(place.key)})` : '';
  if (place.at) return ['line', `${safeText(place.at.line)} of ${safeText(place.at.file)}${key}`];
  return ['row', `${place.row}${key}`];
}

/** `last_name; ` or `first: staff, row 2; `: what the reason of a row is about. */
function pointedTo({ element, fields, first }: ListedRow): string {
  return [
    ...(element ? [element] : []),
    ...(fields ? [`${fields[0]}, not ${fields[1]}`] : []),
    ...(first ? [`first: ${placeText(first)}`] : []),
    '',
  ].join('; ');
}

function leftOutIdentifiers(groups: readonly GroupReport[]): Html {
  const rows = groups.flatMap(({ leftOut }) => leftOut.map((row) => leftOutText(row)));
  return rows.length === 0
    ? nothing
    : section('Identifiers left out', html`<p>The first 100 of each group.</p>${list(rows)}`);
}

/** Duplicates are the rule where groups overlap, so they are folded away. */
function duplicates(groups: readonly GroupReport[]): Html {
  const folded = groups
    .filter(({ books }) => books.duplicate > 0)
    .map(({ name, books, listed }) => {
      const rows = listed.flatMap(({ place, reason, first }) =>
        reason === 'duplicate' && first ? [[placeText(place), placeText(first)]] : [],
      );
      const caption = `${name}: the first 100 duplicates`;
      return details(
        `${name}: ${counted(books.duplicate, 'duplicate')}`,
        table(caption, ['Row', 'Earlier row'], rows),
      );
    });
  return folded.length === 0 ? nothing : section('Duplicates', folded);
}
