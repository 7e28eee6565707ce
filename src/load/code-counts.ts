/** Different values counted of one element. So many are no codes, and only take memory. */
const countedValues = 2000;

/** Codes listed of one element. */
const listedCodes = 200;

/** Users that must share a code before it is listed: what only a few have may name them. */
const sharedBy = 10;

/** Users for each different value, at least, in an element of more than a few different values: names have fewer. */
const usersPerCode = 10;
const fewCodes = 20;

/** Under this name the users of all values that are not listed are counted. */
export const otherCodes = '(others)';

/** Counts the users with each value of a coded element, such as `user_group`. */
export class CodeCounts {
  readonly #counts = new Map<string, number>();
  #users = 0;
  #hasMore = false;

  add(code: string, users = 1): void {
    this.#users += users;
    const before = this.#counts.get(code);
    if (before === undefined && this.#counts.size >= countedValues) this.#hasMore = true;
    else this.#counts.set(code, (before ?? 0) + users);
  }

  /**
   * The codes, most frequent first. An element may hold what is no code, such as a name: only values that
   * look like codes and that many share are listed.
   * @param known codes that the ledger has already; they are listed however few users have them now
   */
  listed(known: Readonly<Record<string, number>> = {}): Record<string, number> {
    const distinct = this.#counts.size;
    const areCodes = !this.#hasMore && (distinct <= fewCodes || this.#users >= distinct * usersPerCode);
    const listed = [...this.#counts]
      .filter(
        ([code, users]) =>
          Object.hasOwn(known, code) || (areCodes && users >= sharedBy && looksLikeCode(code)),
      )
      .sort(([a, inA], [b, inB]) => inB - inA || (a < b ? -1 : 1))
      .slice(0, listedCodes);
    const others = listed.reduce((left, [, users]) => left - users, this.#users);
    return Object.fromEntries(others > 0 ? [...listed, [otherCodes, others]] : listed);
  }
}

/** Tells whether a value could be a code: short, without the signs of names, addresses and dates, and not a long number. */
function looksLikeCode(value: string): boolean {
  const digits = value.replace(/\P{Nd}/gu, '').length;
  return digits < 8 && /^[\p{L}\p{N}][\p{L}\p{M}\p{N} _./&+:-]{0,49}$/u.test(value);
}
