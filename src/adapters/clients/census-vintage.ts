/**
 * The census whose tracts a vintage of the Census Bureau has, such as `2020` for `Census2020_Current` and for
 * `ACS2023_Current`: tracts are drawn for a census and kept for ten years, Connecticut's county codes aside.
 * @returns null for a vintage that does not say, such as a number
 */
export function censusOfVintage(vintage: string, now: Date): string | null {
  const year = /^(?:Census|ACS)(\d{4})(?:_|$)/.exec(vintage)?.[1];
  if (year) return decadeOf(Number(year));
  // The tracts of a census are published in the year after it.
  return /^Current(?:_|$)/.test(vintage) ? decadeOf(now.getUTCFullYear() - 1) : null;
}

/** The census whose tracts are those of a year. */
export function decadeOf(year: number): string {
  return String(Math.floor(year / 10) * 10);
}
