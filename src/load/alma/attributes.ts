import type { SaxesTag } from 'saxes';
import { didYouMean } from '../../core/nearest-name.ts';
import { safeText } from '../../core/safe-text.ts';
import type { AttributeRule, ElementRule } from './rules.ts';
import { isOfType, lengthOf } from './values.ts';

/** The list in which an element stands, if it stands in one. */
interface Surroundings {
  readonly rule: ElementRule | null;
  /** Attributes that an item of the list has had as true. */
  readonly marked: Set<string>;
}

/** Compares the attributes of an element with its rule. */
export function checkAttributes(
  tag: SaxesTag,
  rule: ElementRule,
  parent: Surroundings,
  complain: (message: string) => void,
): void {
  const rules: Readonly<Record<string, AttributeRule>> = rule.kind === 'list' ? {} : rule.attributes;
  for (const [name, given] of Object.entries(tag.attributes)) {
    const value = String(given);
    const known = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!known) {
      if (!isHarmless(name)) {
        const shown = safeText(name);
        complain(`<${tag.name}> has no attribute ${shown}${didYouMean(shown, Object.keys(rules))}`);
      }
      continue;
    }
    if (!isOfType(value, known.type)) complain(`${name} of <${tag.name}> is not true or false`);
    if (lengthOf(value) > (known.max ?? Number.POSITIVE_INFINITY))
      complain(`${name} of <${tag.name}> is longer than ${known.max} characters`);
    if (isSingle(name, value, parent.rule)) {
      if (parent.marked.has(name)) complain(`a second ${name} <${tag.name}>; Alma accepts one`);
      parent.marked.add(name);
    }
  }
}

/** The totals that exports put on lists are harmless, and so is all that stands in a namespace of its own. */
function isHarmless(name: string): boolean {
  return name.includes(':') || name === 'xmlns' || name === 'total_record_count';
}

/** Whether one item of a list alone may have the attribute, and this one has it: `preferred="true"`. */
function isSingle(name: string, value: string, list: ElementRule | null): boolean {
  return list?.kind === 'list' && list.single.includes(name) && (value === 'true' || value === '1');
}
