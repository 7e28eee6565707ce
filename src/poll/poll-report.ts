import type { Books } from '../core/books.ts';
import { newRunReport, type RunReport } from '../core/run.ts';
import type { TractOrigin } from './batch.ts';
import { type Crowds, noCrowds } from './count-crowds.ts';
import type { AttemptCounts } from './geocode.ts';
import type { PatronMode } from './ports.ts';

/** How a run ended. `sent`: all that there was, or as much as was asked for. */
export type PollOutcome = 'sent' | 'dry_run' | 'held' | 'stopped' | 'failed';

/** What became of the patrons of one mode. */
export interface ModeReport {
  readonly mode: PatronMode;
  /** Where the pass began, and the time before which it looks. */
  readonly from: string;
  readonly before: string;
  /** How far it came. */
  readonly through: string;
  /** Whether nothing is left in the window. */
  readonly isComplete: boolean;
  /** `duplicate`: patrons that another pass of this run sends, or an earlier one has sent. */
  readonly books: Books;
  readonly sentAsNew: number;
  readonly leftToDeleted: number;
  /** Patrons or addresses that the warehouse knew. */
  readonly known: number;
  readonly tracts: Readonly<Record<TractOrigin, number>>;
  readonly unknownInitialLibraries: number;
  readonly milliseconds: number;
}

/** One batch, or several that followed each other. */
export interface BatchFigures {
  readonly mode: PatronMode;
  /** Milliseconds since the start of the run at which it was sent. */
  at: number;
  batches: number;
  read: number;
  sent: number;
}

/** Everything that is to be told of a run. Counts only: no person can be recognised in it. */
export interface PollReport extends RunReport {
  outcome: PollOutcome;
  /** The checkpoint moves, and nothing is sent. */
  readonly isDiscarding: boolean;
  /** Nothing is sent, and the checkpoint does not move. */
  readonly isDryRun: boolean;
  readonly destinations: readonly string[];
  readonly modes: ModeReport[];
  readonly batches: BatchFigures[];
  /** The geocoders' answers, in addresses, by geocoder and form. */
  attempts: readonly Readonly<AttemptCounts>[];
  crowds: Crowds;
  /** Patrons that no mode can find, because Sierra has no time of them. */
  withoutDates: number;
  /** The batch that was being sent when the run ended: sinks that have it, and the one that may have a part of it. */
  underWay: {
    readonly mode: PatronMode;
    readonly records: number;
    readonly reached: readonly string[];
    readonly unsure: string;
  } | null;
  milliseconds: number;
}

/** Batches that are told one by one; of more, neighbours are told together. */
const maxBatches = 400;

/** A report in which nothing has happened yet. */
export function newPollReport(
  job: { title: string; now: Date; dryRun: boolean },
  destinations: readonly string[],
): PollReport {
  return {
    ...newRunReport(job),
    isDiscarding: destinations.length === 0,
    isDryRun: job.dryRun,
    destinations,
    modes: [],
    batches: [],
    attempts: [],
    crowds: noCrowds,
    withoutDates: 0,
    underWay: null,
    milliseconds: 0,
  };
}

/** Enters a batch that was sent. */
export function recordBatch(report: PollReport, batch: BatchFigures): void {
  const { batches } = report;
  batches.push(batch);
  if (batches.length <= maxBatches) return;
  const kept: BatchFigures[] = [];
  for (const [index, next] of batches.entries()) {
    const last = kept.at(-1);
    if (index % 2 === 0 || !last || last.mode !== next.mode) kept.push(next);
    else {
      last.at = next.at;
      last.batches += next.batches;
      last.read += next.read;
      last.sent += next.sent;
    }
  }
  batches.splice(0, batches.length, ...kept);
}

/** Patrons whom nothing can be told of but their number. */
export function withoutDatesText(count: number): string {
  return `${count} patrons have neither a creation date nor an update date in Sierra, so no mode finds them.`;
}

/** What deserves a person's look although the patrons of a mode were sent. */
export function modeWarnings({ mode, tracts, unknownInitialLibraries }: ModeReport): string[] {
  return [
    ...(tracts.error > 0
      ? [
          `${mode}: ${tracts.error === 1 ? '1 record has' : `${tracts.error} records have`} no tract because the geocoder failed.`,
        ]
      : []),
    ...(unknownInitialLibraries > 0
      ? [`${mode}: no first home library is known for ${unknownInitialLibraries} of the patrons.`]
      : []),
  ];
}
