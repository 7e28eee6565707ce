import { type ElementRule, userRule } from '../alma/rules.ts';
import { expiryDate } from './expressions.ts';
import type { TemplateElement, TemplateProblem } from './parse.ts';

/** The attribute that makes an item of a list several; Alma has none of this name. */
export const each = 'each';

export const isEach = ({ attributes }: TemplateElement): boolean =>
  attributes.some(({ name }) => name === each);

/** The parts of a label that matter to a reader: `user_identifier[Barcode]` rather than the second of its kind. */
export function labelOf(path: string, element: TemplateElement): string {
  const type = element.children.find(({ name }) => name === 'id_type');
  const kind = type?.attributes.find(({ name }) => name === 'desc')?.value || type?.text.trim();
  return kind && !kind.includes('{{') ? `${path}[${kind}]` : path;
}

/**
 * The user in the order in which it is filled, wherever its elements stand in the template: a primary id before the identifiers that must
 * not repeat it, the expiry date before what is counted from it.
 */
export function inOrder(user: TemplateElement): TemplateElement {
  const ordered = moved(user, 'primary_id', ({ name }) => ['user_identifiers', 'researcher'].includes(name));
  return moved(ordered, 'expiry_date', namesExpiry);
}

/** The user with an element before the first of those that need it. */
function moved(
  user: TemplateElement,
  name: string,
  needsIt: (child: TemplateElement) => boolean,
): TemplateElement {
  const at = user.children.findIndex((child) => child.name === name);
  const before = user.children.findIndex(needsIt);
  const element = user.children[at];
  if (!element || before < 0 || before > at) return user;
  return { ...user, children: user.children.toSpliced(at, 1).toSpliced(before, 0, element) };
}

/** Whether an element or one in it names the user's expiry date. */
export function namesExpiry({ text, attributes, children }: TemplateElement): boolean {
  const texts = [text, ...attributes.map(({ value }) => value)];
  return texts.some((each) => each.includes(expiryDate)) || children.some(namesExpiry);
}

/** What is wrong with what is counted from the expiry date. */
export function expiryProblems(user: TemplateElement): TemplateProblem[] {
  if (!namesExpiry(user)) return [];
  const expiry = user.children.find(({ name }) => name === 'expiry_date');
  if (!expiry)
    return [{ line: user.line, message: 'the template names @expiry_date, but has no expiry_date' }];
  return namesExpiry(expiry) ? [{ line: expiry.line, message: 'expiry_date is made of itself' }] : [];
}

/** Tells whether Alma knows an element with a value at a path below `user`. */
export function isField(path: string): boolean {
  let rule: ElementRule | undefined = userRule;
  for (const name of path.split('/')) {
    if (rule?.kind === 'list') rule = rule.item === name ? rule.rule : undefined;
    else rule = rule?.kind === 'part' && Object.hasOwn(rule.children, name) ? rule.children[name] : undefined;
  }
  return rule?.kind === 'field';
}
