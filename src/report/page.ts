import type { RunReport } from '../core/run-report.ts';
import { timeText } from './words.ts';

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
.bar { width: 100%; min-width: 8rem; height: .7rem; } .bar rect { fill: var(--good); } figure { margin: 0; } .chart { width: 100%; height: auto; border-bottom: 1px solid var(--line); border-left: 1px solid var(--line); overflow: visible; } .chart polyline { fill: none; stroke: var(--good); stroke-width: 2; vector-effect: non-scaling-stroke; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; } ul { margin: .4rem 0; padding-left: 1.2rem; }
@media print { body { max-width: none; padding: 0; font-size: 11px; } h2 { break-after: avoid; } tr { break-inside: avoid; } @page { size: A4; margin: 15mm; } }
`;

/** A page of its own: no script, nothing loaded from anywhere. Empty sections are left out. */
export function page(
  report: RunReport,
  outcome: string,
  isGood: boolean,
  sections: readonly string[],
): string {
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
<p class="outcome${isGood ? '' : ' bad'}" role="status">${text(outcome)}</p>
${report.error ? `<p class="error">${text(report.error.message)}</p><p>${text(report.error.hint)}</p>` : ''}
</header>
<main>
${sections.filter((each) => each !== '').join('\n')}
</main>
</body>
</html>
`;
}

/** A table of finished HTML; a heading that starts with # has numbers below it. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  caption = '',
): string {
  const numeric = headings.map((heading) => heading.startsWith('#'));
  const cell = (tag: 'th' | 'td', html: string, index: number) =>
    `<${tag}${tag === 'th' ? ' scope="col"' : ''}${numeric[index] ? ' class="number"' : ''}>${html}</${tag}>`;
  const head = headings.map((heading, index) => cell('th', text(heading.replace('#', '')), index)).join('');
  const body = rows
    .map((row) => `<tr>${row.map((html, index) => cell('td', html, index)).join('')}</tr>`)
    .join('\n');
  return `<div class="scroll" tabindex="0"><table>${caption && `<caption>${caption}</caption>`}<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** A part of the page with a heading. */
export function section(title: string, html: string): string {
  return `<section><h2>${title}</h2>${html}</section>`;
}

/** Text as it may stand in HTML. */
export function text(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
