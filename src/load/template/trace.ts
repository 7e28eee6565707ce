import { type Expressions, eachItem, expiryDate, type Values } from './expressions.ts';

/** What is told of one element or attribute while a user is filled: how its value came about, or what happened to it. */
export type TraceStep =
  | {
      readonly kind: 'filled';
      /** Path of the element, with `@` before an attribute. */
      readonly label: string;
      readonly source: string;
      /** The columns that the expression names, with their values. */
      readonly inputs: Readonly<Record<string, string>>;
      /** Null where the expression rejects the person. */
      readonly output: string | null;
    }
  | { readonly kind: 'happened'; readonly label: string; readonly what: string };

/** Notes the making of one user. Personal data: shown only to the person who asks for it. */
export class Trace {
  readonly steps: TraceStep[] = [];
  /** Tables that lacked a value for the text that comes next. */
  #unmapped: string[] = [];

  unmapped(table: string): void {
    this.#unmapped.push(table);
  }

  filled(label: string, { source, columns }: Expressions, values: Values, output: string | null): void {
    const names = columns.map(({ name }) => name);
    names.push(...[eachItem, expiryDate].filter((name) => name in values && source.includes(name)));
    const inputs = Object.fromEntries(names.map((name) => [name, values[name] ?? '']));
    this.steps.push({ kind: 'filled', label, source, inputs, output });
    for (const table of new Set(this.#unmapped)) this.happened(label, `${table} does not have this value`);
    this.#unmapped = [];
  }

  happened(label: string, what: string): void {
    this.steps.push({ kind: 'happened', label, what });
  }
}
