import { safeLines } from '../core/safe-text.ts';
import type { BackfillPlan } from '../poll/backfill/plan.ts';
import type { BackfillReport } from '../poll/backfill/run-ranges.ts';
import { hashesOfPatron, type Sample } from '../poll/backfill/sample.ts';
import { handoverText } from './queue-text.ts';
import { counted, duration, errorLines, number, timeText } from './words.ts';

const outcomes: Readonly<Record<BackfillReport['outcome'], string>> = {
  done: 'Done: all of these ranges were sent.',
  incomplete: 'NOT COMPLETE: some ranges failed, or another run works on them.',
  held: 'STOPPED BY THE GUARD.',
  stopped: 'STOPPED before the end. Run it again: it resumes where it stopped.',
  failed: 'FAILED. Fix the cause and run it again: it resumes where it stopped.',
};

/** What a run of a back-fill came to, as plain text. */
export function backfillText(report: BackfillReport): string {
  const lines = [`${report.title}, back-fill, ${timeText(report)}`, outcomes[report.outcome]];
  if (report.error) lines.push('', ...errorLines(report.error));
  const of = (outcome: string) => report.ranges.filter((range) => range.outcome === outcome);
  const sum = (book: 'written' | 'rejected') =>
    report.ranges.reduce((total, { books }) => total + (books?.[book] ?? 0), 0);
  lines.push(
    '',
    `Ranges: ${of('done').length} done, ${of('done before').length} done before, ${of('elsewhere').length} under way elsewhere, ${of('failed').length} failed`,
    `Records: ${number(sum('written'))} sent, ${number(sum('rejected'))} rejected`,
    ...of('failed').map(({ range, error }) => `  range ${range}: ${error?.message ?? 'it did not finish'}`),
  );
  if (report.before !== '') lines.push('', handoverText(report));
  if (report.warnings.length > 0) lines.push('', 'Warnings:', ...report.warnings.map((each) => `  ${each}`));
  lines.push('', `Took ${duration(report.milliseconds)}.`);
  return safeLines(lines);
}

/** A plan, what it writes where, and how long it is expected to take. @param sample null where there is no patron */
export function planLines(
  plan: BackfillPlan,
  place: string,
  sinks: readonly string[],
  sample: Sample | null,
): string[] {
  return [
    `${counted(plan.patrons, 'patron')} in ${counted(plan.ranges.length, 'range')}, written to ${place}.`,
    sinks.length === 0
      ? 'Records are made and sent nowhere.'
      : `One record for each patron goes to ${sinks.join(' and to ')}.`,
    ...(sample ? sampleLines(plan, sample) : []),
    handoverText(plan),
  ];
}

function sampleLines({ patrons }: BackfillPlan, sample: Sample): string[] {
  const { hashesPerSecond, milliseconds, known, asked } = sample;
  const scale = patrons / sample.patrons;
  const hashing = (patrons * hashesOfPatron * 1000) / hashesPerSecond;
  const rest = Math.max(0, milliseconds * scale - hashing);
  const questions = asked.map(
    ({ geocoder, addresses }) => `${geocoder} about ${number(Math.round(addresses * scale))}`,
  );
  return [
    `This machine makes ${number(Math.round(hashesPerSecond))} hashes a second: ${duration(hashing)} for all.`,
    `Of ${counted(sample.patrons, 'patron')} in a sample, ${number(known)} have a tract that the warehouse knows. At that rate the geocoders are asked for this many addresses: ${questions.join(', ') || 'none'}.`,
    `Look-ups and geocoding take ${duration(rest)} at most: a full batch is faster than the sample, and the next one is hashed meanwhile.`,
  ];
}
