import { unescapeText } from '../alma/xml-text.ts';

/** An identifier as `UserTemplate` writes it: one element a line, and in its text no bare `<`. */
const identifierPart = /<user_identifier(?: [^>]*)?>\n([\s\S]*?)<\/user_identifier>\n/g;
const idType = /<id_type(?: desc="([^"]*)")?[^>]*>([^<]*)</;
const value = /<value>([^<]*)</;
const emptyList = /<user_identifiers>\n<\/user_identifiers>\n/g;

/**
 * Takes identifiers out of a user that is filled already, and the list where none is left.
 * @returns the user, and the type of each identifier taken out: its description or else its code
 */
export function removeIdentifiers(
  xml: string,
  isTaken: (identifier: string) => boolean,
): { xml: string; types: readonly string[] } {
  const types: string[] = [];
  const less = xml.replace(identifierPart, (part: string, inside: string) => {
    if (!isTaken(unescapeText(value.exec(inside)?.[1] ?? ''))) return part;
    const [, description, code = ''] = idType.exec(inside) ?? [];
    types.push(description || code);
    return '';
  });
  return { xml: types.length > 0 ? less.replace(emptyList, '') : xml, types };
}
