import { didYouMean } from '../../core/nearest-name.ts';
import { safeText } from '../../core/safe-text.ts';
import type { ElementRule } from './rules.ts';

/**
 * Checks the children of one element as they are met, in a template and in a file alike: whether Alma knows
 * them there, how often they stand, and in what order.
 */
export class Children {
  readonly #parent: string;
  readonly #rule: ElementRule;
  readonly #complain: (line: number, message: string) => void;
  readonly #seen = new Set<string>();
  #furthest = -1;

  constructor(parent: string, rule: ElementRule, complain: (line: number, message: string) => void) {
    this.#parent = parent;
    this.#rule = rule;
    this.#complain = complain;
  }

  /** @returns the child's rule; null for a child that must not stand there */
  meet(child: string, line: number): ElementRule | null {
    const rule = this.#rule;
    if (rule.kind === 'field') {
      // Not named: where a `<` of a value was not escaped, the element's name is a part of the value.
      this.#complain(line, `<${this.#parent}> holds a value, not elements`);
      return null;
    }
    const known = rule.kind === 'list' ? { [rule.item]: rule.rule } : rule.children;
    const names = Object.keys(known);
    const found = Object.hasOwn(known, child) ? known[child] : undefined;
    if (!found) {
      const shown = safeText(child);
      this.#complain(line, `<${this.#parent}> has no <${shown}>${didYouMean(shown, names)}`);
      return null;
    }
    if (rule.kind === 'list') return found;
    if (this.#seen.has(child)) this.#complain(line, `<${child}> appears twice in <${this.#parent}>`);
    this.#seen.add(child);
    const position = names.indexOf(child);
    if (rule.ordered && position < this.#furthest) {
      this.#complain(
        line,
        `<${child}> is in the wrong place; the order in <${this.#parent}> is ${names.join(', ')}`,
      );
    }
    this.#furthest = Math.max(this.#furthest, position);
    return found;
  }

  /** The children without which Alma refuses the element, and which were not met. */
  missing(): readonly string[] {
    return this.#rule.kind === 'part' ? this.#rule.required.filter((name) => !this.#seen.has(name)) : [];
  }
}
