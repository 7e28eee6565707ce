/** Characters that XML 1.0 forbids (production 2, "Char"), lone surrogates among them. */
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

/** Anything that has to be looked at more closely; most values have nothing of it and are passed as they are. */
const suspicious = /[&<>"\u0000-\u001f\ud800-\udfff\ufffe\uffff]/;

/** Beyond ASCII, all but what odd-characters.ts looks for: invisible characters, and the first letters of what was read in a wrong encoding. */
const harmless =
  '\\u00a0-\\u00ac\\u00ae-\\u00c1\\u00c6-\\u00cd\\u00d4-\\u00e1\\u00e3-\\u00ee\\u00f1-\\u034e\\u0350-\\u061b\\u061d-\\u115e' +
  '\\u1161-\\u17b3\\u17b6-\\u180a\\u1810-\\u200a\\u2010-\\u2029\\u202f-\\u205f\\u2070-\\u3163\\u3165-\\ud7ff';

/** Text that begins and ends with a sign of ASCII and has nothing that must be cleaned, stripped, escaped or looked at. */
const plain = new RegExp(`^[!#-%'-;=?-~](?:[ !#-%'-;=?-~${harmless}]*[!#-%'-;=?-~])?$`);

/** Tells whether a value can stand in XML as it is, as nearly all values can. */
export function isPlain(value: string): boolean {
  return plain.test(value);
}

/** Takes away the characters that no XML file may hold: one of them makes Alma refuse the whole file. */
export function withoutForbidden(value: string): string {
  return suspicious.test(value) ? value.replace(forbidden, '') : value;
}

/** Escapes for element text. A CR is written as a reference, because parsers turn a bare one into LF. */
export function escapeText(value: string): string {
  if (!suspicious.test(value)) return value;
  return value.replace(/[&<>\r]/g, escaped);
}

/** Escapes for an attribute in double quotes, where parsers also turn tabs and line breaks into blanks. */
export function escapeAttribute(value: string): string {
  if (!suspicious.test(value)) return value;
  return value.replace(/[&<>"\r\n\t]/g, escaped);
}

/** The value of an element's text that `escapeText` wrote. */
export function unescapeText(text: string): string {
  return text.replace(/&(?:lt|gt|amp|#13);/g, (reference) => references[reference] ?? reference);
}

const references: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&#13;': '\r',
};

function escaped(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    default:
      return `&#${character.charCodeAt(0)};`;
  }
}
