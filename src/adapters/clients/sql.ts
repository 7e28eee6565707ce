import type { Relation } from '../../load/ports.ts';

/** The query of a relation. Names are not quoted, so that the database folds their case as the table's owner expects. */
export function queryOf({ query, table, columns }: Relation): string {
  return query?.trim().replace(/;$/, '') ?? `SELECT ${columns?.join(', ') ?? '*'} FROM ${table}`;
}
