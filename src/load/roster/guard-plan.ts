import type { GuardFigure } from '../guard.ts';
import type { Plan } from './plan.ts';

export interface PlanLimits {
  /** Greatest share of the users who were there before that may be gone. */
  readonly maxGone: number;
  /** … that may get another user group. */
  readonly maxMoved: number;
  /** … that may lose an identifier of one type. */
  readonly maxLostIdentifiers: number;
  /** … that may get another primary id. */
  readonly maxSuperseded: number;
  /** … in which one element may change, unless it is expected to. */
  readonly maxElementChange: number;
  /** Elements that may change for all users, such as dates that move each night. */
  readonly expected: readonly string[];
}

/** Fewer users may well change in a night: a department that moves, a class that graduates. */
const tellingUsers = 20;

/** What of a plan stops a run: people who are gone, move, or change in numbers that no night brings. */
export function guardPlan(
  { counts, elements, moves, lostIdentifiers }: Plan,
  limits: PlanLimits,
): GuardFigure[] {
  const before = counts.changed + counts.unchanged + counts.gone + counts.superseded + counts['left out'];
  const figure = (what: string, now: number, limit: number): GuardFigure => ({
    group: 'roster',
    what,
    before,
    expected: Math.round(before * limit),
    now,
    stops: now >= tellingUsers && now > before * limit,
    against: 'plan',
  });
  const moved = moves.reduce((sum, { users }) => sum + users, 0);
  return [
    figure('users who would be gone', counts.gone, limits.maxGone),
    figure('users who would get another user group', moved, limits.maxMoved),
    figure('users who would get another primary id', counts.superseded, limits.maxSuperseded),
    ...Object.entries(lostIdentifiers).map(([type, users]) =>
      figure(`users who would lose the identifier ${type}`, users, limits.maxLostIdentifiers),
    ),
    ...Object.entries(elements)
      .filter(([path]) => !limits.expected.includes(path) && path !== 'user_group')
      .map(([path, users]) => figure(`users in whom ${path} would change`, users, limits.maxElementChange)),
  ];
}
