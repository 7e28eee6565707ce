import { itemsUntilAborted } from '../core/abort.ts';
import { PatronflowError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-name.ts';
import { withoutForbidden } from './alma/xml-text.ts';
import type { Relation, Row, RowSource, UnreadableRow } from './ports.ts';
import type { NamedColumn, Values } from './template/expressions.ts';
import { strip } from './template/functions.ts';

/** A row as templates see it. */
export interface Person {
  /** Number of the row in its source, from 1. */
  readonly row: number;
  /** Value of the column that identifies a person; '' when empty. */
  readonly key: string;
  readonly values: Values;
}

/** Which columns of a source are read, and under which names. */
export interface ColumnPlan {
  /** The names that the template uses, each with its place in the row. */
  readonly columns: readonly { readonly name: string; readonly position: number }[];
  readonly keyPosition: number;
}

/**
 * Finds the columns that a template and the configuration name among those that the source has. Databases
 * fold names to upper or lower case, so case does not count unless only case tells two columns apart.
 * @throws PatronflowError COLUMNS_MISSING that names each, and where it is asked for
 */
export function planColumns(
  relation: Relation,
  present: readonly string[],
  person: string,
  template: { readonly file: string; readonly columns: readonly NamedColumn[] },
): ColumnPlan {
  const positionOf = (name: string): number => {
    const exact = present.indexOf(name);
    return exact >= 0 ? exact : present.findIndex((column) => column.toLowerCase() === name.toLowerCase());
  };
  const names = [...new Set(template.columns.map(({ name }) => name))];
  // Where nothing of what is wanted is there, the first line may be a person, whom no message must show.
  const isHeader = [...names, person].some((name) => positionOf(name) >= 0);
  const suggestion = (name: string) => (isHeader ? didYouMean(name, present) : '');
  const missing = template.columns
    .filter(({ name }) => positionOf(name) < 0)
    .map(({ name, line }) => `  - ${name}, which ${template.file} names in line ${line}${suggestion(name)}`);
  if (positionOf(person) < 0) missing.push(`  - ${person}, which identifies a person${suggestion(person)}`);
  if (missing.length > 0) {
    const where = relation.query ? 'query' : `table ${relation.table ?? relation.group}`;
    throw new PatronflowError(
      'COLUMNS_MISSING',
      [`The ${where} of group ${relation.group} lacks:`, ...new Set(missing)].join('\n'),
      {
        hint: isHeader
          ? `It has ${present.join(', ')}.`
          : `It has ${present.length} columns and none of these; does it begin with the names of its columns?`,
      },
    );
  }
  return {
    columns: names.map((name) => ({ name, position: positionOf(name) })),
    keyPosition: positionOf(person),
  };
}

export interface PeopleBatch {
  readonly people: readonly Person[];
  readonly unreadable: readonly UnreadableRow[];
}

/** Reads the people of a group, a batch at a time, in the order of the source. */
export async function* readPeople(
  source: RowSource,
  relation: Relation,
  plan: ColumnPlan,
  values: 'trim' | 'keep',
  signal: AbortSignal,
): AsyncGenerator<PeopleBatch> {
  const read =
    values === 'trim'
      ? (row: Row, at: number) => strip(row[at] ?? '')
      : (row: Row, at: number) => row[at] ?? '';
  let count = 0;
  for await (const { rows, unreadable = [] } of itemsUntilAborted(signal, source.rows(relation, signal))) {
    const people = rows.map((row): Person => {
      count += 1;
      const named: Record<string, string> = {};
      for (const { name, position } of plan.columns) named[name] = read(row, position);
      return { row: count, key: strip(withoutForbidden(row[plan.keyPosition] ?? '')), values: named };
    });
    yield { people, unreadable };
  }
}
