import type { PatronRow } from './ports.ts';

/**
 * One row for each patron: the first, which the source puts first because its address counts (the lowest
 * display order, then the lowest address type).
 */
export function firstRows(rows: readonly PatronRow[]): PatronRow[] {
  return rows.filter(({ id }, index) => id !== rows[index - 1]?.id);
}
