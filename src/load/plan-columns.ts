import { PatronflowError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-name.ts';
import { safeText } from '../core/safe-text.ts';
import { placeColumns } from '../feeds/table-rows.ts';
import type { Relation } from './ports.ts';
import type { NamedColumn } from './template/expressions.ts';

/** Which columns of a source are read, and under which names. */
export interface ColumnPlan {
  /** The names that the template uses, each with its place in the row. */
  readonly columns: readonly { readonly name: string; readonly position: number }[];
  readonly keyPosition: number;
  /** The columns that say in which line of which file a row stands; null where the source has none. */
  readonly place: { readonly file: number; readonly line: number } | null;
}

type Named = Pick<NamedColumn, 'name' | 'line'>;

/** What of a group names columns. */
export interface PlannedGroup {
  readonly relation: Relation;
  readonly person: string;
  readonly template: { readonly file: string; readonly columns: readonly Named[] };
  readonly rules: readonly { readonly place: string; readonly columns: readonly Named[] }[];
  /** A column that is read where the source has it. */
  readonly divides?: string | null | undefined;
}

/**
 * Finds the columns that a template and the configuration name among those that the source has. Databases
 * fold names to upper or lower case, so case does not count unless only case tells two columns apart.
 * @param mayBePerson whether `present` is the first line of a file, which may be a person instead of names
 * @throws PatronflowError COLUMNS_MISSING or COLUMNS_AMBIGUOUS that names each, and where it is asked for
 */
export function planColumns(
  { relation, person, template, rules, divides }: PlannedGroup,
  present: readonly string[],
  mayBePerson = false,
): ColumnPlan {
  const wanted: WantedColumn[] = [
    ...template.columns.map(({ name, line }) => ({
      name,
      by: `which ${safeText(template.file)} names in line ${line}`,
    })),
    ...rules.flatMap(({ place, columns }) =>
      columns.map(({ name }) => ({ name, by: `which ${place} names` })),
    ),
    { name: person, by: 'which identifies a person' },
  ];
  const missing = wanted.filter(({ name }) => positionsOf(name, present).length === 0);
  if (missing.length > 0) {
    const isShown = !mayBePerson || isHeader(present, [...new Set(wanted.map(({ name }) => name))]);
    throw columnsMissing(relation, missing, present, isShown);
  }
  const doubled = wanted.filter(({ name }) => positionsOf(name, present).length > 1);
  if (doubled.length > 0) throw columnsAmbiguous(relation, doubled, present);
  const positionOf = (name: string) => positionsOf(name, present)[0] ?? -1;
  const named = [template.columns, ...rules.map(({ columns }) => columns)].flat();
  const dividing = divides && positionsOf(divides, present).length === 1 ? [divides] : [];
  const names = [...new Set([...named.map(({ name }) => name), ...dividing])];
  return {
    columns: names.map((name) => ({ name, position: positionOf(name) })),
    keyPosition: positionOf(person),
    place: placeOf(present),
  };
}

function placeOf(present: readonly string[]): ColumnPlan['place'] {
  const folded = present.map((name) => name.toLowerCase());
  const [file, line] = placeColumns.map((name) => folded.lastIndexOf(name));
  return file === undefined || line === undefined || file < 0 || line < 0 ? null : { file, line };
}

/** A column, and what asks for it. */
interface WantedColumn {
  readonly name: string;
  readonly by: string;
}

/** @param isShown whether what is there may be shown: a file's first line may be a person */
function columnsMissing(
  relation: Relation,
  missing: readonly WantedColumn[],
  present: readonly string[],
  isShown: boolean,
): PatronflowError {
  const lines = missing.map(
    ({ name, by }) => `  - ${safeText(name)}, ${by}${isShown ? didYouMean(name, present) : ''}`,
  );
  const own = present.filter((name) => !placeColumns.includes(name as never));
  const fields = own.length === 1 ? '1 field' : `${own.length} fields`;
  const hint = isShown
    ? `It has ${shownNames(own)}.`
    : `Its first line has ${fields}; does it name the columns?`;
  return new PatronflowError('COLUMNS_MISSING', list(relation, 'lacks', lines), { hint });
}

function columnsAmbiguous(
  relation: Relation,
  doubled: readonly WantedColumn[],
  present: readonly string[],
): PatronflowError {
  const lines = doubled.map(({ name, by }) => {
    const places = positionsOf(name, present).map((position) => position + 1);
    return `  - ${safeText(name)} (columns ${places.join(' and ')}), ${by}`;
  });
  return new PatronflowError('COLUMNS_AMBIGUOUS', list(relation, 'has more than once', lines), {
    hint: 'Give each column a name of its own; otherwise it is unclear which one is meant.',
  });
}

function list({ query, table, group }: Relation, what: string, lines: readonly string[]): string[] {
  const where = `The ${query ? 'query' : `table ${safeText(table ?? group)}`} of group ${group}`;
  return [`${where} ${what}:`, ...new Set(lines)];
}

/** Columns shown; a file that has more was given with another delimiter, or is no table. */
const shownColumns = 60;

function shownNames(names: readonly string[]): string {
  const more = names.length - shownColumns;
  return names.slice(0, shownColumns).map(safeText).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function positionsOf(name: string, present: readonly string[]): number[] {
  const those = (isSame: (column: string) => boolean) =>
    present.flatMap((column, position) => (isSame(column) ? [position] : []));
  const exact = those((column) => column === name);
  return exact.length > 0 ? exact : those((column) => column.toLowerCase() === name.toLowerCase());
}

/** As columns are called; identifiers, dates, addresses and e-mail addresses are not. */
const likeName = /^(?:[\p{L}_][\p{L}\p{N}_ .#()/&-]*)?$/u;

/** Tells whether a first line names columns: one value of a person may well be called like one. */
function isHeader(present: readonly string[], wanted: readonly string[]): boolean {
  const found = wanted.filter((name) => positionsOf(name, present).length > 0).length;
  return found * 2 >= wanted.length && present.every((name) => likeName.test(name));
}
