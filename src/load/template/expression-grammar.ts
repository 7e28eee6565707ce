import Handlebars from 'handlebars';
import type { TemplateProblem } from './parse.ts';

// What Handlebars' own parser reads, and what its nodes say.

/** Parses a text with expressions. @returns null, and a problem, where the grammar does not know the text */
export function parseText(text: string, line: number, problems: TemplateProblem[]): hbs.AST.Program | null {
  try {
    return Handlebars.parse(text);
  } catch (error) {
    const { message, within } = parserSaid(error);
    problems.push({ line: line + within - 1, message: `an expression that cannot be read: ${message}` });
    return null;
  }
}

/** The parser's message without the text that it quotes over several lines, and the line of the text that it names. */
function parserSaid(error: unknown): { message: string; within: number } {
  const lines = (error instanceof Error ? error.message : '').split('\n');
  const message = lines.find((each) => /^Expecting|doesn't match/.test(each)) ?? lines[0] ?? '';
  const [, above, behind] = /^Parse error on line (\d+)| - (\d+):\d+$/.exec(lines[0] ?? '') ?? [];
  return { message: message.replace(/ - \d+:\d+$/, '').slice(0, 120), within: Number(above ?? behind ?? 1) };
}

export function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression';
}

/** The text of an argument that stands in the template itself; null for one that depends on the row. */
export function writtenText(node: hbs.AST.Expression): string | null {
  if (node.type === 'StringLiteral') return (node as hbs.AST.StringLiteral).value;
  if (node.type === 'NumberLiteral') return String((node as hbs.AST.NumberLiteral).value);
  return null;
}
