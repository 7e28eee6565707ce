import type { RunReport } from '../core/run.ts';
import { style } from './style.ts';
import { duration, timeText } from './words.ts';

/** What the page of every run begins with. */
export interface Outcome {
  /** How the run ended, in a sentence. */
  readonly text: string;
  readonly isGood: boolean;
  readonly milliseconds: number;
}

/**
 * A page of its own: no script, nothing loaded from anywhere, and a policy that tells the browser so.
 * Empty sections are left out.
 */
export function page(report: RunReport, outcome: Outcome, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(report.title)}, ${timeText(report)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${text(report.title)}</h1>
<p class="note">Run of <time datetime="${text(report.startedAt)}">${timeText(report)}</time>, took ${duration(outcome.milliseconds)}</p>
<p class="outcome${outcome.isGood ? '' : ' bad'}">${text(outcome.text)}</p>
${errorOf(report)}${sections.filter((each) => each !== '').join('\n')}
</main>
</body>
</html>
`;
}

/** What ended the run, and what its reader should do. */
function errorOf({ error }: RunReport): string {
  if (!error) return '';
  const hint = error.hint && `<p><strong>What to do:</strong> ${prose(error.hint)}</p>\n`;
  return `<p class="message">${prose(error.message)}</p>
${hint}<p class="note">Error code <code>${text(error.code)}</code></p>
`;
}

/**
 * A table of finished HTML, in a region that scrolls where the table is wider than the page.
 * @param caption text; unlike that of any other table of the page, because it names the region too
 * @param headings one that starts with # has numbers below it
 * @param rows each begins with what the row is about
 */
export function table(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const classOf = (index: number) => (headings[index]?.startsWith('#') ? ' class="number"' : '');
  const head = headings.map(
    (heading, index) => `<th scope="col"${classOf(index)}>${text(heading.replace('#', ''))}</th>`,
  );
  const body = rows.map(([first = '', ...rest]) => {
    const cells = rest.map((html, index) => `<td${classOf(index + 1)}>${html}</td>`);
    return `<tr><th scope="row">${first}</th>${cells.join('')}</tr>`;
  });
  return `<div class="scroll" role="region" aria-label="${text(caption)}" tabindex="0"><table><caption>${text(caption)}</caption><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

/** A part of the page with a heading. */
export function section(title: string, html: string): string {
  return `<section><h2>${text(title)}</h2>${html}</section>`;
}

/** Finished HTML, item by item. */
export function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
}

/** Sentences as HTML, in which `this` is to be typed or looked for as it is. */
export function prose(sentences: string): string {
  return text(sentences).replace(/`([^`\n]+)`/g, '<code>$1</code>');
}

/** Text as it may stand in HTML. */
export function text(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
