import { safeText } from '../core/safe-text.ts';
import { otherCodes } from './code-counts.ts';
import { comparedDeliveries, type GroupCounts, type GroupLedger } from './ledger.ts';

export interface GuardLimits {
  /** Least share of the users of an earlier delivery. */
  readonly min_people: number;
  /** Greatest share of an earlier delivery's values that a column or an element may lose, relative to the number of people. */
  readonly max_value_loss: number;
  /** Share of its users at whose loss a code stops the run, relative to the number of people. */
  readonly max_code_loss: number;
  /** What happens when all rows are the same as at the last delivery. */
  readonly unchanged: 'warn' | 'stop';
  /** Greatest share of the users by which those whose expiry date has passed may have grown. */
  readonly max_newly_expired: number;
}

/** A column, an element or a code, compared with an earlier delivery. */
export interface GuardFigure {
  readonly group: string;
  /** `users`, `column LIBRARY_ID`, `element user_group`, `user_group FACULTY`. */
  readonly what: string;
  readonly before: number;
  /** What `before` comes to for as many people as there are now. */
  readonly expected: number;
  readonly now: number;
  readonly stops: boolean;
  /** Compared with the last delivery, with the best of those before it, told because no row has changed since, or found in the plan. */
  readonly against: 'last' | 'earlier' | 'same rows' | 'plan';
}

/** Fewer values than this say nothing about a column, unless half of the people had one: two of four home phones may well move away in a night. */
const tellingValues = 10;

/** A code that fewer users had, or a smaller share of a group, may well lose half of them in a night. */
const tellingCode = { users: 50, share: 0.1 };
/** One or two of a small group may well expire in a night. */
const tellingExpired = 3;

/**
 * Compares a group with its last deliveries. Alma takes away what a synchronise leaves out, so a feed that
 * lost its barcode column deletes barcodes; nothing but a comparison with yesterday can notice. The deliveries
 * before the last count too, or a feed could lose a fifth every night.
 *
 * Values are compared relative to the people, so that fewer people alone do not look like lost columns.
 * @param last null when the group was never delivered
 */
export function compareWithLast(
  group: string,
  counts: GroupCounts,
  last: GroupLedger | null,
  limits: GuardLimits,
): readonly GuardFigure[] {
  const compared = new Comparison(group, counts, limits);
  if (!last) return [compared.figure('users', 0, 0, counts.users, counts.users === 0)];
  const figures = compared.to(last, 'last');
  const stopping = new Set(figures.filter(({ stops }) => stops).map(({ what }) => what));
  const earlier = new Map<string, GuardFigure>();
  for (const each of last.earlier.flatMap((delivery) => compared.to(delivery, 'earlier'))) {
    const known = earlier.get(each.what);
    if (each.stops && !stopping.has(each.what) && !(known && known.before >= each.before))
      earlier.set(each.what, each);
  }
  const isSame = hasSameRows(counts, last) && limits.unchanged === 'stop';
  const { rows } = counts;
  const same = compared.figure('rows', rows, rows, rows, true, 'same rows');
  return [...figures, ...compared.newlyExpired(last), ...earlier.values(), ...(isSame ? [same] : [])];
}

/** A group as it is now, to be compared with one delivery after the other. */
class Comparison {
  readonly #group: string;
  readonly #counts: GroupCounts;
  readonly #limits: GuardLimits;

  constructor(group: string, counts: GroupCounts, limits: GuardLimits) {
    this.#group = group;
    this.#counts = counts;
    this.#limits = limits;
  }

  to(before: GroupCounts, against: GuardFigure['against']): GuardFigure[] {
    const counts = this.#counts;
    const tooFew = counts.users === 0 || counts.users < before.users * this.#limits.min_people;
    return [
      this.figure('users', before.users, before.users, counts.users, tooFew, against),
      ...this.#losses('column', before.columns, before.rows, counts.columns, counts.rows, against),
      ...this.#losses('element', before.elements, before.users, counts.elements, counts.users, against),
      ...Object.entries(before.codes).flatMap(([element, codes]) =>
        this.#codeLosses(element, codes, before.users, against),
      ),
    ];
  }

  /** Alma blocks who has expired: a feed with last year's dates locks everybody out, with not one value less. */
  newlyExpired(before: GroupCounts): GuardFigure[] {
    const counts = this.#counts;
    if (counts.expired === undefined || before.expired === undefined) return [];
    const more = counts.expired - before.expired;
    const stops = more >= tellingExpired && more > counts.users * this.#limits.max_newly_expired;
    const expected = scaled(before.expired, before.users, counts.users);
    return [this.figure('users past their expiry date', before.expired, expected, counts.expired, stops)];
  }

  #losses(
    kind: string,
    countsBefore: Readonly<Record<string, number>>,
    totalBefore: number,
    countsNow: Readonly<Record<string, number>>,
    totalNow: number,
    against: GuardFigure['against'],
  ): GuardFigure[] {
    return Object.entries(countsBefore).map(([name, before]) => {
      const now = countsNow[name] ?? 0;
      const expected = scaled(before, totalBefore, totalNow);
      const lost = now < expected * (1 - this.#limits.max_value_loss);
      const isTelling = before >= tellingValues || before * 2 >= totalBefore;
      const emptied = now === 0 && totalNow > 0;
      const stops = before > 0 && isTelling && (emptied || lost);
      return this.figure(`${kind} ${safeText(name)}`, before, expected, now, stops, against);
    });
  }

  #codeLosses(
    element: string,
    codesBefore: Readonly<Record<string, number>>,
    usersBefore: number,
    against: GuardFigure['against'],
  ): GuardFigure[] {
    const counts = this.#counts;
    const codesNow = counts.codes[element] ?? {};
    const codes = new Set([...Object.keys(codesBefore), ...Object.keys(codesNow)]);
    codes.delete(otherCodes);
    return [...codes].map((code) => {
      const before = codesBefore[code] ?? 0;
      const now = codesNow[code] ?? 0;
      const isTelling = before >= tellingCode.users && before >= usersBefore * tellingCode.share;
      // More people in other codes are no loss to this one.
      const kept = Math.min(before, scaled(before, usersBefore, counts.users));
      const stops = isTelling && counts.users > 0 && now <= kept * (1 - this.#limits.max_code_loss);
      const expected = scaled(before, usersBefore, counts.users);
      return this.figure(`${safeText(element)} ${safeText(code)}`, before, expected, now, stops, against);
    });
  }

  figure(
    what: string,
    before: number,
    expected: number,
    now: number,
    stops: boolean,
    against: GuardFigure['against'] = 'last',
  ): GuardFigure {
    return { group: this.#group, what, before, expected: Math.round(expected), now, stops, against };
  }
}

/** Tells whether no row has changed since the last delivery. */
export function hasSameRows(counts: GroupCounts, last: GroupLedger | null): boolean {
  return counts.rows > 0 && counts.rows === last?.rows && counts.rowsFingerprint === last.rowsFingerprint;
}

/** A figure that stops a run, in words. */
export function figureText({ group, what, before, expected, now, against }: GuardFigure): string {
  switch (against) {
    case 'same rows':
      return `${group}: all ${counted(now)} rows are the same as at the last delivery`;
    case 'earlier':
      return `${group}: ${what}, up to ${counted(before)} in the last ${comparedDeliveries} deliveries, ${counted(now)} now`;
    case 'plan':
      return `${what}: ${counted(now)} of ${counted(before)}, at most ${counted(expected)} allowed`;
    case 'last':
      return `${group}: ${what}, ${counted(before)} last time, ${counted(now)} now`;
  }
}

const counted = (value: number): string => value.toLocaleString('en-US');

function scaled(before: number, totalBefore: number, totalNow: number): number {
  return totalBefore === 0 ? 0 : (before / totalBefore) * totalNow;
}
