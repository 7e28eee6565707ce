import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { XmlDocument, XmlLibError, XsdValidator } from 'libxml2-wasm';

/**
 * Ex Libris' published schemas lie beside the project on the machines that have them; they are not ours to
 * hand on. Tests that need them are skipped elsewhere.
 */
export const schemaFolder = new URL('../../../../shared/reference/alma-xsd/', import.meta.url);

export const hasSchema = existsSync(fileURLToPath(schemaFolder));

export function schemaText(name: string): string {
  return readFileSync(new URL(name, schemaFolder), 'utf8');
}

let validator: XsdValidator | undefined;

/** The schemas include each other; one text of all needs no resolving of file names. */
function schema(): XsdValidator {
  const inner = (name: string) =>
    schemaText(name)
      .replace(/^[\s\S]*?<xs:schema[^>]*>/, '')
      .replace(/<\/xs:schema>\s*$/, '')
      .replace(/<xs:include [^>]*>/, '');
  const [head = ''] = /^[\s\S]*?<xs:schema[^>]*>/.exec(schemaText('rest_users.xsd')) ?? [];
  const all = ['rest_users.xsd', 'rest_user.xsd', 'rest_researcher.xsd'].map(inner).join('\n');
  const document = XmlDocument.fromString(`${head}${all}</xs:schema>`);
  try {
    return XsdValidator.fromDoc(document);
  } finally {
    document.dispose();
  }
}

/** Elements that Alma exports today and that this edition of the schema, of 2021, does not have. */
const newer = /<(statistic_owner|note_owner|block_owner|proxy_type)\b[^>]*>[^<]*<\/\1>/g;

/** What the schema finds wrong in a file with the root `users`; nothing where the schema is not at hand. */
export function schemaErrors(xml: string): string[] {
  if (!hasSchema) return [];
  validator ??= schema();
  const document = XmlDocument.fromString(xml.replace(newer, ''));
  try {
    validator.validate(document);
    return [];
  } catch (error) {
    if (!(error instanceof XmlLibError)) throw error;
    return error.details.map(({ message }) => message);
  } finally {
    document.dispose();
  }
}
