import { z } from 'zod';

// What the options of adapters and the configurations of jobs are made of.

/**
 * Numbers may come from a variable, as text. Only text that is a number is taken for one: nothing, or `false`,
 * would become 0 and switch a limit off.
 */
export const numeric = (number: z.ZodNumber) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value),
    number,
  );
export const count = (minimum: number, maximum: number) =>
  numeric(z.number().int().min(minimum).max(maximum));
export const share = numeric(z.number().min(0).max(1));
export const seconds = (fallback: number, maximum: number) => count(1, maximum).default(fallback);
export const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean(),
);

/** Marks of a setting, which go into its JSON Schema: what is secret is hidden, and what is a path is resolved. */
const marks = {
  secret: { writeOnly: true },
  path: { format: 'path' },
  location: { format: 'location' },
  endpoint: { format: 'endpoint' },
};

/** A value that is never shown: it is replaced wherever it would appear. */
export const secret = z.string().meta(marks.secret);

/** A path; a relative one is relative to the configuration's file. */
export const path = z.string().min(1).meta(marks.path);

/** A URL; what follows `file:` or `csv:` is a path. */
export const location = z.string().meta(marks.location);

/** The address of a service; one that is not encrypted is refused elsewhere than on this machine, unless a job allows it. */
export const endpoint = z.url().meta(marks.endpoint);

export const tlsMode = z.enum(['verify-full', 'no-verify', 'disable']);
export type TlsMode = z.output<typeof tlsMode>;

/** The names of tables, where they go into SQL without quotes. */
export const table = z
  .string()
  .regex(/^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?$/, 'must be a table name, optionally with its schema');

export type Mark = keyof typeof marks;

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly writeOnly?: boolean;
  readonly format?: string;
}

/**
 * Visits each text of a configuration together with the marks that its schema gives it.
 * @param visit is given the text, its place (`deliver.sftp.private_key_file`) and its marks; what it returns takes the text's place
 */
export function mapTexts(
  schema: z.ZodType,
  value: unknown,
  visit: (text: string, place: string, isMarked: (mark: Mark) => boolean) => string,
): unknown {
  const walk = (node: unknown, schemas: readonly JsonSchema[], place: string): unknown => {
    const all = schemas.flatMap(alternatives);
    const at = (key: string | number) => (place === '' ? String(key) : `${place}.${key}`);
    const items = all.flatMap(({ items: each }) => (each ? [each] : []));
    // A list of one may be written as a text.
    if (typeof node === 'string') {
      // A word that stands beside paths, such as `none`, is no path.
      const isWord = all.some((each) => each.enum?.includes(node));
      return visit(node, place, (mark) => !isWord && [...all, ...items].some((each) => hasMark(each, mark)));
    }
    if (Array.isArray(node)) return node.map((item, index) => walk(item, items, at(index)));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, child]) => [key, walk(child, all.flatMap(propertyOf(key)), at(key))]),
    );
  };
  return walk(value, [jsonSchemaOf(schema)], '');
}

/** Made once for each schema: it takes longer than everything else about a configuration. */
const jsonSchemas = new WeakMap<z.ZodType, JsonSchema>();

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const known = jsonSchemas.get(schema);
  if (known) return known;
  const made = z.toJSONSchema(schema, {
    io: 'output',
    unrepresentable: 'any',
    reused: 'inline',
  }) as JsonSchema;
  jsonSchemas.set(schema, made);
  return made;
}

function hasMark({ writeOnly, format }: JsonSchema, mark: Mark): boolean {
  return mark === 'secret' ? writeOnly === true : format === mark;
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  return [schema, ...[...anyOf, ...oneOf, ...allOf].flatMap(alternatives)];
}

function propertyOf(key: string) {
  return ({ properties, additionalProperties }: JsonSchema): JsonSchema[] => {
    if (properties && Object.hasOwn(properties, key)) return [properties[key] ?? {}];
    return typeof additionalProperties === 'object' ? [additionalProperties] : [];
  };
}
