import type { GroupLedger } from './ledger.ts';

export interface GuardLimits {
  /** Least share of last time's users. */
  readonly min_people: number;
  /** Greatest share of last time's values that a column or an element may lose, relative to the number of people. */
  readonly max_value_loss: number;
}

/** A column or an element, compared with last time. */
export interface GuardFigure {
  readonly group: string;
  /** `users`, `column LIBRARY_ID`, `element user_group`. */
  readonly what: string;
  readonly before: number;
  readonly now: number;
  readonly stops: boolean;
}

/** Fewer values than this say nothing about a column, unless half of the people had one: two of four home phones may well move away in a night. */
const tellingValues = 10;

/**
 * Compares a group with its last delivered run. Alma takes away what a synchronise leaves out, so a feed that
 * lost its barcode column deletes barcodes; nothing but a comparison with yesterday can notice.
 *
 * Values are compared relative to the people, so that fewer people alone do not look like lost columns.
 * @param last null when the group was never delivered
 */
export function compareWithLast(
  group: string,
  current: GroupLedger,
  last: GroupLedger | null,
  limits: GuardLimits,
): readonly GuardFigure[] {
  const users: GuardFigure = {
    group,
    what: 'users',
    before: last?.users ?? 0,
    now: current.users,
    stops: current.users === 0 || current.users < (last?.users ?? 0) * limits.min_people,
  };
  if (!last) return [users];
  return [
    users,
    ...lossesOf('column', current.columns, current.rows, last.columns, last.rows),
    ...lossesOf('element', current.elements, current.users, last.elements, last.users),
  ];

  function lossesOf(
    kind: string,
    counts: Readonly<Record<string, number>>,
    total: number,
    lastCounts: Readonly<Record<string, number>>,
    lastTotal: number,
  ): GuardFigure[] {
    return Object.entries(lastCounts).map(([name, before]) => {
      const now = counts[name] ?? 0;
      const expected = lastTotal === 0 ? 0 : (before / lastTotal) * total;
      const lost = now < expected * (1 - limits.max_value_loss);
      const isTelling = before >= tellingValues || before * 2 >= lastTotal;
      const emptied = now === 0 && total > 0;
      return {
        group,
        what: `${kind} ${name}`,
        before,
        now,
        stops: before > 0 && isTelling && (emptied || lost),
      };
    });
  }
}
