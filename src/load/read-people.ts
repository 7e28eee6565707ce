import { itemsUntilAborted } from '../core/abort.ts';
import type { FileReading, UnreadableRow } from '../feeds/table-rows.ts';
import { withoutInvisible } from './alma/odd-characters.ts';
import { withoutForbidden } from './alma/xml-text.ts';
import { strip } from './blanks.ts';
import type { RowPlace } from './people-register.ts';
import type { ColumnPlan } from './plan-columns.ts';
import type { Relation, Row, RowSource } from './ports.ts';
import type { Values } from './template/expressions.ts';

/** A row as templates see it. */
export interface Person {
  /** Number of the row in its source, from 1. */
  readonly row: number;
  /** Value of the column that identifies a person; '' when empty. */
  readonly key: string;
  readonly values: Values;
  /** Where the row stands, where the source says it. */
  readonly at?: RowPlace;
}

export interface PeopleBatch {
  readonly people: readonly Person[];
  readonly unreadable: readonly UnreadableRow[];
  /** With the last people of a file. */
  readonly file: FileReading | null;
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
  const { place } = plan;
  let count = 0;
  for await (const { rows, unreadable = [], file = null } of itemsUntilAborted(
    signal,
    source.rows(relation, signal),
  )) {
    const people = rows.map((row): Person => {
      count += 1;
      const named: Record<string, string> = {};
      for (const { name, position } of plan.columns) named[name] = read(row, position);
      const person = { row: count, key: keyOf(row[plan.keyPosition] ?? ''), values: named };
      return place ? { ...person, at: { file: row[place.file] ?? '', line: row[place.line] ?? '' } } : person;
    });
    yield { people, unreadable, file };
  }
}

/** Two rows with one key are one person; invisible characters in it do not count. */
export function keyOf(value: string): string {
  return strip(withoutInvisible(withoutForbidden(value)));
}
