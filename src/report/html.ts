import { safeLine } from '../core/safe-text.ts';

const source = Symbol('source');

/** Finished HTML. Only `html` makes it, so that text never stands in a page without being escaped. */
export interface Html {
  readonly [source]: string;
}

/** What may stand in HTML: text and numbers, which are escaped, finished HTML, and several of these in a row. */
export type HtmlPart = string | number | Html | readonly HtmlPart[];

/** A template of HTML: what stands between its expressions is taken as it is, values are escaped. */
export function html(fixed: TemplateStringsArray, ...values: readonly HtmlPart[]): Html {
  const parts = fixed.map((text, index) => text + sourceOf(values[index] ?? ''));
  return { [source]: parts.join('') };
}

/** No HTML at all. */
export const nothing = html``;

export function isNothing(part: HtmlPart): boolean {
  return sourceOf(part) === '';
}

/** Parts with the same text between each two. */
export function join(parts: readonly HtmlPart[], separator: string): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : [separator, part]))}`;
}

/** HTML as it is written into a file or a mail. */
export function sourceOf(part: HtmlPart): string {
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  return source in part ? part[source] : part.map(sourceOf).join('');
}

/** A line break changes nothing in a page. */
function escaped(text: string): string {
  const lines = text.split('\n').map(safeLine);
  return lines
    .join('\n')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
