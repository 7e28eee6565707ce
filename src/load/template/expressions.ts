import { didYouMean } from '../../core/nearest-name.ts';
import { safeText } from '../../core/safe-text.ts';
import { isBlank } from '../blanks.ts';
import { RejectedPerson, rejectReasons } from '../rejected-person.ts';
import { isPath, parseText, writtenText } from './expression-grammar.ts';
import type { ExpressionFunction, RunFacts } from './functions/expression-function.ts';
import { listOf } from './functions/texts.ts';
import { expressionFunctions } from './functions.ts';
import type { TemplateProblem } from './parse.ts';

/** The values of one row, by the names under which templates know the columns. Empty is ''. */
export type Values = Readonly<Record<string, string>>;

export interface NamedColumn {
  readonly name: string;
  readonly line: number;
  /** The functions that it stands in, the innermost last. */
  readonly uses: readonly FunctionUse[];
}

/** A function that a column stands in. */
export interface FunctionUse {
  readonly name: string;
  /** Its arguments that are written down: names of tables, words, patterns. */
  readonly written: readonly string[];
}

/** A text with expressions, ready to be filled. */
export interface Expressions {
  /** As it stands in the template. */
  readonly source: string;
  readonly columns: readonly NamedColumn[];
  fill(values: Values): string;
}

/** The list in the attribute `each` of an element, which is written once for each of its values. */
export interface ListExpression {
  readonly columns: readonly NamedColumn[];
  items(values: Values): readonly string[];
}

/** The user's expiry date, from which other dates are counted: `{{days 180 @expiry_date}}`. Among the values of a row. */
export const expiryDate = '@expiry_date';

/** For who knows Handlebars' block of this name. */
const eachHint = `an element is repeated by its attribute each: <user_statistic each="{{split MAJORS ';'}}">`;

/** What `{{this}}` stands for, among the values of a row. No column can be named by it. */
export const eachItem = 'this';

/** What an expression or a part of one comes to for a row. */
type Evaluate = (values: Values) => string | boolean;

const nothing: Evaluate = () => '';

/**
 * Compiles the expressions of a text. The grammar is Handlebars', read by its own parser; what it comes to is worked
 * out here, because a template may reach its row, our functions, `if` and `unless`, and nothing else, and
 * because Handlebars prepares its runtime anew for each text of each person (a third of a run's time).
 *
 * @returns the text itself when it is the same for every row: without expressions, or with expressions that name no column
 */
export function compileExpressions(
  text: string,
  line: number,
  run: RunFacts,
  problems: TemplateProblem[],
  isInEach = false,
): string | Expressions {
  if (!text.includes('{{')) return text;
  const program = parseText(text, line, problems);
  if (!program) return { source: text, columns: [], fill: () => '' };
  const compiler = new ExpressionCompiler(run, line, problems, isInEach);
  const before = problems.length;
  const evaluate = compiler.program(program);
  const { columns } = compiler;
  const fill = (values: Values): string => String(evaluate(values));
  return compiler.references === 0 && problems.length === before ? fill({}) : { source: text, columns, fill };
}

/** Compiles the list of an attribute `each`: `{{split MAJORS ';'}}`. */
export function compileList(
  text: string,
  line: number,
  run: RunFacts,
  problems: TemplateProblem[],
): ListExpression {
  const program = parseText(text, line, problems);
  const compiler = new ExpressionCompiler(run, line, problems, false);
  const items = program ? compiler.list(program) : () => [];
  return { columns: compiler.columns, items };
}

/** Handlebars' rule, except that '0' is a value like any other. */
const isTrue = (value: string | boolean): boolean => value !== '' && value !== false;

const textOf = (value: string | boolean): string => (value === false ? '' : String(value));

/** Turns the expressions of one text into functions, and notes the columns they name and what is wrong with them. */
class ExpressionCompiler {
  readonly columns: NamedColumn[] = [];
  /** How often something was named that depends on the row: a column, or an item of a list. */
  references = 0;
  readonly #run: RunFacts;
  readonly #firstLine: number;
  readonly #problems: TemplateProblem[];
  readonly #isInEach: boolean;
  /** The functions around what is compiled. */
  #uses: readonly FunctionUse[] = [];

  constructor(run: RunFacts, firstLine: number, problems: TemplateProblem[], isInEach: boolean) {
    this.#run = run;
    this.#firstLine = firstLine;
    this.#problems = problems;
    this.#isInEach = isInEach;
  }

  list(program: hbs.AST.Program): ListExpression['items'] {
    const [only, ...others] = program.body as hbs.AST.MustacheStatement[];
    const [value, separator, third] = only?.params ?? [];
    const isSplit = only?.type === 'MustacheStatement' && isPath(only.path) && only.path.original === 'split';
    const written = separator && writtenText(separator);
    if (!isSplit || !value || !written || third || others.length > 0) {
      this.#problem(program, "each takes a list, and nothing else: {{split COLUMN ';'}}");
      return () => [];
    }
    const evaluate = this.#inside('each', [], () => this.#argument(value));
    return (values) => listOf(textOf(evaluate(values)), written);
  }

  program({ body }: hbs.AST.Program): Evaluate {
    const parts = body
      .filter(({ type }) => type !== 'CommentStatement')
      .map((statement) => {
        const before = this.references;
        const evaluate = this.#statement(statement);
        return { evaluate, dependsOnRow: this.references > before };
      });
    const [only, second] = parts;
    if (!only) return nothing;
    if (!second) return only.evaluate;
    const isConstant = parts.every(({ dependsOnRow }) => !dependsOnRow);
    return (values) => {
      let text = '';
      // Constants around nothing are nothing: an empty login must not become the user "@example.edu".
      let isFilled = isConstant;
      for (const { evaluate, dependsOnRow } of parts) {
        const part = textOf(evaluate(values));
        text += part;
        if (dependsOnRow && part !== '' && !isFilled) isFilled = !isBlank(part);
      }
      return isFilled ? text : '';
    };
  }

  #statement(statement: hbs.AST.Statement): Evaluate {
    switch (statement.type) {
      case 'ContentStatement': {
        const { value } = statement as hbs.AST.ContentStatement;
        return () => value;
      }
      case 'MustacheStatement':
        return this.#expression(statement as hbs.AST.MustacheStatement);
      case 'BlockStatement':
        return this.#block(statement as hbs.AST.BlockStatement);
      default:
        return this.#problem(
          statement,
          'only columns, functions, {{#if}} and {{#unless}} are allowed in an expression',
        );
    }
  }

  #block(block: hbs.AST.BlockStatement): Evaluate {
    const word = isPath(block.path) ? block.path.original : '';
    const [condition, ...others] = block.params;
    if (word !== 'if' && word !== 'unless') {
      return this.#problem(
        block,
        `{{#${word}}} is not known; ${word === 'each' ? eachHint : 'there are {{#if}} and {{#unless}}'}`,
      );
    }
    // A missing branch is undefined, although the types say otherwise: the first for {{^if}}, the second without {{else}}.
    const names = (block.program ?? block.inverse)?.blockParams;
    if (!condition || others.length > 0 || block.hash || names)
      return this.#problem(block, `{{#${word}}} takes one condition and nothing else`);
    const test = this.#argument(condition);
    const inner = block.program ? this.program(block.program) : nothing;
    const other = block.inverse ? this.program(block.inverse) : nothing;
    const [whenTrue, whenFalse] = word === 'if' ? [inner, other] : [other, inner];
    return (values) => (isTrue(test(values)) ? whenTrue(values) : whenFalse(values));
  }

  #expression(node: hbs.AST.MustacheStatement | hbs.AST.SubExpression): Evaluate {
    if (!isPath(node.path)) return this.#problem(node, 'an expression starts with a column or a function');
    const name = node.path.original;
    const known = Object.hasOwn(expressionFunctions, name) ? expressionFunctions[name] : undefined;
    if (node.hash && node.hash.pairs.length > 0)
      return this.#problem(node, 'name=value is not understood in an expression');
    // `{{title}}` and `{{country}}` are columns, as feeds call them: a function has something to work on.
    if (known && (node.params.length > 0 || known.takes[0] === 0)) return this.#call(name, known, node);
    if (node.params.length === 0) return this.#column(node.path);
    return this.#problem(
      node,
      `no function is called "${safeText(name)}"${didYouMean(name, Object.keys(expressionFunctions)) || '; put the name of a column that has spaces into brackets: {{[Last name]}}'}`,
    );
  }

  #call(
    name: string,
    { takes, prepare }: ExpressionFunction,
    node: hbs.AST.MustacheStatement | hbs.AST.SubExpression,
  ): Evaluate {
    const [least, most] = takes;
    const given = node.params.length;
    if (given < least || given > most) {
      const expected =
        least === most ? `${least} argument${least === 1 ? '' : 's'}` : `${least} to ${most} arguments`;
      return this.#problem(node, `${name} takes ${expected}, not ${given}`);
    }
    const before = { references: this.references, problems: this.#problems.length };
    const params = this.#inside(name, node.params, () =>
      node.params.map((parameter) => {
        const { references } = this;
        const evaluate = this.#argument(parameter);
        return { evaluate, isKnown: this.references === references };
      }),
    );
    if (this.#problems.length > before.problems) return nothing;
    const call = prepare(
      params.map(({ evaluate, isKnown }) => (isKnown ? textOf(evaluate({})) : null)),
      this.#run,
    );
    if (typeof call === 'string') return this.#problem(node, call);
    const evaluations = params.map(({ evaluate }) => evaluate);
    const evaluate: Evaluate = (values) => call(evaluations.map((each) => textOf(each(values))));
    if (this.references > before.references) return evaluate;
    try {
      const same = evaluate({});
      return () => same;
    } catch (error) {
      if (!(error instanceof RejectedPerson)) throw error;
      return this.#problem(node, `${name} fails for every person: ${rejectReasons[error.reason]}`);
    }
  }

  /** Compiles what stands in a function. */
  #inside<T>(name: string, params: readonly hbs.AST.Expression[], compile: () => T): T {
    const around = this.#uses;
    this.#uses = [...around, { name, written: params.flatMap((each) => writtenText(each) ?? []) }];
    const compiled = compile();
    this.#uses = around;
    return compiled;
  }

  #argument(node: hbs.AST.Expression): Evaluate {
    if (node.type === 'SubExpression') return this.#expression(node as hbs.AST.SubExpression);
    if (isPath(node)) return this.#column(node);
    const written = writtenText(node);
    if (written === null)
      return this.#problem(
        node,
        'an argument must be a column, a string in quotes, a number or (a function)',
      );
    if (written.includes('{{'))
      return this.#problem(
        node,
        `"${safeText(written)}" is in quotes, where expressions are not filled; name the column without quotes`,
      );
    return () => written;
  }

  #column(path: hbs.AST.PathExpression): Evaluate {
    const [name] = path.parts;
    if (path.data && path.original === expiryDate) {
      this.references += 1;
      return (values) => values[expiryDate] ?? '';
    }
    if (path.original === eachItem && path.parts.length === 0 && this.#isInEach) {
      this.references += 1;
      return (values) => values[eachItem] ?? '';
    }
    if (
      path.data ||
      path.depth > 0 ||
      path.parts.length !== 1 ||
      name === undefined ||
      // An object keeps no text under this name.
      name === '__proto__' ||
      /^this\b|^\.\.?\//.test(path.original)
    ) {
      const meant =
        path.original === eachItem
          ? ' here; it is one value of a list, in an element that has the attribute each'
          : `; write odd names in brackets: {{[${safeText(path.original)}]}}`;
      return this.#problem(path, `"${safeText(path.original)}" is not a column${meant}`);
    }
    this.references += 1;
    this.columns.push({ name, line: this.#firstLine + path.loc.start.line - 1, uses: this.#uses });
    return (values) => values[name] ?? '';
  }

  #problem({ loc }: hbs.AST.Node, message: string): Evaluate {
    // An empty program has no place.
    this.#problems.push({ line: this.#firstLine + (loc?.start.line ?? 1) - 1, message });
    return nothing;
  }
}
