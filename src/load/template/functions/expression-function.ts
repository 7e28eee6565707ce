import type { Calendars } from '../../calendars.ts';
import type { LookupTables } from '../../lookup-tables.ts';

/** What an expression's functions may look at besides their arguments. */
export interface RunFacts {
  /** The run's time, from which all dates are counted. */
  readonly now: Date;
  readonly lookups: LookupTables;
  readonly calendars: Calendars;
}

/** What a function comes to for the values of its arguments. */
export type Call = (values: readonly string[]) => string | boolean;

/** An argument that is known when the template is compiled; null for one that depends on the row. */
export type Known = string | null | undefined;

/** A function that an expression may call: `{{phone OFFICE_PHONE}}`. Listed for librarians in docs/templates.md. */
export interface ExpressionFunction {
  /** Least and greatest number of arguments. */
  readonly takes: readonly [number, number];
  /**
   * Looks at the arguments that are known, once for all rows: patterns, forms and names of tables are made ready here.
   * @returns what the function does for a row; or what is wrong, as text
   */
  readonly prepare: (known: readonly Known[], run: RunFacts) => Call | string;
}

export type ExpressionFunctions = Readonly<Record<string, ExpressionFunction>>;

/** A function of which nothing can be made ready. */
export const plain = (least: number, most: number, call: Call): ExpressionFunction => ({
  takes: [least, most],
  prepare: () => call,
});

/** Arguments of a function that takes any number of them; more are a mistake. */
export const many = 50;
