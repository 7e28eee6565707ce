import type { ListedRow } from '../load/group-tally.ts';
import type { GroupReport, LoadReport } from '../load/load-report.ts';
import { rejectReasons } from '../load/rejected-person.ts';
import { outcomeText, placeText, reasonText } from './load-text.ts';
import { page, section, table, text } from './page.ts';
import { bytes, duration, number } from './words.ts';

/** The report as a page of its own: no script, nothing loaded from anywhere. */
export function loadHtml(report: LoadReport): string {
  const isGood = ['delivered', 'written', 'rehearsed'].includes(report.outcome);
  return page(report, outcomeText(report), isGood, [
    groupsTable(report.groups),
    attention(report),
    deliveryTable(report),
    guardTable(report),
    ...report.groups.filter(({ delivered }) => delivered).map(listedTables),
    durationsTable(report),
  ]);
}

function groupsTable(groups: readonly GroupReport[]): string {
  if (groups.length === 0) return '';
  const rows = groups.map(({ name, delivered, books, last }) => [
    text(name) + (delivered ? '' : ' <span class="note">read for precedence only</span>'),
    number(books.read),
    number(books.written),
    last ? number(last.users) : '–',
    number(books.duplicate),
    number(books.rejected),
  ]);
  const reasons = groups.flatMap(({ name, books }) =>
    Object.entries(books.reasons).map(
      ([reason, count]) =>
        `<li>${text(name)}: ${number(count)} rejected, ${text(rejectReasons[reason as keyof typeof rejectReasons])}</li>`,
    ),
  );
  return (
    section(
      'People',
      table(
        ['Group', '#Read', '#Written', '#Written last time', '#Duplicate', '#Rejected'],
        rows,
        'Read = written + duplicate + rejected',
      ),
    ) + (reasons.length > 0 ? `<ul>${reasons.join('')}</ul>` : '')
  );
}

/** What every column and element had last time and has now; what stopped the run stands first. */
function guardTable({ groups, guard, acceptedDrop }: LoadReport): string {
  if (guard.length === 0) return '';
  const known = new Set(groups.filter(({ last }) => last !== null).map(({ name }) => name));
  if (known.size === 0 && !guard.some(({ stops }) => stops)) {
    return section('Against last time', '<p>The first run: there is nothing to compare it with.</p>');
  }
  const rows = [...guard]
    .sort((a, b) => Number(b.stops) - Number(a.stops))
    .map(({ group, what, before, now, stops }) => {
      const mark = stops
        ? ` <span class="stops">${acceptedDrop ? 'drop accepted' : 'stopped the run'}</span>`
        : '';
      return [text(group), `${text(what)}${mark}`, number(before), number(now), number(now - before)];
    });
  return section('Against last time', table(['Group', 'What', '#Last time', '#Now', '#Change'], rows));
}

function attention({ warnings, unknownCodes, doubledCodes }: LoadReport): string {
  const items = [
    ...warnings.map(text),
    ...Object.entries(unknownCodes).map(([map, codes]) => {
      const list = Object.entries(codes).map(
        ([code, count]) => `<code>${code === '' ? '(empty)' : text(code)}</code> ${number(count)}×`,
      );
      return `Codes that ${text(map)} lacks: ${list.join(', ')}`;
    }),
    ...Object.entries(doubledCodes).map(
      ([map, codes]) => `Codes that stand twice in ${text(map)}, the last counts: ${text(codes.join(', '))}`,
    ),
  ];
  return items.length === 0
    ? ''
    : section('Worth a look', `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`);
}

/** Rejected rows, by reason; duplicates, which are the rule where groups overlap, folded away behind them. */
function listedTables({ name, books, listed }: GroupReport): string {
  const tableOf = (rows: readonly ListedRow[]) =>
    table(
      ['Row', 'Why'],
      rows.map((row) => [text(placeText(row.place)), text(reasonText(row))]),
      'The first 100 of each reason; the counts above are complete',
    );
  const duplicates = listed.filter(({ reason }) => reason === 'duplicate');
  const rejected = listed
    .filter(({ reason }) => reason !== 'duplicate')
    .sort((a, b) => a.reason.localeCompare(b.reason));
  const folded = `<details><summary>${number(books.duplicate)} duplicates</summary>${tableOf(duplicates)}</details>`;
  return (
    (rejected.length > 0 ? section(`Rejected from ${text(name)}`, tableOf(rejected)) : '') +
    (duplicates.length > 0 ? section(`Duplicates in ${text(name)}`, folded) : '')
  );
}

function deliveryTable({ outcome, destination, groups, receipts, removed }: LoadReport): string {
  const published = new Set(receipts.map(({ key }) => key));
  const rows = groups.flatMap(({ files }) =>
    files.map(({ key, users, size, sha256 }) => [
      `<code>${text(key)}</code>`,
      number(users),
      bytes(size),
      published.has(key) ? 'delivered, verified' : 'not delivered',
      `<code>${sha256.slice(0, 16)}…</code>`,
    ]),
  );
  if (rows.length === 0) return '';
  const old =
    outcome === 'rehearsed'
      ? `${removed.length} older files would be removed.`
      : `${removed.length} older files were removed.`;
  return section(
    'Files',
    `<p>To <code>${text(destination)}</code>. ${old}</p>${table(['File', '#Users', '#Size', 'State', 'SHA-256'], rows)}`,
  );
}

function durationsTable({ durations }: LoadReport): string {
  const rows = Object.entries(durations).map(([stage, milliseconds]) => [
    text(stage),
    duration(milliseconds),
  ]);
  return rows.length === 0 ? '' : section('Time', table(['Stage', '#Took'], rows));
}
