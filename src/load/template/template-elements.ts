import { type ElementRule, userRule } from '../alma/rules.ts';
import type { TemplateElement } from './parse.ts';

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

/** A primary id is filled before the identifiers that must not repeat it, wherever it stands in the template. */
export function primaryIdFirst(user: TemplateElement): TemplateElement {
  const at = user.children.findIndex(({ name }) => name === 'primary_id');
  const others = user.children.findIndex(({ name }) => ['user_identifiers', 'researcher'].includes(name));
  const primaryId = user.children[at];
  if (!primaryId || others < 0 || others > at) return user;
  const children = user.children.toSpliced(at, 1).toSpliced(others, 0, primaryId);
  return { ...user, children };
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
