import { dayOf, monthsAfter } from '../../core/clock.ts';

/** A date of a user, and the line where it stands. */
export interface UserDate {
  /** `2026-03-01` */
  readonly day: string;
  readonly line: number;
}

/** No study and few contracts last longer; dates beyond are typing errors, or fillers such as 2999. */
const farYears = 20;

/**
 * What a librarian would regret about the dates of a user. Alma takes them all, and a purge cannot be undone: it goes by
 * the purge date and does not look whether the account is still valid.
 */
export class LifetimeCheck {
  readonly #today: string;
  readonly #far: string;

  constructor(now: Date) {
    this.#today = dayOf(now);
    this.#far = monthsAfter(now, 12 * farYears);
  }

  /** @param warn called for each warning, with its line */
  check(
    expiry: UserDate | null,
    purge: UserDate | null,
    warn: (line: number, message: string) => void,
  ): void {
    if (expiry && purge && purge.day < expiry.day)
      warn(
        purge.line,
        '<purge_date> lies before <expiry_date>: a purge would remove an account that is valid',
      );
    if (expiry && expiry.day < this.#today)
      warn(expiry.line, '<expiry_date> has passed: the account is expired');
    if (purge && purge.day < this.#today)
      warn(purge.line, '<purge_date> has passed: the next purge removes the user, which cannot be undone');
    if (expiry) this.#checkFar('expiry_date', expiry, warn);
    if (purge) this.#checkFar('purge_date', purge, warn);
  }

  #checkFar(name: string, { day, line }: UserDate, warn: (line: number, message: string) => void): void {
    if (day > this.#far) warn(line, `<${name}> is more than ${farYears} years away: a typing error?`);
  }
}
