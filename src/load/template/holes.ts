import Handlebars from 'handlebars';
import { didYouMean } from '../../core/config/problems.ts';
import { holeFunctions, type RunFacts } from './functions.ts';
import type { TemplateProblem } from './parse.ts';

/** The values of one row, by the names under which templates know the columns. Empty is ''. */
export type Values = Readonly<Record<string, string>>;

export interface NamedColumn {
  readonly name: string;
  readonly line: number;
}

/** A text with holes, ready to be filled. */
export interface Holes {
  readonly columns: readonly NamedColumn[];
  fill(values: Values): string;
}

const blockWords = ['if', 'unless'];

/**
 * Compiles the holes of texts. Handlebars does the compiling; what it could do beyond columns, our functions,
 * `if` and `unless` is refused here, so that a template cannot reach anything but its row.
 */
export class HoleCompiler {
  readonly #handlebars = Handlebars.create();
  readonly #run: RunFacts;
  readonly #knownHelpers: Record<string, boolean>;

  constructor(run: RunFacts) {
    this.#run = run;
    for (const name of Object.keys(this.#handlebars.helpers)) {
      if (!blockWords.includes(name)) this.#handlebars.unregisterHelper(name);
    }
    for (const [name, { call }] of Object.entries(holeFunctions)) {
      // Handlebars hands its options over as the last argument.
      this.#handlebars.registerHelper(name, (...values: unknown[]) =>
        call(values.slice(0, -1).map(argumentText), run),
      );
    }
    this.#knownHelpers = Object.fromEntries(
      [...blockWords, ...Object.keys(holeFunctions)].map((name) => [name, true]),
    );
  }

  /** @returns null for a text without holes, or with holes that are wrong, which `problems` then tells */
  compile(text: string, line: number, problems: TemplateProblem[]): Holes | null {
    if (!text.includes('{{')) return null;
    let program: hbs.AST.Program;
    try {
      program = Handlebars.parse(text);
    } catch (error) {
      const [first = ''] = String(error instanceof Error ? error.message : error).split('\n');
      problems.push({
        line,
        message: `a hole that cannot be read: ${first.replace(/^Parse error on line \d+:?/, 'near here') || text}`,
      });
      return null;
    }
    const columns: NamedColumn[] = [];
    const before = problems.length;
    new HoleCheck(this.#run, line, columns, problems).program(program);
    if (problems.length > before) return null;
    const column = onlyColumn(program);
    if (column !== null) return { columns, fill: (values) => values[column] ?? '' };
    const fill = this.#handlebars.compile<Values>(program, {
      noEscape: true,
      knownHelpers: this.#knownHelpers,
      knownHelpersOnly: true,
    });
    return { columns, fill };
  }
}

/** The column of a text that is one hole with one column and nothing else: the common case, which needs no Handlebars. */
function onlyColumn({ body }: hbs.AST.Program): string | null {
  const [only] = body;
  if (body.length !== 1 || only?.type !== 'MustacheStatement') return null;
  const { path, params } = only as hbs.AST.MustacheStatement;
  const name = isPath(path) ? (path.parts[0] ?? '') : '';
  return isPath(path) && params.length === 0 && !Object.hasOwn(holeFunctions, name) ? name : null;
}

function argumentText(value: unknown): string {
  return value === null || value === undefined || value === false ? '' : String(value);
}

function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression';
}

/** Walks the holes of one text, notes the columns they name and what is wrong with them. */
class HoleCheck {
  readonly #run: RunFacts;
  readonly #firstLine: number;
  readonly #columns: NamedColumn[];
  readonly #problems: TemplateProblem[];

  constructor(run: RunFacts, firstLine: number, columns: NamedColumn[], problems: TemplateProblem[]) {
    this.#run = run;
    this.#firstLine = firstLine;
    this.#columns = columns;
    this.#problems = problems;
  }

  program(program: hbs.AST.Program): void {
    for (const statement of program.body) this.#statement(statement);
  }

  #statement(statement: hbs.AST.Statement): void {
    switch (statement.type) {
      case 'ContentStatement':
      case 'CommentStatement':
        return;
      case 'MustacheStatement':
        return this.#expression(statement as hbs.AST.MustacheStatement);
      case 'BlockStatement': {
        const block = statement as hbs.AST.BlockStatement;
        const word = isPath(block.path) ? block.path.original : '';
        const [condition] = block.params;
        if (!blockWords.includes(word))
          this.#problem(block, `{{#${word}}} is not known; there are {{#if}} and {{#unless}}`);
        else if (!condition || block.params.length > 1)
          this.#problem(block, `{{#${word}}} takes one condition`);
        else this.#argument(condition);
        this.program(block.program);
        // An {{else}} that is missing is undefined, whatever the types say.
        if (block.inverse) this.program(block.inverse);
        return;
      }
      default:
        this.#problem(statement, 'only columns, functions, {{#if}} and {{#unless}} can stand in a hole');
    }
  }

  #expression(node: hbs.AST.MustacheStatement | hbs.AST.SubExpression): void {
    if (!isPath(node.path)) return this.#problem(node, 'a hole starts with a column or a function');
    const name = node.path.original;
    const known = Object.hasOwn(holeFunctions, name) ? holeFunctions[name] : undefined;
    if (node.hash && node.hash.pairs.length > 0)
      return this.#problem(node, 'name=value is not understood in a hole');
    if (!known) {
      if (node.params.length === 0) return this.#column(node.path);
      return this.#problem(
        node,
        `no function is called "${name}"${didYouMean(name, Object.keys(holeFunctions))}`,
      );
    }
    const [least, most] = known.takes;
    if (node.params.length < least || node.params.length > most) {
      const expected = least === most ? String(least) : `${least} to ${most}`;
      return this.#problem(
        node,
        `${name} takes ${expected} argument${expected === '1' ? '' : 's'}, not ${node.params.length}`,
      );
    }
    for (const parameter of node.params) this.#argument(parameter);
    const wrong = known.checkWritten?.(node.params.map(writtenText), this.#run);
    if (wrong) this.#problem(node, wrong);
  }

  #argument(node: hbs.AST.Expression): void {
    if (node.type === 'SubExpression') return this.#expression(node as hbs.AST.SubExpression);
    if (isPath(node)) return this.#column(node);
    if (node.type !== 'StringLiteral' && node.type !== 'NumberLiteral') {
      this.#problem(node, 'an argument is a column, a text in quotes, a number or (a function)');
    }
  }

  #column(path: hbs.AST.PathExpression): void {
    const [name] = path.parts;
    if (
      path.data ||
      path.depth > 0 ||
      path.parts.length !== 1 ||
      name === undefined ||
      /^this\b|^\.\.?\//.test(path.original)
    ) {
      return this.#problem(
        path,
        `"${path.original}" is not a column; write odd names in brackets: {{[${path.original}]}}`,
      );
    }
    this.#columns.push({ name, line: this.#lineOf(path) });
  }

  #lineOf(node: hbs.AST.Node): number {
    return this.#firstLine + node.loc.start.line - 1;
  }

  #problem(node: hbs.AST.Node, message: string): void {
    this.#problems.push({ line: this.#lineOf(node), message });
  }
}

/** The text of an argument that stands in the template itself; null for one that depends on the row. */
function writtenText(node: hbs.AST.Expression): string | null {
  if (node.type === 'StringLiteral') return (node as hbs.AST.StringLiteral).value;
  if (node.type === 'NumberLiteral') return String((node as hbs.AST.NumberLiteral).value);
  return null;
}
