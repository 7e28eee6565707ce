import { safeLines } from '../core/safe-text.ts';
import { type BackfillPlan, utcText } from '../poll/backfill/plan.ts';
import type { BackfillReport } from '../poll/backfill/run-ranges.ts';
import { counted, duration, errorLines, number, timeText } from './words.ts';

const outcomes: Readonly<Record<BackfillReport['outcome'], string>> = {
  done: 'Done: all of these ranges were sent.',
  incomplete: 'NOT COMPLETE: some ranges failed, or another run works on them.',
  held: 'STOPPED BY THE GUARD.',
  stopped: 'STOPPED before the end. Run it again: it goes on where it was.',
  failed: 'FAILED. Run it again once the cause is mended: it goes on where it was.',
};

/** What a run of a back-fill came to, as plain text. */
export function backfillText(report: BackfillReport): string {
  const lines = [`${report.title}, back-fill, ${timeText(report)}`, outcomes[report.outcome]];
  if (report.error) lines.push('', ...errorLines(report.error));
  const of = (outcome: string) => report.ranges.filter((range) => range.outcome === outcome);
  const sum = (pick: (of: BackfillReport['ranges'][number]) => number) =>
    report.ranges.reduce((total, each) => total + pick(each), 0);
  lines.push(
    '',
    `Ranges: ${of('done').length} done, ${of('done before').length} done before, ${of('elsewhere').length} under way elsewhere, ${of('failed').length} failed`,
    `Records: ${number(sum(({ sent }) => sent))} sent, ${number(sum(({ rejected }) => rejected))} rejected`,
    ...of('failed').map(
      ({ range, error }) => `  range ${range}: ${error?.message ?? 'it did not come to its end'}`,
    ),
  );
  if (report.before !== '') lines.push('', handoverText(report.before));
  if (report.warnings.length > 0) lines.push('', 'Warnings:', ...report.warnings.map((each) => `  ${each}`));
  lines.push('', `Took ${duration(report.milliseconds)}.`);
  return safeLines(lines);
}

/** A plan, and how long it is expected to take. @param perSecond hashes that this machine makes in a second */
export function planLines(plan: BackfillPlan, place: string, perSecond: number): string[] {
  const milliseconds = (plan.patrons * hashesOfPatron * 1000) / perSecond;
  return [
    `${counted(plan.patrons, 'patron')} in ${counted(plan.ranges.length, 'range')}, written to ${place}.`,
    `This machine makes ${number(Math.round(perSecond))} hashes a second: ${duration(milliseconds)} for all, and what the geocoders need.`,
    handoverText(plan.before),
  ];
}

/** Of the id and of the address. */
const hashesOfPatron = 2;

function handoverText(before: string): string {
  return `It has patrons that were created before ${utcText(before)}. The daily poll must begin at that time or earlier.`;
}
