import type { RunReport } from '../core/run.ts';
import { type Html, type HtmlPart, html, isNothing, join, nothing } from './html.ts';
import { style } from './style.ts';
import { duration, timeText } from './words.ts';

/** What the page of every run begins with. */
export interface Outcome {
  /** How the run ended, in a sentence. */
  readonly text: string;
  readonly isGood: boolean;
  /** How long the run took; null: the page shows how something stands. */
  readonly milliseconds: number | null;
}

/**
 * A page of its own: no script, nothing loaded from anywhere, and a policy that tells the browser so.
 * Empty sections are left out.
 */
export function page(report: RunReport, outcome: Outcome, sections: readonly Html[]): Html {
  const shown = sections.filter((each) => !isNothing(each));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${report.title}, ${timeText(report)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${report.title}</h1>
<p class="note">${outcome.milliseconds === null ? 'As of' : 'Run of'} <time datetime="${report.startedAt}">${timeText(report)}</time>${outcome.milliseconds === null ? '' : `, took ${duration(outcome.milliseconds)}`}</p>
<p class="outcome${outcome.isGood ? '' : ' bad'}">${outcome.text}</p>
${errorOf(report)}${join(shown, '\n')}
</main>
</body>
</html>
`;
}

/** What ended the run, and what its reader should do. */
function errorOf({ error }: RunReport): Html {
  if (!error) return nothing;
  const hint = error.hint && html`<p><strong>What to do:</strong> ${prose(error.hint)}</p>\n`;
  return html`<p class="message">${prose(error.message)}</p>
${hint}<p class="note">Error code <code>${error.code}</code></p>
`;
}

/**
 * A table, in a region that scrolls where the table is wider than the page.
 * @param caption unlike that of any other table of the page, because it names the region too
 * @param headings one that starts with # has numbers below it
 * @param rows each begins with what the row is about
 */
export function table(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly HtmlPart[])[],
): Html {
  const classOf = (index: number) => (headings[index]?.startsWith('#') ? html` class="number"` : nothing);
  const head = headings.map(
    (heading, index) => html`<th scope="col"${classOf(index)}>${heading.replace('#', '')}</th>`,
  );
  const body = rows.map(([first = '', ...rest]) => {
    const cells = rest.map((cell, index) => html`<td${classOf(index + 1)}>${cell}</td>`);
    return html`<tr><th scope="row">${first}</th>${cells}</tr>`;
  });
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${join(body, '\n')}</tbody></table></div>`;
}

/** A part of the page with a heading. */
export function section(title: string, content: HtmlPart): Html {
  return html`<section><h2>${title}</h2>${content}</section>`;
}

export function list(items: readonly HtmlPart[]): Html {
  return items.length === 0 ? nothing : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

/** A part of the page that is folded away. */
export function details(summary: string, content: HtmlPart): Html {
  return html`<details><summary>${summary}</summary>${content}</details>`;
}

/** Sentences as HTML, in which `this` is to be typed or looked for as it is, and the name of an option stays in one line. */
export function prose(sentences: string): Html {
  const parts = sentences.split(/`([^`\n]+)`/);
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : withOptions(part)))}`;
}

function withOptions(text: string): readonly HtmlPart[] {
  const parts = text.split(/(--[a-z][a-z-]+)/);
  return parts.map((part, index) => (index % 2 === 1 ? html`<span class="option">${part}</span>` : part));
}
