import type { RunReport } from '../core/run.ts';

/** `2026-03-01 12:00:00 UTC` */
export function timeText({ startedAt }: { readonly startedAt: string }): string {
  return `${startedAt.slice(0, 19).replace('T', ' ')} UTC`;
}

export const number = (value: number): string => value.toLocaleString('en-US');

/** What ended a run, what its reader should do, and the code that docs/errors.md knows it by. */
export function errorLines({ message, hint, code }: NonNullable<RunReport['error']>): string[] {
  return [...message.split('\n'), hint, `Error code ${code}`].filter((line) => line !== '');
}

/** `1 file`, `2 files` */
export function counted(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `1 record was`, `2 records were` */
export function countedWere(value: number, noun: string): string {
  return `${counted(value, noun)} ${value === 1 ? 'was' : 'were'}`;
}

/** `+1,204 (+3.1 %)`, with the sign that is as wide as a plus; `0` */
export function change(before: number, now: number): string {
  const signed = (value: number, digits: number) =>
    `${value > 0 ? '+' : '−'}${Math.abs(value).toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
  if (now === before) return '0';
  if (before === 0) return signed(now, 0);
  const percent = ((now - before) / before) * 100;
  return `${signed(now - before, 0)} (${signed(percent, Math.abs(percent) < 10 ? 1 : 0)} %)`;
}

/** `4.2 MB` */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const units = ['kB', 'MB', 'GB'];
  const power = Math.min(Math.floor(Math.log10(value) / 3), units.length);
  return `${(value / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** `2.4 s`, `3 min 20 s`, `5 h 12 min` */
export function duration(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min ${seconds % 60} s`;
  return `${number(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}
