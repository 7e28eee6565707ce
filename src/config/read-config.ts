import { resolve } from 'node:path';
import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { PatronflowError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-name.ts';
import { mapTexts } from '../core/settings.ts';
import { type Environment, type Interpolated, interpolate } from './interpolate.ts';
import type { ConfigProblem } from './problems.ts';

/** A configuration as it stands on disk, before variables are filled in. */
export interface ConfigText {
  /** For messages. */
  readonly name: string;
  /** Relative paths in the file are relative to this directory. */
  readonly directory: string;
  readonly yaml: string;
}

export interface ConfigContext {
  readonly environment: Environment;
  /** Relative paths that come from a variable or the command line are relative to this directory. */
  readonly workingDirectory: string;
  /** Settings of the command line, put over those of the file before variables are filled in. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/**
 * Parses, fills in variables, validates.
 * @throws PatronflowError CONFIG_INVALID that names every problem at once, each with its line
 */
export function readConfig<T extends z.ZodType>(
  schema: T,
  text: ConfigText,
  context: ConfigContext,
): z.output<T> {
  const lines = new LineCounter();
  const document = parseDocument(text.yaml, { lineCounter: lines, prettyErrors: true });
  const [syntaxError] = document.errors;
  if (syntaxError) {
    const at = syntaxError.linePos?.[0];
    fail(
      text.name,
      [{ place: at ? `line ${at.line}` : 'file', message: firstLine(syntaxError.message) }],
      () => null,
    );
  }
  // What is neither would be taken apart into its items or letters.
  if (document.contents !== null && !isMap(document.contents)) {
    const message = 'is not a list or a text, but `key: value` lines';
    fail(text.name, [{ place: 'file', message }], () => null);
  }
  const lineOf = (place: string): number | null => {
    const offset = offsetOf(document.contents, place.split('.'));
    return offset === null ? null : lines.linePos(offset).line;
  };

  keepWritten(document);
  const filled = interpolate(
    { ...plainTree(document, text.name), ...context.overrides },
    context.environment,
  );
  const tree = resolvePaths(schema, filled, text.directory, context.workingDirectory);
  const parsed = schema.safeParse(tree);
  const problems = [...filled.problems];
  const missing = new Set(problems.map(({ place }) => place));
  for (const issue of parsed.success ? [] : parsed.error.issues) {
    for (const problem of problemsOf(issue, schema, filled)) {
      const known = [...missing].some(
        (place) => place === problem.place || place.startsWith(`${problem.place}.`),
      );
      if (!known) problems.push(problem);
    }
  }
  if (problems.length > 0 || !parsed.success) fail(text.name, problems, lineOf);
  return parsed.data;
}

function fail(
  name: string,
  problems: readonly ConfigProblem[],
  lineOf: (place: string) => number | null,
): never {
  const list = problems.map(({ place, message }) => {
    const line = lineOf(place);
    return `  - ${place}${line ? ` (line ${line})` : ''}: ${message}`;
  });
  const many = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new PatronflowError(
    'CONFIG_INVALID',
    [`The configuration ${name} has ${many}:`, ...list].join('\n'),
    {
      hint: 'Set the variables or mend the file; docs/configuration.md describes every key.',
    },
  );
}

/** A code such as 01 is a number for YAML, which would drop its zero: what is written otherwise than the number stays text. */
function keepWritten(document: Document.Parsed): void {
  visit(document, {
    Scalar: (key, scalar) => {
      if (key === 'key' || typeof scalar.value !== 'number' || scalar.source === undefined) return;
      if (String(scalar.value) !== scalar.source) scalar.value = scalar.source;
    },
  });
}

/** An alias that nothing stands for is found only when the document is made into values. */
function plainTree(document: Document.Parsed, name: string): object {
  try {
    return document.toJS();
  } catch (error) {
    return fail(
      name,
      [{ place: 'file', message: firstLine(error instanceof Error ? error.message : '') }],
      () => null,
    );
  }
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType, filled: Interpolated): ConfigProblem[] {
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), issue.path);
    return issue.keys.map((key) => ({
      place: place === '' ? key : `${place}.${key}`,
      message: `unknown key${didYouMean(key, known)}`,
    }));
  }
  // A union that is told apart by a key of its own has no branch to look into when that key fits none.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return issue.errors
      .flat()
      .flatMap((each) => problemsOf({ ...each, path: [...issue.path, ...each.path] }, schema, filled))
      .slice(0, 4);
  }
  const names = filled.variables.get(place);
  const from = names ? ` (from ${names.join(' or ')})` : '';
  return [{ place: place === '' ? 'file' : place, message: issue.message + from }];
}

/** The names that a JSON Schema knows at a place, for suggestions. */
function keysAt(root: unknown, path: readonly PropertyKey[]): string[] {
  type Schema = {
    properties?: Record<string, Schema>;
    items?: Schema;
    anyOf?: Schema[];
    oneOf?: Schema[];
    additionalProperties?: Schema;
  };
  const alternatives = (node: Schema) => [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  let nodes: Schema[] = [root as Schema];
  for (const key of path) {
    nodes = nodes
      .flatMap(alternatives)
      .map((node) =>
        typeof key === 'number' ? node.items : (node.properties?.[String(key)] ?? node.additionalProperties),
      )
      .filter((node): node is Schema => typeof node === 'object');
  }
  return nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {}));
}

/**
 * Makes relative paths absolute: those written in the file relative to the file, so that a job runs the same
 * from cron and from a shell; those that a variable gave relative to the working directory, as a shell would.
 * The schema says which settings are paths.
 */
function resolvePaths(
  schema: z.ZodType,
  filled: Interpolated,
  directory: string,
  workingDirectory: string,
): unknown {
  return mapTexts(schema, filled.value, (text, place, isMarked) => {
    const base = filled.fromEnvironment.has(place) ? workingDirectory : directory;
    const [, scheme = '', rest = ''] = /^(csv:|file:)(?!\/\/)(.+)$/.exec(text) ?? [];
    if (isMarked('location') && scheme !== '') return scheme + resolve(base, rest);
    return isMarked('path') ? resolve(base, text) : text;
  });
}

/** Where a key stands in the text, or else the nearest one above it that the file has. */
function offsetOf(node: unknown, [key, ...keys]: readonly string[]): number | null {
  if (key === undefined) return null;
  if (isMap(node)) {
    const pair = node.items.find((each) => String(each.key) === key);
    return pair ? (offsetOf(pair.value, keys) ?? startOf(pair.key)) : null;
  }
  const item = isSeq(node) ? node.items[Number(key)] : undefined;
  return item === undefined ? null : (offsetOf(item, keys) ?? startOf(item));
}

function startOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
