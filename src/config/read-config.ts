import { resolve } from 'node:path';
import { type Document, isMap, isNode, isSeq, visit } from 'yaml';
import { z } from 'zod';
import { PatronflowError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-name.ts';
import { safeText } from '../core/safe-text.ts';
import { mapTexts } from '../core/settings.ts';
import { type Environment, type Interpolated, interpolate } from './interpolate.ts';
import { plainHttp, plainHttpProblem } from './plain-http.ts';
import { problemText } from './problem-words.ts';
import type { ConfigProblem } from './problems.ts';
import { parseYaml } from './yaml-text.ts';

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
  const { document, lines, problem } = parseYaml(text.yaml);
  if (problem) fail(text.name, [problem], () => null);
  // What is neither would be taken apart into its items or letters.
  if (document.contents !== null && !isMap(document.contents)) {
    const message = 'must be `key: value` lines, not a list or a string';
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
  const parsed = schema.safeParse(tree, { reportInput: true });
  const isShown = shownPlaces(schema, tree, filled);
  const problems = [...filled.problems];
  const missing = new Set(problems.map(({ place }) => place));
  for (const issue of parsed.success ? [] : parsed.error.issues) {
    for (const problem of problemsOf(issue, schema, filled, isShown)) {
      const known = [...missing].some(
        (place) => place === problem.place || place.startsWith(`${problem.place}.`),
      );
      if (!known) problems.push(problem);
    }
  }
  if (problems.length > 0 || !parsed.success) fail(text.name, problems, lineOf);
  const { allow_http: allowsHttp } = parsed.data as { allow_http?: boolean };
  const unencrypted = allowsHttp ? [] : plainHttp(schema, parsed.data, context.environment);
  if (unencrypted.length > 0) fail(text.name, unencrypted.map(plainHttpProblem), lineOf);
  return parsed.data;
}

function fail(
  name: string,
  problems: readonly ConfigProblem[],
  lineOf: (place: string) => number | null,
): never {
  const list = problems.map(({ place, message }) => {
    const line = lineOf(place);
    return `  - ${safeText(place)}${line ? ` (line ${line})` : ''}: ${message}`;
  });
  const many = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new PatronflowError('CONFIG_INVALID', [`The configuration ${safeText(name)} has ${many}:`, ...list], {
    hint: 'Set the variables or correct the file; docs/configuration.md describes every key.',
  });
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

/** Aliases of aliases are counted only when the document is made into values. */
function plainTree(document: Document.Parsed, name: string): object {
  try {
    return document.toJS();
  } catch {
    return fail(name, [{ place: 'file', message: 'has too many values that begin with `*`' }], () => null);
  }
}

/** Tells whether a value may be shown: none that is a secret, or may be one, because a variable holds it. */
function shownPlaces(schema: z.ZodType, tree: unknown, { fromEnvironment }: Interpolated) {
  const hidden = new Set(fromEnvironment);
  mapTexts(schema, asTexts(tree), (text, place, isMarked) => {
    if (isMarked('secret')) hidden.add(place);
    return text;
  });
  return (place: string) => !hidden.has(place);
}

/** A secret of digits is a number for YAML. */
function asTexts(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(asTexts);
  if (typeof node === 'number' || typeof node === 'boolean') return String(node);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, asTexts(child)]));
}

/** A key without the blank behind its colon holds its value, which may be a secret. */
function shownKey(key: string): { name: string; advice: string } {
  const [name = ''] = /^[\w-]*/.exec(key) ?? [];
  const advice = /[:=]/.test(key) ? '; put a space after the colon of a key' : '';
  return { name: name === key ? name : `${name}…`, advice };
}

function problemsOf(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  filled: Interpolated,
  isShown: (place: string) => boolean,
): ConfigProblem[] {
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), issue.path);
    return issue.keys.map((key) => {
      const { name, advice } = shownKey(key);
      return {
        place: place === '' ? name : `${place}.${name}`,
        message: `unknown key${advice || didYouMean(key, known)}`,
      };
    });
  }
  // A union that is told apart by a key of its own has no branch to look into when that key fits none.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return issue.errors
      .flat()
      .flatMap((each) =>
        problemsOf({ ...each, path: [...issue.path, ...each.path] }, schema, filled, isShown),
      )
      .slice(0, 4);
  }
  const names = filled.variables.get(place);
  const from = names ? ` (from ${names.join(' or ')})` : '';
  return [{ place: place === '' ? 'file' : place, message: problemText(issue, isShown(place)) + from }];
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
    const [, scheme = '', rest = ''] = /^(csv:|file:)(?!\/\/)(.+)$/s.exec(text) ?? [];
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
