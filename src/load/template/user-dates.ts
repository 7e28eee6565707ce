import { dayOf, monthsAfter } from '../../core/clock.ts';
import { RejectedPerson } from '../rejected-person.ts';
import type { TemplateProblem } from './parse.ts';

/** The two dates that end a user, by the names of their elements. */
export const endDates = ['expiry_date', 'purge_date'] as const;
export type EndDate = (typeof endDates)[number];

/** Values of a user's end dates; '' where there is none. */
export type EndDates = Record<EndDate, string>;

/** Beyond it a date is taken for a slip: no one is known to be a patron for so long. */
const farthestMonths = 30 * 12;

/** What a user's end dates are compared with: days of the run, as `YYYY-MM-DD`. */
export class DateRules {
  readonly #today: string;
  readonly #farthest: string;

  constructor(now: Date) {
    this.#today = dayOf(now);
    this.#farthest = monthsAfter(now, farthestMonths);
  }

  /** What is wrong with dates that every user of a template has, with the line of each. */
  problems(written: readonly { name: EndDate; value: string; line: number }[]): TemplateProblem[] {
    const dates = { expiry_date: '', purge_date: '' };
    for (const { name, value } of written) dates[name] = dayIn(value);
    const problems: TemplateProblem[] = [];
    for (const { name, line } of written) {
      const day = dates[name];
      if (day < this.#today)
        problems.push({
          line,
          message: `${name} is ${day} for every user, which is before the day of the run`,
        });
      else if (day > this.#farthest)
        problems.push({ line, message: `${name} is ${day} for every user, more than 30 years ahead` });
      if (name === 'purge_date' && day < dates.expiry_date)
        problems.push({ line, message: `purge_date is ${day}, before expiry_date, ${dates.expiry_date}` });
    }
    return problems;
  }

  /**
   * Looks at the dates of one user.
   * @throws RejectedPerson where Alma would purge a user who has not expired, or one of today
   */
  look(dates: EndDates): 'as usual' | 'expired' | 'far ahead' {
    const expiry = dayIn(dates.expiry_date);
    const purge = dayIn(dates.purge_date);
    if (purge !== '' && (purge < this.#today || purge < expiry))
      throw new RejectedPerson('purge_too_early', 'purge_date');
    if (expiry !== '' && expiry < this.#today) return 'expired';
    return expiry > this.#farthest || purge > this.#farthest ? 'far ahead' : 'as usual';
  }
}

/** The day of a date, which may have a zone behind it; days of one form are in the order of their texts. */
const dayIn = (date: string): string => date.slice(0, 10);
