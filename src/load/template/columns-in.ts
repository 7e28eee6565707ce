import type { FieldRule } from '../alma/rules.ts';
import type { NamedColumn } from './expressions.ts';
import { conditionFunctions } from './functions/conditions.ts';

/** Columns whose values stand in identifiers, and as they are in elements that hold a code of Alma's. */
export interface ColumnsIn {
  readonly identifiers: Set<string>;
  readonly codes: Set<string>;
}

/** Enters the columns of an element. One that only decides whether an identifier is written is none. */
export function noteColumns(
  { identifiers, codes }: ColumnsIn,
  columns: readonly NamedColumn[],
  rule: FieldRule,
): void {
  for (const { name, uses } of columns) {
    const isAsked = uses.some((use) => use.name === 'lookup' || Object.hasOwn(conditionFunctions, use.name));
    if (rule.identifier && !isAsked) identifiers.add(name);
    if (rule.coded && uses.length === 0) codes.add(name);
  }
}
