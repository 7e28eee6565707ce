import type { ConfigProblem } from './problems.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  readonly value: unknown;
  /** For each place (`mail.to`) whose text names variables: the names, in the order they were looked up. */
  readonly variables: ReadonlyMap<string, readonly string[]>;
  /** Places whose final text came, at least in part, from a variable that is set. */
  readonly fromEnvironment: ReadonlySet<string>;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Fills `${NAME}`, `${NAME.KEY}` (a key of a variable that holds a JSON object) and `${NAME:-default}` in every
 * text of a configuration. A default may hold further references and is looked at only when it is needed. A
 * variable that is set to nothing counts as not set, as with the shell's `:-`. `$${` stands for `${`.
 * A text that comes out empty although a variable was asked for is taken away, as if its line were not there, and
 * so is a block or a list of which nothing is left.
 */
export function interpolate(tree: unknown, environment: Environment): Interpolated {
  const filling = new Filling(environment);
  const value = filling.walk(tree, '');
  const { variables, fromEnvironment, problems } = filling;
  return { value, variables, fromEnvironment, problems };
}

/** One pass through a configuration, and what it has found. */
class Filling {
  readonly variables = new Map<string, string[]>();
  readonly fromEnvironment = new Set<string>();
  readonly problems: ConfigProblem[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  walk(node: unknown, place: string): unknown {
    if (typeof node === 'string') {
      if (!node.includes('${')) return node;
      const filled = this.#fill(node, place, []);
      return filled === '' ? undefined : filled;
    }
    if (Array.isArray(node)) {
      const kept = node
        .map((item, index) => this.walk(item, `${place}.${index}`))
        .filter((item) => item !== undefined);
      return kept.length === 0 && node.length > 0 ? undefined : kept;
    }
    if (typeof node !== 'object' || node === null) return node;
    const kept = Object.entries(node)
      .map(([key, child]) => [key, this.walk(child, place === '' ? key : `${place}.${key}`)] as const)
      .filter(([, child]) => child !== undefined);
    return kept.length === 0 && place !== '' && Object.keys(node).length > 0
      ? undefined
      : Object.fromEntries(kept);
  }

  /** @param asked the variables whose absence led to this default; any of them would have filled the place too */
  #fill(text: string, place: string, asked: readonly string[]): string {
    let out = '';
    let rest = text;
    for (;;) {
      const start = rest.indexOf('${');
      if (start < 0) return out + rest;
      if (rest[start - 1] === '$') {
        out += `${rest.slice(0, start - 1)}\${`;
        rest = rest.slice(start + 2);
        continue;
      }
      const end = closingBrace(rest, start);
      const value = this.#valueOf(end < 0 ? '' : rest.slice(start + 2, end), place, asked);
      if (value === null) return '';
      out += rest.slice(0, start) + value;
      rest = rest.slice(end + 1);
    }
  }

  /** The value of `NAME`, `NAME.KEY` or `NAME:-default`; null for what is none of them. */
  #valueOf(body: string, place: string, asked: readonly string[]): string | null {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:\.([A-Za-z0-9_]+))?(?::-([\s\S]*))?$/.exec(body);
    if (!match) {
      const message = 'a reference to a variable is ${NAME}, ${NAME.KEY} or ${NAME:-default}';
      this.problems.push({ place, message });
      return null;
    }
    const [, name = '', key, fallback] = match;
    const wanted = [...asked, key ? `${name} (its key ${key})` : name];
    this.variables.set(place, [...new Set([...(this.variables.get(place) ?? []), ...wanted])]);
    const value = this.#lookUp(name, key, place);
    if (value !== '') this.fromEnvironment.add(place);
    else if (fallback !== undefined) return this.#fill(fallback, place, wanted);
    else this.problems.push({ place, message: `${wanted.join(' or ')} is not set` });
    return value;
  }

  #lookUp(name: string, key: string | undefined, place: string): string {
    const text = (Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined) ?? '';
    if (text === '' || key === undefined) return text;
    const parsed = parseObject(text);
    if (parsed === null) {
      this.problems.push({ place, message: `the variable ${name} does not hold a JSON object` });
      return '';
    }
    const value = Object.hasOwn(parsed, key) ? parsed[key] : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  }
}

/** The `}` that closes the `${` at `start`, with nested references skipped; -1 when there is none. */
function closingBrace(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    if (text.startsWith('${', index)) depth += 1;
    else if (text[index] === '}') {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return -1;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
