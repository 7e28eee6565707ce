/** Long enough for any name that a person chose; a page of garbage says no more than its beginning. */
const maxShown = 200;

/**
 * Characters that change a terminal, a mail or a page instead of standing in it: controls (C0, DEL, C1), format characters
 * (direction marks, zero-width characters, soft hyphens, byte order marks, tags), line and paragraph separators, and
 * halves of surrogate pairs.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

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

/** `\u200b`; `\u{e0001}` beyond the first plane, which four digits do not reach. */
function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
