/** A column of a staged table. */
export interface SqlColumn {
  readonly name: string;
  readonly type: 'VARCHAR' | 'BIGINT';
}

/**
 * The columns of a staged table. All that a table itself holds is text; the number of the line, which comes last, is a
 * number: as texts line 10 would stand before line 9.
 */
export function stagedColumns(names: readonly string[]): SqlColumn[] {
  return sqlColumns(names).map((name, at) => ({
    name,
    type: at === names.length - 1 ? 'BIGINT' : 'VARCHAR',
  }));
}

/**
 * The names of columns as SQL can have them: each once, without regard to case, and none empty. Of two that are called
 * alike neither keeps its name, so that a query says which is meant: `NAME_1`, `NAME_2`.
 */
export function sqlColumns(names: readonly string[]): string[] {
  const folded = names.map((name) => name.toLowerCase());
  const taken = new Set(folded);
  const seen = new Map<string, number>();
  return names.map((name, at) => {
    const key = folded[at] ?? '';
    if (key === '') return free(`column_${at + 1}`, taken);
    if (folded.indexOf(key) === folded.lastIndexOf(key)) return name;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return free(`${name}_${count}`, taken);
  });
}

function free(name: string, taken: Set<string>): string {
  let found = name;
  while (taken.has(found.toLowerCase())) found += '_';
  taken.add(found.toLowerCase());
  return found;
}
