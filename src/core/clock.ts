/** The time in file names, UTC: `2026-03-01_12.00.00`. Dots, because colons are not allowed in Windows names. */
export function fileStamp(now: Date): string {
  return now.toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '.');
}

/** The UTC day, `2026-03-01`. */
export function dayOf(now: Date): string {
  return now.toISOString().slice(0, 10);
}

/** The UTC day that lies so many days after `now`. */
export function daysAfter(now: Date, days: number): string {
  return dayOf(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days)));
}

/**
 * The UTC day that lies `months` after `now`, clamped to the end of the month: 2025-08-31 + 6 = 2026-02-28.
 * Always counted from `now` in one step; two clamped steps would drift (2025-08-29 + 6 + 24 is not + 30).
 */
export function monthsAfter(now: Date, months: number): string {
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1));
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(now.getUTCDate(), lastDay));
  return dayOf(first);
}
