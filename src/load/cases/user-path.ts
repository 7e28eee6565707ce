import { didYouMean } from '../../core/nearest-name.ts';
import { type ElementRule, userRule } from '../alma/rules.ts';
import type { UserElement } from './read-user.ts';

/** A way to values of a user, as a librarian writes it: `user_group`, `user_identifiers[BARCODE]`, `contact_info.emails.email[1]@preferred`. */
export interface UserPath {
  readonly steps: readonly Step[];
  /** The attribute that is meant; null for the text. */
  readonly attribute: string | null;
}

interface Step {
  readonly name: string;
  readonly rule: ElementRule;
  /** Which of several: a number from 1, or a code that one of them has; '' for all. */
  readonly pick: string;
}

/** What is meant by an item of a list that a path ends at. */
const mainValues: Readonly<Record<string, string>> = {
  address: 'line1',
  email: 'email_address',
  phone: 'phone_number',
  user_identifier: 'value',
  user_role: 'role_type',
  user_block: 'block_description',
  user_note: 'note_text',
  user_statistic: 'statistic_category',
};

/** Reads a path, and checks it against what Alma knows. @returns what is wrong with it, as text */
export function parseUserPath(text: string): UserPath | string {
  const [, way = '', attribute = null] = /^([^@]*)(?:@([A-Za-z_]+))?$/.exec(text) ?? [];
  const parts = way.match(/[^.[\]]+(?:\[[^[\]]+\])?/g) ?? [];
  if (parts.length === 0 || parts.join('.') !== way)
    return `"${text}" is not a path such as contact_info.emails.email[1]`;
  const steps: Step[] = [];
  let rule: ElementRule = userRule;
  for (const part of parts) {
    const [, name = '', pick = ''] = /^([^[]+)(?:\[(.+)\])?$/.exec(part) ?? [];
    const above = steps.at(-1)?.name ?? 'user';
    // Behind a list with a choice stands what is in its items.
    const inside: ElementRule = rule.kind === 'list' && steps.at(-1)?.pick ? rule.rule : rule;
    const known = childrenOf(inside);
    const child = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!child)
      return `${above} has no ${name}${didYouMean(name, Object.keys(known)) || whatThereIs(inside)}`;
    steps.push({ name, rule: child, pick });
    rule = child;
  }
  const last: ElementRule = rule.kind === 'list' ? rule.rule : rule;
  const attributes = 'attributes' in last ? Object.keys(last.attributes) : [];
  return attribute === null || attributes.includes(attribute)
    ? { steps, attribute }
    : `${steps.at(-1)?.name} has no attribute ${attribute}${didYouMean(attribute, attributes)}`;
}

const whatThereIs = (rule: ElementRule): string =>
  rule.kind === 'list' ? `; it has ${rule.item}` : rule.kind === 'field' ? ', and holds a value' : '';

function childrenOf(rule: ElementRule): Readonly<Record<string, ElementRule>> {
  if (rule.kind === 'list') return { [rule.item]: rule.rule };
  return rule.kind === 'part' ? rule.children : {};
}

/** The values of a user at a path, in order. An element with others in it, of which none is meant, is shown by its name. */
export function valuesAt(user: UserElement, { steps, attribute }: UserPath): readonly string[] {
  let found: readonly UserElement[] = [user];
  for (const { name, rule, pick } of steps) {
    found = found.flatMap((element) => {
      const named = element.children.filter((child) => child.name === name);
      if (pick === '') return named;
      return picked(rule.kind === 'list' ? named.flatMap(({ children }) => children) : named, pick);
    });
  }
  const last = steps.at(-1);
  // A list stands for its items.
  const items =
    last?.rule.kind === 'list' && last.pick === '' ? found.flatMap(({ children }) => children) : found;
  if (attribute === null) return items.flatMap(textsOf);
  return items.flatMap(({ attributes }) =>
    attributes.flatMap(({ name, value }) => (name === attribute ? value : [])),
  );
}

function picked(items: readonly UserElement[], pick: string): readonly UserElement[] {
  if (/^\d+$/.test(pick) && !items.some((item) => hasCode(item, pick)))
    return items.slice(Number(pick) - 1, Number(pick));
  return items.filter((item) => hasCode(item, pick));
}

/** Whether a type or another code of an item is this one, by its code or by its description. */
function hasCode({ name, children }: UserElement, code: string): boolean {
  return children.some(
    (child) =>
      child.name !== mainValues[name] &&
      (child.text === code ||
        child.attributes.some(({ name: attribute, value }) => attribute === 'desc' && value === code) ||
        hasCode(child, code)),
  );
}

function textsOf({ name, text, children }: UserElement): readonly string[] {
  if (children.length === 0) return [text];
  const main = mainValues[name];
  return main === undefined
    ? [`<${name}>`]
    : children.flatMap((child) => (child.name === main ? child.text : []));
}

/** All values of a user with the paths of each, in order; attributes too. */
export function flatten(user: UserElement): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const walk = (element: UserElement, rule: ElementRule, path: string) => {
    if (path !== '') for (const { name, value } of element.attributes) values.set(`${path}@${name}`, value);
    if (rule.kind === 'field') values.set(path, element.text);
    const counts = new Map<string, number>();
    const known = childrenOf(rule);
    for (const child of element.children) {
      const count = (counts.get(child.name) ?? 0) + 1;
      counts.set(child.name, count);
      const childRule = known[child.name];
      const place = rule.kind === 'list' ? `${child.name}[${count}]` : child.name;
      if (childRule) walk(child, childRule, path === '' ? place : `${path}.${place}`);
    }
  };
  walk(user, userRule, '');
  return values;
}
