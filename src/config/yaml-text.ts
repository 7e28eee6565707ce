import {
  type Document,
  LineCounter,
  type ParseOptions,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml';
import type { ConfigProblem } from './problems.ts';

/**
 * Parses YAML without a word of the library: its errors quote the text, in which a secret may stand, and its warnings go
 * to standard error by themselves.
 */
export function parseYaml(text: string, options: ParseOptions & { version?: '1.1' | '1.2' } = {}) {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...options, lineCounter: lines, logLevel: 'error' });
  const [error] = document.errors;
  return { document, lines, problem: error ? syntaxProblem(error) : unknownAlias(document, lines) };
}

function syntaxProblem({ code, linePos }: YAMLParseError): ConfigProblem {
  const line = linePos?.[0].line;
  return { place: line ? `line ${line}` : 'file', message: texts[code] ?? 'is not YAML' };
}

/** What the library's codes mean, so far as people meet them. */
const texts: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'has a value that begins with `*`; put it in quotes',
  BAD_DQ_ESCAPE: 'has a backslash in double quotes that has no meaning; use single quotes',
  BAD_INDENT: 'is indented differently from the lines around it, or a bracket before it is not closed',
  BAD_SCALAR_START:
    'has a value that begins with a special character of YAML such as `@` or a backtick; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'has a second `: ` in it; put the value in quotes',
  BLOCK_IN_FLOW: 'has `key: value` lines or a list inside brackets',
  DUPLICATE_KEY: 'has a key that was there before',
  MISSING_CHAR: 'lacks a character, such as a quote, a bracket, a comma or the space after a colon',
  MULTILINE_IMPLICIT_KEY: 'has no colon after its key, or the space after the colon is missing',
  MULTIPLE_DOCS: 'begins a second document; a file has one',
  TAB_AS_INDENT: 'is indented by a tab; use spaces',
  TAG_RESOLVE_FAILED: 'has a value that begins with `!`; put it in quotes',
  UNEXPECTED_TOKEN: 'has a character where none is expected; put the value in quotes',
};

/** An alias that nothing stands for: a password that begins with a star looks like one. */
function unknownAlias(document: Document.Parsed, lines: LineCounter): ConfigProblem | null {
  let found: ConfigProblem | null = null;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document)) return undefined;
      const start = alias.range?.[0];
      const place = start === undefined ? 'file' : `line ${lines.linePos(start).line}`;
      found = { place, message: texts.BAD_ALIAS ?? '' };
      return visit.BREAK;
    },
  });
  return found;
}
