import { safeLines } from '../core/safe-text.ts';
import { utcText } from '../poll/backfill/handover.ts';
import type { QueueProgress } from '../poll/backfill/queue-progress.ts';
import { counted, duration, number } from './words.ts';

/** How far a back-fill is, as plain text. @param now milliseconds since 1970 */
export function queueText(progress: QueueProgress, now: number): string {
  const { workers, failed } = progress;
  const lines = [headline(progress), ...progressLines(progress)];
  if (workers.length > 0) lines.push('', 'Workers:');
  for (const { worker, running, done, perMinute, lastAt } of workers) {
    const at =
      running.length > 0 ? `works on ${running.join(' and ')}` : `idle for ${duration(now - lastAt)}`;
    lines.push(`  ${worker}: ${at}; ${counted(done, 'range')} done; ${pace(perMinute)} patrons a minute`);
  }
  if (failed.length > 0) lines.push('', 'Set aside. Fix the cause, then run: patronflow backfill retry');
  for (const { range, tries, why, worker } of failed)
    lines.push(`  range ${range}, ${tries} tries, last on ${worker ?? 'an unknown worker'}: ${why ?? ''}`);
  lines.push('', handoverText(progress));
  return safeLines(lines);
}

export function headline({ ranges, isPaused }: QueueProgress): string {
  if (ranges.waiting + ranges.running === 0)
    return ranges.failed === 0 ? 'Done: every range was sent.' : 'NOT COMPLETE: some ranges were set aside.';
  if (isPaused) return 'Paused. To resume: patronflow backfill resume';
  return ranges.running > 0 ? 'Under way.' : 'No worker is running. Start one: patronflow backfill work';
}

export function progressLines({ patrons, ranges, perMinute, leftMs, atOnce }: QueueProgress): string[] {
  const share = patrons.all === 0 ? 100 : Math.floor((patrons.done / patrons.all) * 100);
  const lines = [
    `${number(patrons.done)} of ${number(patrons.all)} patrons are in ranges that are done (${share} %).`,
    `Ranges: ${number(ranges.done)} done, ${number(ranges.running)} running, ${number(ranges.waiting)} waiting, ${number(ranges.failed)} set aside`,
  ];
  if (atOnce !== null) lines.push(`At most ${counted(atOnce, 'range')} at a time.`);
  if (leftMs !== null && ranges.waiting + ranges.running > 0)
    lines.push(`${pace(perMinute)} patrons a minute: ${duration(leftMs)} left`);
  return lines;
}

/** Patrons a minute; 0 where no range was done lately. */
export function pace(perMinute: number | null): string {
  return number(Math.round(perMinute ?? 0));
}

export function handoverText({ before }: Pick<QueueProgress, 'before'>): string {
  return `The plan has the patrons that were created before ${utcText(before)}. The daily poll must begin at that time or earlier.`;
}
