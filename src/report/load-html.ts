import type { ListedRow } from '../load/group-tally.ts';
import type { GroupReport, LoadReport } from '../load/load-report.ts';
import { rejectReasons } from '../load/rejected-person.ts';
import { bytes, duration, number, outcomeText, placeText, reasonText, timeText } from './load-text.ts';

const style = `
:root { color-scheme: light dark; --line: light-dark(#d5dae0, #3a424c); --soft: light-dark(#f4f6f8, #20262d); --good: light-dark(#1a6b3c, #6fd39a); --bad: light-dark(#a4262c, #ff9b93); --dim: light-dark(#5a6570, #a3adb8); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif; color: light-dark(#1c232b, #e6eaee); background: light-dark(#fff, #14181d); }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; } p { margin: .4rem 0; }
.when, .note { color: var(--dim); } .outcome { font-size: 1.15rem; font-weight: 600; margin: .75rem 0; padding: .6rem .9rem; border-left: .35rem solid var(--good); background: var(--soft); }
.outcome.bad { border-color: var(--bad); } .error { white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--dim); padding-bottom: .25rem; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td.number, th.number { text-align: right; white-space: nowrap; } .stops { color: var(--bad); font-weight: 600; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; } ul { margin: .4rem 0; padding-left: 1.2rem; }
@media print { body { max-width: none; padding: 0; font-size: 11px; } h2 { break-after: avoid; } tr { break-inside: avoid; } @page { size: A4; margin: 15mm; } }
`;

/** The report as a page of its own: no script, nothing loaded from anywhere. */
export function loadHtml(report: LoadReport): string {
  const isGood = ['delivered', 'written', 'rehearsed'].includes(report.outcome);
  const sections = [
    groupsTable(report.groups),
    attention(report),
    deliveryTable(report),
    guardTable(report),
    ...report.groups.filter(({ delivered }) => delivered).map(listedTables),
    durationsTable(report),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(report.title)}, ${timeText(report)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${text(report.title)}</h1>
<p class="when">Run of <time datetime="${text(report.startedAt)}">${timeText(report)}</time></p>
<p class="outcome${isGood ? '' : ' bad'}" role="status">${text(outcomeText(report))}</p>
${report.error ? `<p class="error">${text(report.error.message)}</p><p>${text(report.error.hint)}</p>` : ''}
</header>
<main>
${sections.filter((section) => section !== '').join('\n')}
</main>
</body>
</html>
`;
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

/** A table of finished HTML; a heading that starts with # has numbers below it. */
function table(headings: readonly string[], rows: readonly (readonly string[])[], caption = ''): string {
  const numeric = headings.map((heading) => heading.startsWith('#'));
  const cell = (tag: 'th' | 'td', html: string, index: number) =>
    `<${tag}${tag === 'th' ? ' scope="col"' : ''}${numeric[index] ? ' class="number"' : ''}>${html}</${tag}>`;
  const head = headings.map((heading, index) => cell('th', text(heading.replace('#', '')), index)).join('');
  const body = rows
    .map((row) => `<tr>${row.map((html, index) => cell('td', html, index)).join('')}</tr>`)
    .join('\n');
  return `<div class="scroll" tabindex="0"><table>${caption && `<caption>${caption}</caption>`}<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function section(title: string, html: string): string {
  return `<section><h2>${title}</h2>${html}</section>`;
}

function text(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
