import { safeLines, safeText } from '../core/safe-text.ts';
import type { TractOrigin } from '../poll/batch.ts';
import { crowdTexts } from '../poll/crowd-texts.ts';
import { type ModeReport, type PollReport, withoutDatesText } from '../poll/poll-report.ts';
import { type RejectReason, rejectReasons } from '../poll/reject-reasons.ts';
import { counted, countedWere, duration, errorLines, number, timeText } from './words.ts';

const outcomes: Readonly<Record<PollReport['outcome'], string>> = {
  sent: 'Sent.',
  dry_run: 'Dry run: nothing was sent, and the checkpoint was left as it was.',
  held: 'STOPPED BY THE GUARD.',
  stopped: 'STOPPED before the end.',
  failed: 'FAILED.',
};

/** How the run ended, in a sentence. */
export function outcomeText({ outcome, modes, isDiscarding, isDryRun, underWay }: PollReport): string {
  const sent = modes.reduce((sum, { books }) => sum + books.written, 0);
  if (outcome === 'dry_run') return outcomes.dry_run;
  const what = `${countedWere(sent, 'record')} ${isDiscarding ? 'made and sent nowhere' : 'sent'}`;
  if (outcome === 'sent') return isDiscarding ? `Done: ${what}.` : `Sent: ${counted(sent, 'record')}.`;
  if (isDryRun) {
    return `${outcomes[outcome]} Dry run: ${sent === 0 ? '' : `${countedWere(sent, 'record')} made before that, and `}nothing was sent.`;
  }
  const before = sent === 0 ? (underWay ? '' : 'No record was sent') : `${what} before that`;
  const middle = underWay ? underWayText(underWay) : '';
  return `${outcomes[outcome]} ${[before, middle].filter(Boolean).join('. ')}; the checkpoint says how far the run got.`;
}

/** What became of the batch that was being sent: some of it may have arrived, and all of it comes again. */
function underWayText({ records, reached, unsure }: NonNullable<PollReport['underWay']>): string {
  const have = reached.length === 0 ? '' : `${reached.join(', ')} has it, `;
  return `A batch of ${counted(records, 'record')} was under way: ${have}${unsure} may have a part, and the next run sends it again`;
}

/** How records came by a tract, or why they have none. */
export const originTexts: Readonly<Record<TractOrigin, string>> = {
  known: 'known to the warehouse',
  match: 'found',
  no_match: 'not found',
  tie: 'ambiguous',
  error: 'geocoder failed',
  no_address: 'no address',
};

/** How a geocoder came by its answers, the most frequent way first. */
export function detailsText(details: Readonly<Record<string, number>>): string {
  const ways = Object.entries(details).sort(([, a], [, b]) => b - a);
  return ways.map(([way, count]) => `${number(count)} ${safeText(way)}`).join(', ');
}

/** What became of records: none is sent by a dry run, nor where records are discarded. */
export function doneWord({ isDryRun, isDiscarding }: PollReport): 'sent' | 'made' {
  return isDryRun || isDiscarding ? 'made' : 'sent';
}

/** The report as plain text: the terminal's summary, and the mail's. */
export function pollText(report: PollReport): string {
  const lines = [`${report.title}, ${timeText(report)}`, outcomeText(report)];
  if (report.error) lines.push('', ...errorLines(report.error));
  for (const mode of report.modes) lines.push('', ...modeLines(mode, doneWord(report)));
  if (report.attempts.some(({ asked }) => asked > 0)) {
    lines.push('', 'Geocoding, distinct addresses:');
    for (const { geocoder, form, asked, match, no_match, tie, error, details } of report.attempts) {
      lines.push(
        `  ${geocoder}, ${form.replace('_', ' ')}: ${number(asked)} asked = ${number(match)} found + ${number(no_match)} not found + ${number(tie)} ambiguous + ${number(error)} failed`,
      );
      if (Object.keys(details).length > 0) lines.push(`    ${detailsText(details)}`);
    }
  }
  if (report.withoutDates > 0) lines.push('', withoutDatesText(report.withoutDates));
  const privacy = crowdTexts(report.crowds);
  if (privacy.length > 0) lines.push('', 'Privacy:', ...privacy.map((each) => `  ${each}`));
  const { warnings } = report;
  if (warnings.length > 0) lines.push('', 'Warnings:', ...warnings.map((each) => `  ${each}`));
  const places = report.destinations.join(', ');
  lines.push(
    '',
    ...(places ? [`${report.isDryRun ? 'Meant for' : 'To'} ${places}.`] : []),
    `Took ${duration(report.milliseconds)}.`,
  );
  return safeLines(lines);
}

function modeLines({ mode, books, ...rest }: ModeReport, done: 'sent' | 'made'): string[] {
  const { sentAsNew, leftToDeleted, known, tracts, isComplete, through, before } = rest;
  const leftOut = [
    ...(sentAsNew > 0 ? [`${number(sentAsNew)} ${done} as new already`] : []),
    ...(leftToDeleted > 0 ? [`${number(leftToDeleted)} deleted since`] : []),
  ];
  const lines = [
    `${mode}: ${number(books.read)} read = ${number(books.written)} ${done} + ${number(books.duplicate)} left out + ${number(books.rejected)} rejected`,
  ];
  if (leftOut.length > 0) lines.push(`  left out: ${leftOut.join(', ')}`);
  for (const [reason, count] of Object.entries(books.reasons))
    lines.push(`  ${number(count)} rejected: ${rejectReasons[reason as RejectReason]}`);
  if (books.written > 0 && (mode !== 'new' || known > 0))
    lines.push(`  ${number(known)} known to the warehouse`);
  const origins = Object.entries(tracts).filter(([, count]) => count > 0);
  if (origins.length > 0) {
    const list = origins.map(([origin, count]) => `${number(count)} ${originTexts[origin as TractOrigin]}`);
    lines.push(`  tracts: ${list.join(', ')}`);
  }
  if (!isComplete) lines.push(`  incomplete: read through ${through} of ${before}`);
  return lines;
}
