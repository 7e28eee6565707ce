/** `2026-03-01 12:00:00 UTC` */
export function timeText({ startedAt }: { readonly startedAt: string }): string {
  return `${startedAt.slice(0, 19).replace('T', ' ')} UTC`;
}

export const number = (value: number): string => value.toLocaleString('en-US');

/** `4.2 MB` */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const units = ['kB', 'MB', 'GB'];
  const power = Math.min(Math.floor(Math.log10(value) / 3), units.length);
  return `${(value / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** `2.4 s` */
export function duration(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
