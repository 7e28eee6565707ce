import { didYouMean } from '../../core/nearest-name.ts';
import { safeText } from '../../core/safe-text.ts';
import { Children } from '../alma/children.ts';
import {
  type AttributeRule,
  type ElementRule,
  type FieldRule,
  type ListRule,
  type PartRule,
  userRule,
} from '../alma/rules.ts';
import { isOfType, lengthOf } from '../alma/values.ts';
import { type ColumnsIn, noteColumns } from './columns-in.ts';
import { compileExpressions, compileList, type NamedColumn } from './expressions.ts';
import { type AttributeContent, type Content, fieldPiece, type Piece } from './fill.ts';
import { eachPiece, partPiece } from './fill-part.ts';
import type { RunFacts } from './functions/expression-function.ts';
import type { TemplateElement, TemplateProblem } from './parse.ts';
import { each, expiryProblems, inOrder, isEach, isField, labelOf, namesExpiry } from './template-elements.ts';
import { DateRules, type EndDate, type EndDates, endDates } from './user-dates.ts';

/** What the configuration asks of every user. */
export interface UserDemands {
  /** Paths below `user`. */
  readonly required: readonly string[];
  readonly allowed: Readonly<Record<string, readonly string[]>>;
}

/** Turns a parsed template into pieces, checking it against what Alma knows on the way. */
export class TemplateCompiler {
  readonly columns: NamedColumn[] = [];
  readonly columnsIn: ColumnsIn = { identifiers: new Set(), codes: new Set() };
  readonly elements: string[] = [];
  /** Codes that are written down directly below the user, where every user has them. */
  readonly constantCodes: Record<string, string> = {};
  /** Paths without which a person is rejected. */
  readonly required: readonly string[];
  readonly dateRules: DateRules;
  /** Whether something is counted from the expiry date of the user. */
  usesExpiry = false;
  readonly #writtenDates: { name: EndDate; value: string; line: number }[] = [];
  readonly #run: RunFacts;
  readonly #allowed: UserDemands['allowed'];
  readonly #problems: TemplateProblem[];
  readonly #metRequired = new Set<string>();
  /** Labels of attributes of which the row decides which item of a list has them as true. */
  readonly #contested = new Set<string>();
  /** The columns of the list for each of whose values the element that is compiled is written; null outside of such an element. */
  #listColumns: readonly NamedColumn[] | null = null;

  constructor(run: RunFacts, demands: UserDemands, problems: TemplateProblem[]) {
    this.#run = run;
    this.required = [...new Set([...userRule.required, ...demands.required])];
    this.dateRules = new DateRules(run.now);
    this.#allowed = demands.allowed;
    this.#problems = problems;
  }

  user(user: TemplateElement): Piece {
    const piece = this.#part(inOrder(user), userRule, '', '');
    this.usesExpiry = namesExpiry(user);
    this.#problems.push(...expiryProblems(user));
    this.#problems.push(...this.dateRules.problems(this.#writtenDates));
    for (const path of this.required) {
      if (!this.#metRequired.has(path)) {
        this.#problem(user.line, `the template lacks ${path}, which is required`);
      }
    }
    // A slip in a path would switch the check off without a word; that a template lacks the element is fine.
    for (const path of Object.keys(this.#allowed)) {
      if (!isField(path)) this.#problem(user.line, `allowed names ${path}, but users have no such element`);
    }
    return piece ?? '';
  }

  /** The end dates that every user has; '' for those that come from the row, and for none. */
  writtenDates(): EndDates {
    const dates = { expiry_date: '', purge_date: '' };
    for (const { name, value } of this.#writtenDates) dates[name] = value;
    return dates;
  }

  /** @returns null for an element that would never be written */
  #element(element: TemplateElement, rule: ElementRule, path: string, label: string): Piece | null {
    if (rule.kind === 'field') return this.#field(element, rule, path, label);
    if (rule.kind === 'part') return this.#part(element, rule, path, label);
    for (const attribute of rule.single) {
      this.#checkSingle(element, attribute);
      if (
        element.children.some((child) =>
          child.attributes.some(
            ({ name, value }) =>
              name === attribute && (value.includes('{{') || (isEach(child) && value !== 'false')),
          ),
        )
      )
        this.#contested.add(`${label}/${rule.item}@${attribute}`);
    }
    return this.#part(element, rule, path, label);
  }

  #part(element: TemplateElement, rule: PartRule | ListRule, path: string, label: string): Piece | null {
    const { name, line, text, textLine, children } = element;
    if (text.trim() !== '') {
      const what = text.includes('{{') ? 'an expression between elements' : 'text between elements';
      const repeated = text.includes('{{#each') ? ' To repeat an element, use its attribute each.' : '';
      this.#problem(
        textLine,
        `${what} of <${name}>; put expressions in an element's text or in an attribute. An element with an empty text is left out automatically.${repeated}`,
      );
    }
    const check = new Children(name, rule, (at, message) => this.#problem(at, message));
    const pieces: { piece: Piece; needed: boolean; label: string }[] = [];
    for (const child of children) {
      const childRule = check.meet(child.name, child.line);
      if (!childRule) continue;
      const childPath = path === '' ? child.name : `${path}/${child.name}`;
      const childLabel = labelOf(label === '' ? child.name : `${label}/${child.name}`, child);
      const piece =
        rule.kind === 'list' && isEach(child)
          ? this.#each(child, childRule, childPath, childLabel)
          : this.#element(child, childRule, childPath, childLabel);
      // What a whole user needs is demanded by `required`, which rejects the person instead of leaving a part out.
      const needed = path !== '' && rule.kind === 'part' && rule.required.includes(child.name);
      if (piece) pieces.push({ piece, needed, label: childLabel });
      else if (needed) this.#problem(child.line, `<${child.name}> is empty, but Alma needs it in <${name}>`);
    }
    for (const needed of path === '' ? [] : check.missing()) {
      this.#problem(line, `<${name}> lacks <${needed}>, which Alma needs in it`);
    }
    const attributes = this.#attributes(element, rule.kind === 'part' ? rule.attributes : {}, label);
    const required = this.#isRequired(path);
    if (pieces.length === 0) {
      if (required) this.#problem(line, `${path} is required, but empty in the template`);
      return null;
    }
    return partPiece({ name, label, attributes, children: pieces, required });
  }

  /** An item of a list that is written once for each value of a column. */
  #each(element: TemplateElement, rule: ElementRule, path: string, label: string): Piece | null {
    const list = element.attributes.find(({ name }) => name === each)?.value ?? '';
    if (this.#listColumns) this.#problem(element.line, 'each is not allowed inside an element that has each');
    const { columns, items } = compileList(list, element.line, this.#run, this.#problems);
    this.columns.push(...columns);
    this.#listColumns = columns;
    const attributes = element.attributes.filter(({ name }) => name !== each);
    const piece = this.#element({ ...element, attributes }, rule, path, label);
    this.#listColumns = null;
    if (piece === null) return null;
    if (typeof piece === 'string')
      this.#problem(
        element.line,
        `<${element.name}> is the same for each value; write {{this}} where it goes`,
      );
    return eachPiece(piece, items, label);
  }

  #field(element: TemplateElement, rule: FieldRule, path: string, label: string): Piece | null {
    const { name, line, text, textLine, children } = element;
    if (children[0]) this.#problem(children[0].line, `<${name}> holds a value, not <${children[0].name}>`);
    const content = this.#content(text, textLine);
    if (typeof content !== 'string')
      noteColumns(this.columnsIn, [...content.columns, ...(this.#listColumns ?? [])], rule);
    const attributes = this.#attributes(element, rule.attributes, label);
    const allowed = Object.hasOwn(this.#allowed, path) ? this.#allowed[path] : undefined;
    const endDate = endDates.find((name) => name === path) ?? null;
    const required = this.#isRequired(path);
    if (typeof content === 'string') {
      if (content === '') {
        if (required) this.#problem(line, `${path} is required, but empty in the template`);
        return null;
      }
      if (rule.coded && !path.includes('/')) this.constantCodes[label] = content;
      if (rule.identifier)
        this.#problem(line, `<${name}> must differ from user to user, but is the same for all of them here`);
      if (!isOfType(content, rule.type))
        this.#problem(line, `"${safeText(content)}" in <${name}> is not a ${rule.type}`);
      else if (endDate) this.#writtenDates.push({ name: endDate, value: content, line });
      if (lengthOf(content) > (rule.max ?? Number.POSITIVE_INFINITY))
        this.#problem(line, `the text of <${name}> is longer than ${rule.max} characters`);
      if (allowed && !allowed.includes(content))
        this.#problem(line, `"${safeText(content)}" in <${name}> is not among the allowed values`);
    }
    const index = typeof content === 'string' ? -1 : this.elements.push(label) - 1;
    return fieldPiece({
      name,
      label,
      rule,
      attributes,
      content,
      index,
      required,
      endDate,
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
        const message =
          name === each
            ? `each belongs on an item of a list, such as user_statistic; <${element.name}> is not one`
            : `<${element.name}> has no attribute ${name}${didYouMean(name, Object.keys(rules))}`;
        this.#problem(element.line, message);
        return [];
      }
      const content = this.#content(value, element.line, true);
      if (typeof content === 'string') {
        if (content !== '' && !isOfType(content, rule.type))
          this.#problem(
            element.line,
            `${name}="${safeText(content)}" is not a ${rule.type}; write true or false`,
          );
        if (lengthOf(content) > (rule.max ?? Number.POSITIVE_INFINITY))
          this.#problem(element.line, `${name} of <${element.name}> is longer than ${rule.max} characters`);
      }
      const attributeLabel = `${label}@${name}`;
      const single = this.#contested.has(attributeLabel);
      return [
        {
          name,
          // One that is written down takes part as well: it may stand behind one that the row made true.
          content:
            single && typeof content === 'string'
              ? { source: content, columns: [], fill: () => content }
              : content,
          type: rule.type,
          max: rule.max ?? Number.POSITIVE_INFINITY,
          label: attributeLabel,
          single,
        },
      ];
    });
  }

  /** Blanks around a text that is written down are layout; those that a value brings are the value's. */
  #content(text: string, line: number, isAttribute = false): Content {
    const trimmed = isAttribute ? text : text.trim();
    const skipped = text.slice(0, text.length - text.trimStart().length).split('\n').length - 1;
    const content = compileExpressions(
      trimmed,
      isAttribute ? line : line + skipped,
      this.#run,
      this.#problems,
      this.#listColumns !== null,
    );
    if (typeof content !== 'string') this.columns.push(...content.columns);
    return content;
  }

  /** A part that holds something required is required too: left out as a whole, it would take the demand with it. */
  #isRequired(path: string): boolean {
    const { required } = this;
    if (required.includes(path)) this.#metRequired.add(path);
    return required.some((each) => each === path || (path !== '' && each.startsWith(`${path}/`)));
  }

  #checkSingle(list: TemplateElement, attribute: string): void {
    const marked = list.children.filter((item) =>
      item.attributes.some(({ name, value }) => name === attribute && (value === 'true' || value === '1')),
    );
    if (marked[1])
      this.#problem(marked[1].line, `a second ${attribute}="true" in <${list.name}>; Alma accepts one`);
  }

  #problem(line: number, message: string): void {
    this.#problems.push({ line, message });
  }
}
