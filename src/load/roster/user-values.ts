import { unescaped } from './roster-user.ts';

/** A start or an end of an element, its attributes, and the text behind it. In the value of an attribute `>` may stand. */
const tags = /<(\/?)([A-Za-z_][\w.-]*)((?:[^<>"']|"[^"]*"|'[^']*')*?)(\/?)>([^<]*)/g;
const attributes = /([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * The values of a user by the path of their element, such as `contact_info/emails/email/email_address`. Identifiers are told apart
 * by their type, which is no value of its own: `user_identifiers/user_identifier[BARCODE]/value`. An attribute has its name behind an @:
 * `contact_info/emails/email/@preferred`. Made for the XML that templates fill, whose text holds no `<`.
 */
export function valuesByPath(xml: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const path: string[] = [];
  let idType = '';
  for (const [, close, name = '', more = '', empty, text = ''] of xml.matchAll(tags)) {
    if (close) {
      path.pop();
      continue;
    }
    path.push(name);
    if (name === 'id_type') idType = text;
    if (path.length > 1 && more.includes('=')) addAttributes(values, labelOf(path, idType), more);
    if (empty) path.pop();
    else if (text.trim() !== '' && name !== 'id_type') add(values, labelOf(path, idType), unescaped(text));
  }
  return values;
}

/** The description of a code is for people: Alma does not read it. */
function addAttributes(values: Map<string, string>, path: string, text: string): void {
  for (const [, name = '', double, single] of text.matchAll(attributes))
    if (name !== 'desc' && !name.includes(':'))
      add(values, `${path}/@${name}`, unescaped(double ?? single ?? ''));
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
