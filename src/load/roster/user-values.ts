/**
 * The values of a user by the path of their element, such as `contact_info/emails/email/email_address`. Identifiers are told apart
 * by their type: `user_identifiers/user_identifier[BARCODE]/value`. Made for the XML that templates fill, whose text holds no `<`.
 */
export function valuesByPath(xml: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const path: string[] = [];
  let idType = '';
  for (const [, close, name = '', empty, text = ''] of xml.matchAll(/<(\/?)([a-z_]+)[^>]*?(\/?)>([^<]*)/g)) {
    if (close) {
      path.pop();
      continue;
    }
    path.push(name);
    if (name === 'id_type') idType = text;
    if (empty) path.pop();
    else if (text.trim() !== '') add(values, labelOf(path, idType), text);
  }
  return values;
}

/** The paths whose values are not the same. */
export function changedPaths(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string[] {
  const paths = new Set([...before.keys(), ...now.keys()]);
  return [...paths].filter((path) => before.get(path) !== now.get(path));
}

function labelOf(path: readonly string[], idType: string): string {
  return path
    .slice(1)
    .map((name) => (name === 'user_identifier' ? `user_identifier[${idType}]` : name))
    .join('/');
}

/** Several of one kind stand together: their number is a part of the value. */
function add(values: Map<string, string>, path: string, text: string): void {
  const known = values.get(path);
  values.set(path, known === undefined ? text : `${known}\n${text}`);
}
