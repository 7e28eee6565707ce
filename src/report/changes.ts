import { safeText } from '../core/safe-text.ts';
import type { GuardFigure } from '../load/guard.ts';
import type { GroupReport, LoadReport } from '../load/load-report.ts';

/** What changed against the last delivery more than the number of people explains. */
export interface Changes {
  /** The greatest surprise first. */
  readonly outliers: readonly GuardFigure[];
  /** How many other figures were compared. */
  readonly others: number;
}

/**
 * Finds the outliers. Where the people grow by 1 %, every column does; that says nothing and is not shown, and the
 * users themselves and what stops the run are shown elsewhere.
 */
export function changesOf({ groups, guard }: LoadReport): Changes {
  const known = new Set(groups.filter(({ last }) => last !== null).map(({ name }) => name));
  const figures = guard.filter(
    ({ group, what, stops, against }) => known.has(group) && what !== 'users' && !stops && against === 'last',
  );
  const outliers = figures
    .filter((figure) => surprise(figure) >= 1)
    .sort((a, b) => surprise(b) - surprise(a));
  return { outliers, others: figures.length - outliers.length };
}

/** The distance from what was expected, in units of what chance alone moves a count of this size. */
function surprise({ expected, now }: GuardFigure): number {
  return Math.abs(now - expected) / Math.sqrt(Math.max(1, expected));
}

/** How often each code of an element is there, now and last time, the most frequent first. */
export interface CodeRow {
  readonly code: string;
  readonly before: number;
  readonly now: number;
}

/** The coded elements of a group with their codes. */
export function codeRows({ counts, last }: GroupReport): readonly (readonly [string, readonly CodeRow[]])[] {
  return Object.entries(counts.codes).map(([element, codes]) => {
    const before = last?.codes[element] ?? {};
    const names = [...new Set([...Object.keys(codes), ...Object.keys(before)])];
    const rows = names.map((code) => ({
      code: safeText(code),
      before: before[code] ?? 0,
      now: codes[code] ?? 0,
    }));
    return [safeText(element), rows.sort((a, b) => Math.max(b.now, b.before) - Math.max(a.now, a.before))];
  });
}
