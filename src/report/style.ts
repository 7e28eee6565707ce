import { html } from './html.ts';

/**
 * How the pages look: in the reader's own scheme and font size, down to a phone's width, and on paper, where they are
 * always light. A mail program that knows none of it still shows headings and tables in order.
 */
export const style = html`
:root { color-scheme: light dark; --page: #fff; --text: #1c232b; --dim: #5a6570; --line: #d5dae0; --soft: #f4f6f8; --good: #1a6b3c; --bad: #a4262c; --focus: #0b57d0; }
@media screen and (prefers-color-scheme: dark) {
  :root { --page: #14181d; --text: #e6eaee; --dim: #a3adb8; --line: #3a424c; --soft: #20262d; --good: #6fd39a; --bad: #ff9b93; --focus: #8ab4f8; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: clamp(1rem, 4vw, 2rem); font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; }
p { margin: .4rem 0; }
ul { margin: .4rem 0; padding-left: 1.2rem; }
.note { color: var(--dim); }
code { font: .9em ui-monospace, monospace; }
.option { white-space: nowrap; }
.outcome { font-size: 1.15rem; font-weight: 600; margin: .75rem 0; padding: .6rem .9rem; border-left: .35rem solid var(--good); background: var(--soft); }
.outcome.bad { border-color: var(--bad); }
.message { white-space: pre-wrap; }
.scroll { overflow-x: auto; }
.scroll + .scroll { margin-top: 1rem; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--dim); padding-bottom: .25rem; max-width: calc(100vw - 2rem); }
td p { margin: 0; }
th, td { text-align: left; padding: .25rem 1.5rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
thead th { vertical-align: bottom; overflow-wrap: normal; }
tbody th { font-weight: inherit; }
.number { text-align: right; }
td.number { white-space: nowrap; }
tbody :is(th, td):not(.number) { min-width: 7.5rem; }
summary { cursor: pointer; width: fit-content; }
details[open] summary { margin-bottom: .4rem; }
.bar { display: block; width: clamp(6rem, 30vw, 22rem); height: .7rem; margin-top: .4rem; }
.bar rect { fill: var(--good); }
figure { margin: 0; }
.chart { display: block; width: 100%; height: auto; margin-bottom: .4rem; border: solid var(--line); border-width: 0 0 1px 1px; overflow: visible; }
.chart polyline { fill: none; stroke: var(--good); stroke-width: 2; vector-effect: non-scaling-stroke; }
@media (forced-colors: active) {
  .bar rect { fill: CanvasText; }
  .chart polyline { stroke: CanvasText; }
}
@media print {
  :root { color-scheme: light; font-size: 9pt; }
  body { max-width: none; padding: 0; }
  .scroll { overflow: visible; }
  h2, caption, summary { break-after: avoid; }
  tr:not(:has(p)), figure, .outcome { break-inside: avoid; }
}
@page { size: A4; margin: 15mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt system-ui, sans-serif; } }
`;
