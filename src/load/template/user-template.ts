import { didYouMean } from '../../core/config/problems.ts';
import { PatronflowError } from '../../core/errors.ts';
import {
  type AttributeRule,
  type ElementRule,
  type FieldRule,
  type PartRule,
  userRule,
} from '../alma/rules.ts';
import { isOfType, lengthOf } from '../alma/values.ts';
import { type AttributeContent, type Content, type Fill, type Filling, fieldFill, partFill } from './fill.ts';
import type { RunFacts } from './functions.ts';
import { HoleCompiler, type NamedColumn, type Values } from './holes.ts';
import { parseTemplate, type TemplateElement, type TemplateProblem } from './parse.ts';

export interface FilledUser {
  /** The `user` element, its children a line each. */
  readonly xml: string;
  readonly identifiers: readonly string[];
  readonly filled: readonly number[];
  readonly cut: readonly string[];
  readonly removed: number;
  readonly repeated: number;
}

/** What the configuration asks of every user. */
export interface UserDemands {
  /** Paths below `user`. */
  readonly required: readonly string[];
  readonly allowed: Readonly<Record<string, readonly string[]>>;
}

/**
 * An Alma user with holes, checked and compiled. However odd the values, what it fills is a well-formed and
 * valid `user`: the XML around the holes is fixed, and every value is cleaned, checked and escaped where it stands.
 */
export class UserTemplate {
  readonly file: string;
  /** The columns that the holes name, with their lines. */
  readonly columns: readonly NamedColumn[];
  /** Labels of the elements that get their value from the row, as `filled` counts them. */
  readonly elements: readonly string[];
  readonly #fill: Fill;
  readonly #filling: Filling = { values: {}, identifiers: [], filled: [], cut: [], removed: 0, repeated: 0 };

  constructor(file: string, compiled: { columns: NamedColumn[]; elements: string[]; fill: Fill }) {
    this.file = file;
    this.columns = compiled.columns;
    this.elements = compiled.elements;
    this.#fill = compiled.fill;
  }

  /**
   * @returns a view that the next call overwrites, so that a million users cost no million arrays
   * @throws RejectedPerson
   */
  fill(values: Values): FilledUser {
    const filling = this.#filling;
    filling.values = values;
    filling.identifiers.length = 0;
    filling.filled.length = 0;
    filling.cut.length = 0;
    filling.removed = 0;
    filling.repeated = 0;
    const xml = this.#fill(filling);
    return { ...filling, xml };
  }
}

/**
 * Parses and checks a template and makes it ready to be filled.
 * @throws PatronflowError TEMPLATE_INVALID that names every problem with its line
 */
export function compileTemplate(
  file: string,
  xml: string,
  run: RunFacts,
  demands: UserDemands,
): UserTemplate {
  const problems: TemplateProblem[] = [];
  const user = parseTemplate(xml, problems);
  const compiler = new TemplateCompiler(run, demands, problems);
  const fill = user ? compiler.user(user) : null;
  if (problems.length === 0 && fill) return new UserTemplate(file, { ...compiler, fill });
  throw templateError(file, problems);
}

/** The error for problems in a template, each with its line. */
export function templateError(file: string, problems: readonly TemplateProblem[]): PatronflowError {
  const list = problems.map(({ line, message }) => `  - line ${line}: ${message}`);
  const many = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new PatronflowError('TEMPLATE_INVALID', [`The template ${file} has ${many}:`, ...list].join('\n'), {
    hint: 'docs/templates.md describes what a template may hold.',
  });
}

/** The parts of a label that matter to a reader: `user_identifier[Barcode]` rather than the second of its kind. */
function labelOf(path: string, element: TemplateElement): string {
  const type = element.children.find(({ name }) => name === 'id_type');
  const kind = type?.attributes.find(({ name }) => name === 'desc')?.value || type?.text.trim();
  return kind && !kind.includes('{{') ? `${path}[${kind}]` : path;
}

class TemplateCompiler {
  readonly columns: NamedColumn[] = [];
  readonly elements: string[] = [];
  readonly #holes: HoleCompiler;
  readonly #demands: UserDemands;
  readonly #problems: TemplateProblem[];
  readonly #metRequired = new Set<string>();

  constructor(run: RunFacts, demands: UserDemands, problems: TemplateProblem[]) {
    this.#holes = new HoleCompiler(run);
    this.#demands = { ...demands, required: [...new Set([...userRule.required, ...demands.required])] };
    this.#problems = problems;
  }

  user(user: TemplateElement): Fill {
    const fill = this.#part(user, userRule, '', '');
    for (const path of this.#demands.required) {
      if (!this.#metRequired.has(path)) {
        this.#problem(user.line, `the template lacks ${path}, which is required`);
      }
    }
    return fill ?? (() => '');
  }

  /** @returns null for an element that would never be written */
  #element(element: TemplateElement, rule: ElementRule, path: string, label: string): Fill | null {
    if (rule.kind === 'field') return this.#field(element, rule, path, label);
    if (rule.kind === 'part') return this.#part(element, rule, path, label);
    const item: PartRule = {
      kind: 'part',
      children: { [rule.item]: rule.rule },
      required: [],
      attributes: {},
    };
    for (const attribute of rule.single) this.#checkSingle(element, attribute);
    return this.#part(element, item, path, label, true);
  }

  #part(element: TemplateElement, rule: PartRule, path: string, label: string, repeats = false): Fill | null {
    const { name, line, text, textLine, children } = element;
    if (text.trim() !== '') {
      const what = text.includes('{{') ? 'a hole between elements' : 'text between elements';
      this.#problem(
        textLine,
        `${what} of <${name}>; holes stand in an element's text or in an attribute, and an element whose text comes out empty is left out by itself`,
      );
    }
    const seen = new Set<string>();
    const filled: { fill: Fill; needed: boolean }[] = [];
    let furthest = -1;
    for (const child of children) {
      const childRule = Object.hasOwn(rule.children, child.name) ? rule.children[child.name] : undefined;
      if (!childRule) {
        this.#problem(
          child.line,
          `<${name}> has no <${child.name}>${didYouMean(child.name, Object.keys(rule.children))}`,
        );
        continue;
      }
      if (seen.has(child.name) && !repeats)
        this.#problem(child.line, `<${child.name}> stands twice in <${name}>`);
      seen.add(child.name);
      const position = Object.keys(rule.children).indexOf(child.name);
      if (rule.ordered && position < furthest) {
        this.#problem(
          child.line,
          `<${child.name}> is in the wrong place; the order in <${name}> is ${Object.keys(rule.children).join(', ')}`,
        );
      }
      furthest = Math.max(furthest, position);
      const childPath = path === '' ? child.name : `${path}/${child.name}`;
      const childLabel = labelOf(label === '' ? child.name : `${label}/${child.name}`, child);
      const fill = this.#element(child, childRule, childPath, childLabel);
      // What a whole user needs is demanded by `required`, which rejects the person instead of leaving a part out.
      const needed = path !== '' && rule.required.includes(child.name);
      if (fill) filled.push({ fill, needed });
      else if (needed && childRule.kind === 'field')
        this.#problem(child.line, `<${child.name}> is empty, but Alma needs it in <${name}>`);
    }
    for (const needed of rule.required) {
      if (!seen.has(needed) && path !== '')
        this.#problem(line, `<${name}> lacks <${needed}>, which Alma needs in it`);
    }
    const attributes = this.#attributes(element, rule.attributes, label);
    const required = this.#isRequired(path);
    if (filled.length === 0) {
      if (required) this.#problem(line, `${path} is required, but empty in the template`);
      return null;
    }
    return partFill({ name, label, attributes, children: filled, required });
  }

  #field(element: TemplateElement, rule: FieldRule, path: string, label: string): Fill | null {
    const { name, line, text, textLine, children } = element;
    if (children[0]) this.#problem(children[0].line, `<${name}> holds a value, not <${children[0].name}>`);
    const content = this.#content(text, textLine);
    const attributes = this.#attributes(element, rule.attributes, label);
    const allowed = Object.hasOwn(this.#demands.allowed, path) ? this.#demands.allowed[path] : undefined;
    const required = this.#isRequired(path);
    if (typeof content === 'string') {
      if (content === '') {
        if (required) this.#problem(line, `${path} is required, but empty in the template`);
        return null;
      }
      if (!isOfType(content, rule.type))
        this.#problem(line, `"${content}" in <${name}> is not a ${rule.type}`);
      if (lengthOf(content) > (rule.max ?? Number.POSITIVE_INFINITY))
        this.#problem(line, `the text of <${name}> is longer than ${rule.max} characters`);
      if (allowed && !allowed.includes(content))
        this.#problem(line, `"${content}" in <${name}> is not among the allowed values`);
    }
    const index = typeof content === 'string' ? -1 : this.elements.push(label) - 1;
    return fieldFill({
      name,
      label,
      rule,
      attributes,
      content,
      index,
      required,
      allowed: allowed ? new Set(allowed) : null,
    });
  }

  #attributes(
    element: TemplateElement,
    rules: Readonly<Record<string, AttributeRule>>,
    label: string,
  ): AttributeContent[] {
    return element.attributes.flatMap(({ name, value }) => {
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
      if (!rule) {
        this.#problem(
          element.line,
          `<${element.name}> has no attribute ${name}${didYouMean(name, Object.keys(rules))}`,
        );
        return [];
      }
      const content = this.#content(value, element.line, true);
      if (typeof content === 'string' && content !== '' && !isOfType(content, rule.type)) {
        this.#problem(element.line, `${name}="${content}" is not a ${rule.type}; write true or false`);
      }
      return [
        {
          name,
          content,
          type: rule.type,
          max: rule.max ?? Number.POSITIVE_INFINITY,
          label: `${label}@${name}`,
        },
      ];
    });
  }

  /** Blanks around a text that is written down are layout; those that a value brings are the value's. */
  #content(text: string, line: number, isAttribute = false): Content {
    const trimmed = isAttribute ? text : text.trim();
    const skipped = text.slice(0, text.length - text.trimStart().length).split('\n').length - 1;
    const holes = this.#holes.compile(trimmed, isAttribute ? line : line + skipped, this.#problems);
    if (holes) this.columns.push(...holes.columns);
    // Holes that are wrong have been reported; taking them for an empty text would report them twice.
    return holes ?? (trimmed.includes('{{') ? { columns: [], fill: () => '' } : trimmed);
  }

  #isRequired(path: string): boolean {
    if (!this.#demands.required.includes(path)) return false;
    this.#metRequired.add(path);
    return true;
  }

  #checkSingle(list: TemplateElement, attribute: string): void {
    const marked = list.children.filter((item) =>
      item.attributes.some(({ name, value }) => name === attribute && (value === 'true' || value === '1')),
    );
    if (marked[1])
      this.#problem(marked[1].line, `a second ${attribute}="true" in <${list.name}>; Alma takes one`);
  }

  #problem(line: number, message: string): void {
    this.#problems.push({ line, message });
  }
}
