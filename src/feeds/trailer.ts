/** The last line of a feed, which tells how long the feed should be. */
export interface Trailer {
  /** As it is configured: `TRAILER|{count}`. */
  readonly text: string;
  /** The line; its first group is the number. */
  readonly pattern: RegExp;
  /** What the number counts: rows, or all lines of the file with header and trailer. */
  readonly counts: 'rows' | 'lines';
}

const placeholder = /\{(count|lines)\}/;

/**
 * @param text a line with `{count}` for the number of rows, or `{lines}` for that of all lines; `*` stands for any text
 * @returns null where neither is in it, or both are
 */
export function parseTrailer(text: string): Trailer | null {
  const [before = '', word, after = '', ...more] = text.split(placeholder);
  if (word === undefined || more.length > 0) return null;
  const source = `^\\s*${literal(before)}\\s*(\\d{1,12})\\s*${literal(after)}\\s*$`;
  return { text, pattern: new RegExp(source), counts: word === 'count' ? 'rows' : 'lines' };
}

function literal(text: string): string {
  return text
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^\\r\\n]*');
}
