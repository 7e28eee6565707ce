/** Long enough for any name that a person chose; a page of garbage says no more than its beginning. */
const maxShown = 200;

/**
 * Characters that change a terminal, a mail or a page instead of standing in it: controls (C0, DEL, C1), format characters
 * (direction marks, zero-width characters, soft hyphens, byte order marks, tags), line and paragraph separators, and
 * halves of surrogate pairs.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const allUnsafe = new RegExp(unsafe, 'gu');

/**
 * Foreign text as it may be shown: text that others chose, such as the name of a file in a zip, a column or a code.
 * Control, direction and zero-width characters become `\u001b`; after 200 characters an ellipsis follows.
 * It does not make text fit to be shown that must not be shown at all: a record's values and secrets.
 */
export function safeText(text: string): string {
  let shown = '';
  for (const character of text) {
    const next = unsafe.test(character) ? escaped(character) : character;
    if (shown.length + next.length > maxShown) return `${shown}…`;
    shown += next;
  }
  return shown;
}

/**
 * A line of ours, with the foreign text that is in it: the last look at every line that leaves the program. It is not
 * cut, because its foreign parts were, each by `safeText`.
 */
export function safeLine(line: string): string {
  return line.replace(allUnsafe, escaped);
}

/** Lines as a text for people: no part of one can make a line of its own. */
export function safeLines(lines: readonly string[]): string {
  return `${lines.map(safeLine).join('\n')}\n`;
}

/** A value as JSON in one line, which stays the same value for a program and changes no terminal. */
export function safeJson(value: unknown): string {
  return `${JSON.stringify(value).replace(allUnsafe, jsonEscaped)}\n`;
}

function jsonEscaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => escaped(character.charAt(index))).join('');
}

/** `\u200b`; `\u{e0001}` beyond the first plane, which four digits do not reach. */
function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
