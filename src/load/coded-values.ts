import { codeTables } from './alma/code-tables.ts';
import { strip } from './blanks.ts';
import type { LookupTable, LookupTables } from './lookup-tables.ts';
import { isPath, parseText, writtenText } from './template/expression-grammar.ts';
import { parseTemplate, type TemplateElement } from './template/parse.ts';

/** A code that a load may write, and where it is written down. */
export interface CodedValue {
  readonly code: string;
  /** `staff.xml, line 12`, or the lookup table. */
  readonly place: string;
}

/** An element of which Alma has a list of codes. */
export interface CodedElement {
  /** Path below `user`. */
  readonly path: string;
  /** Lookup tables that it takes values from. */
  readonly lookups: readonly string[];
  readonly values: readonly CodedValue[];
}

/**
 * Finds the codes of a template that Alma's tables must have: texts without expressions, those in the branches of an `if` or behind a
 * `first`, and all values of the lookup tables that it uses. What comes from a column as it is cannot be known.
 */
export function codedElements(file: string, xml: string, tables: LookupTables): readonly CodedElement[] {
  const user = parseTemplate(xml, []);
  return user ? user.children.flatMap((child) => codedIn(child, '', file, tables)) : [];
}

function codedIn(
  element: TemplateElement,
  above: string,
  file: string,
  tables: LookupTables,
): CodedElement[] {
  const path = `${above}${element.name}`;
  if (!Object.hasOwn(codeTables, path))
    return element.children.flatMap((child) => codedIn(child, `${path}/`, file, tables));
  const found: Found = { codes: new Set(), lookups: new Set() };
  const program = parseText(element.text, element.textLine, []);
  if (program) lookIn(program, found);
  const at = `${file}, line ${element.line}`;
  const lookups = [...found.lookups];
  return [
    {
      path,
      lookups,
      values: [
        ...[...found.codes].map((code) => ({ code, place: at })),
        ...lookups.flatMap((name) =>
          valuesOf(tables.table(name)).map((code) => ({ code, place: `lookup table ${name}` })),
        ),
      ],
    },
  ];
}

interface Found {
  readonly codes: Set<string>;
  readonly lookups: Set<string>;
}

/** What a text may come to as a whole. A text in several parts is put together, so none of its parts is a code. */
function lookIn({ body }: hbs.AST.Program, found: Found): void {
  const parts = body.filter(
    (part) =>
      part.type !== 'CommentStatement' &&
      !(part.type === 'ContentStatement' && strip((part as hbs.AST.ContentStatement).value) === ''),
  );
  const [only, second] = parts;
  if (!only || second) return;
  if (only.type === 'ContentStatement') found.codes.add(strip((only as hbs.AST.ContentStatement).value));
  else if (only.type === 'MustacheStatement') lookAt(only as hbs.AST.MustacheStatement, found);
  else if (only.type === 'BlockStatement') {
    const { program, inverse } = only as hbs.AST.BlockStatement;
    // A missing branch is undefined, although the types say otherwise.
    for (const branch of [program, inverse]) if (branch) lookIn(branch, found);
  }
}

/** `lookup` gives values of its table; `first` hands on what it is given. */
function lookAt(node: hbs.AST.MustacheStatement | hbs.AST.SubExpression, found: Found): void {
  if (!isPath(node.path)) return;
  const [table] = node.params;
  if (node.path.original === 'lookup' && table) found.lookups.add(writtenText(table) ?? '');
  if (node.path.original !== 'first') return;
  for (const argument of node.params) {
    const written = writtenText(argument);
    if (written !== null) found.codes.add(strip(written));
    else if (argument.type === 'SubExpression') lookAt(argument as hbs.AST.SubExpression, found);
  }
}

/** All values that a table may give, each once; an empty one writes no element. */
function valuesOf(table: LookupTable | undefined): string[] {
  if (!table) return [];
  const values = [...table.values.values(), ...table.rules.map(({ value }) => value), table.fallback];
  return [...new Set(values)].filter((value) => value !== '');
}
