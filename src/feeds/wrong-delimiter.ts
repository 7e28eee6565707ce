/** What no column is called by, and a program may put between two of them. */
const candidates = /[^\p{L}\p{N}_\-. "'#@,]/gu;

const withComma = /[^\p{L}\p{N}_\-. "'#@]/gu;

/** Signs that hardly any name of a column holds: one is enough. */
const usual = new Set([';', '\t', '|', ',']);

/**
 * What a first line says of its delimiter when it has none of the wanted ones: `has none, but 34 times ;`.
 * @returns null where nothing else is likely. Never a value of the line, which may be a person.
 */
export function otherDelimiter(firstLine: string, delimiter: string): string | null {
  if (firstLine.includes(delimiter)) return null;
  const counts = new Map<string, number>();
  for (const [sign] of firstLine.matchAll(delimiter === ',' ? candidates : withComma))
    counts.set(sign, (counts.get(sign) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  if (!most) return null;
  const [sign, count] = most;
  if (count < 2 && !usual.has(sign)) return null;
  return `has none, but ${count === 1 ? 'once' : `${count} times`} ${shownSign(sign)}`;
}

/** A sign for a message: visible ones as they are, others by name or number. */
export function shownSign(sign: string): string {
  if (sign === ',') return 'a comma';
  if (sign === '\t') return 'a tab';
  const code = sign.codePointAt(0) ?? 0;
  const isPrintable = code > 0x20 && code < 0x7f;
  return isPrintable ? sign : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
