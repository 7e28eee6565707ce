/** Characters that XML 1.0 forbids (production 2, "Char"), lone surrogates among them. */
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

/** Anything that has to be looked at more closely; most values have nothing of it and are passed as they are. */
const suspicious = /[&<>"\u0000-\u001f\ud800-\udfff\ufffe\uffff]/;

/** Text that begins and ends with a sign of ASCII and has nothing that must be cleaned, stripped or escaped. */
const plain = /^[!#-%'-;=?-~](?:[ !#-%'-;=?-~\u00a0-\ud7ff]*[!#-%'-;=?-~])?$/;

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
