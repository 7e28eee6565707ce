import type { LoadReport } from '../load/load-report.ts';
import { rejectReasons } from '../load/rejected-person.ts';
import type { SendingReport } from '../load/roster/choose-users.ts';
import type { LeaversReport } from '../load/roster/find-leavers.ts';
import { type Html, nothing } from './html.ts';
import { list, section } from './page.ts';
import { bytes, counted, number } from './words.ts';

/** Which users the run delivers, and what becomes of those who have left, in sentences. */
export function sendingLines({ sending, leavers }: Pick<LoadReport, 'sending' | 'leavers'>): string[] {
  return [...(sending ? chosenLines(sending) : []), ...(leavers ? leaversLines(leavers) : [])];
}

/** The same as a section of the page. */
export function sendingHtml(report: Pick<LoadReport, 'sending' | 'leavers'>): Html {
  const lines = sendingLines(report);
  return lines.length === 0 ? nothing : section('What is sent', list(lines));
}

function chosenLines({ what, reason, users, of }: SendingReport): string[] {
  if (what === 'changed')
    return [
      `Sends ${number(users)} of ${counted(of, 'user')}: those that Alma does not have as they are now.`,
    ];
  return reason === null ? [] : [`Sends all ${counted(of, 'user')}: ${reason}.`];
}

function leaversLines(leavers: LeaversReport): string[] {
  const { again, waiting, users, rejected, files } = leavers;
  const lines = leftLines(leavers);
  for (const { key, size } of files) lines.push(`${key}: ${counted(users, 'leaver')}, ${bytes(size)}.`);
  for (const [reason, count] of Object.entries(rejected))
    lines.push(
      `${counted(count, 'leaver')} not expired: ${rejectReasons[reason as keyof typeof rejectReasons]}.`,
    );
  if (again > 0)
    lines.push(
      `${number(again)} of them ${again === 1 ? 'was' : 'were'} in an earlier file, which Alma is not known to have taken.`,
    );
  if (waiting > 0)
    lines.push(
      `${counted(waiting, 'user')} missing, but not for long enough to count as ${waiting === 1 ? 'a leaver' : 'leavers'}.`,
    );
  return lines;
}

function leftLines({ due, outcome, reasons, trial }: LeaversReport): string[] {
  if (outcome === 'trial' && trial)
    return [
      `Leavers, trial run ${trial.run} of ${trial.of}: ${counted(due, 'user')} would be expired; none was.`,
    ];
  if (due === 0) return [];
  const left = due === 1 ? '1 user has left' : `${number(due)} users have left`;
  return [outcome === 'sent' ? `${left}.` : `${left}, and this run expires none: ${reasons.join('; ')}.`];
}
