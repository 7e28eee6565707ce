import type { Relation, Row, RowSource } from '../../src/load/ports.ts';

/** All rows of a relation, for tests that can hold them. */
export async function everyRow(
  source: RowSource,
  relation: Relation,
  signal: AbortSignal = new AbortController().signal,
): Promise<Row[]> {
  const all: Row[] = [];
  for await (const { rows } of source.rows(relation, signal)) all.push(...rows);
  return all;
}
