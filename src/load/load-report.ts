import type { Books } from '../core/books.ts';
import { newRunReport, type RunReport } from '../core/run.ts';
import { safeText } from '../core/safe-text.ts';
import { mergeReadings } from '../feeds/merge-readings.ts';
import type { FileReading } from '../feeds/table-rows.ts';
import { type Suspicion, suspicions } from './alma/odd-characters.ts';
import type { GroupTally, LeftOutRow, ListedRow } from './group-tally.ts';
import { type GuardFigure, hasSameRows } from './guard.ts';
import { changedInputs } from './inputs.ts';
import type { LoadGroup } from './job.ts';
import type { GroupCounts, GroupLedger } from './ledger.ts';
import type { Receipt } from './ports.ts';
import type { SendingReport } from './roster/choose-users.ts';
import type { LeaversReport } from './roster/find-leavers.ts';
import type { Plan } from './roster/plan.ts';
import type { SisReport } from './sis-job/sis-report.ts';
import type { TableReport } from './table-report.ts';
import type { Archive } from './write-zip.ts';

/** How a run ended. `dry_run`: a dry run; `written`: to a directory of one's own. In both nothing was to be delivered. */
export type LoadOutcome = 'delivered' | 'written' | 'dry_run' | 'held' | 'stopped' | 'failed';

export interface GroupReport {
  readonly name: string;
  /** False for a group that was only read because it comes before the one that was asked for. */
  readonly delivered: boolean;
  readonly books: Books;
  readonly counts: GroupCounts;
  /** What the ledger holds of the last deliveries; null at the first. */
  readonly last: GroupLedger | null;
  /** What the users are made with and was not the same at the last delivery; null where that is not known. */
  readonly changedInputs: readonly string[] | null;
  readonly listed: readonly ListedRow[];
  /** Values that were cut to Alma's length, by element. */
  readonly cut: Readonly<Record<string, number>>;
  readonly removedCharacters: number;
  readonly repeatedIdentifiers: number;
  /** By reason, how many were rejected because of each element. */
  readonly blamed: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Identifiers that users go without because they are primary ids of others. */
  readonly leftOutIdentifiers: number;
  /** The first users that go without an identifier. */
  readonly leftOut: readonly LeftOutRow[];
  /** Users with an expiry or purge date that is decades ahead. */
  readonly farAhead: number;
  /** Identifiers from which invisible characters were taken away, by element. */
  readonly unveiled: Readonly<Record<string, number>>;
  /** Values that look damaged, by suspicion and element. */
  readonly suspicious: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Rows of a query with people who are in another of its rows. */
  readonly repeatedByQuery: number;
  /** How many people each rule leaves out. */
  readonly skipped: Readonly<Record<string, number>>;
  /** What became of the lines of the group's files; null for a database. */
  readonly file: FileReading | null;
  readonly files: readonly { key: string; size: number; sha256: string; users: number; xmlFiles: number }[];
}

/** What a report tells of the files of rejected rows. */
export interface SavedRejects {
  readonly rows: number;
  /** None where a trial wrote no file. */
  readonly files: readonly { readonly place: string; readonly rows: number }[];
}

/** Everything that is to be told of a run: what the terminal, the page, the mail and `--json` show. */
export interface LoadReport extends RunReport {
  outcome: LoadOutcome;
  /** Milliseconds by step, in order. */
  readonly durations: Record<string, number>;
  /** The tables from which groups are made; none where groups read a source as it is. */
  readonly tables: TableReport[];
  readonly groups: GroupReport[];
  /** What the delivery changes for Alma; null without a roster, and before the first delivery with one. */
  plan: Plan | null;
  /** Which users are delivered; null without a roster. */
  sending: SendingReport | null;
  /** Null where the job sends no leavers, and before there is a roster. */
  leavers: LeaversReport | null;
  /** The files of rejected rows; null where none are written. */
  rejects: SavedRejects | null;
  /** What Alma made of the delivery; null where it was not asked. */
  alma: SisReport | null;
  readonly guard: GuardFigure[];
  /** Why files cannot be trusted as a whole, in sentences. */
  readonly untrusted: string[];
  /** The guard was told to let a drop pass. */
  acceptedDrop: boolean;
  /** By lookup table, the codes that it lacks, or shapes such as `like 999-99-9999`, and how often each was met. */
  unmappedValues: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Lookup tables in which codes stand twice with different values. */
  readonly repeatedKeys: Readonly<Record<string, readonly string[]>>;
  readonly destination: string;
  readonly receipts: Receipt[];
  /** Old files that were removed, or in a dry run would be. */
  readonly removed: string[];
  /** Where the guard keeps the files that it held back. */
  heldAt: string | null;
  /** Files that the guard had held and that this run was to deliver; null for a run that read the source. */
  fromHeld: { readonly directory: string; readonly madeAt: string; readonly removed: boolean } | null;
}

/** A report in which nothing has happened yet. */
export function newReport(
  job: { title: string; now: Date; repeatedKeys?: LoadReport['repeatedKeys'] },
  destination: string,
): LoadReport {
  return {
    ...newRunReport(job),
    durations: {},
    tables: [],
    groups: [],
    plan: null,
    sending: null,
    leavers: null,
    rejects: null,
    alma: null,
    guard: [],
    untrusted: [],
    acceptedDrop: false,
    unmappedValues: {},
    repeatedKeys: job.repeatedKeys ?? {},
    destination: safeText(destination),
    receipts: [],
    removed: [],
    heldAt: null,
    fromHeld: null,
  };
}

export function groupReport(
  { name, inputs, relation }: Pick<LoadGroup, 'name' | 'inputs' | 'relation'>,
  tally: GroupTally,
  last: GroupLedger | null,
  archives: readonly Archive[] | null,
): GroupReport {
  return {
    name,
    delivered: archives !== null,
    books: tally.books(),
    counts: tally.counts(last),
    last,
    changedInputs: last && changedInputs(last.inputs, inputs),
    listed: tally.listed(),
    cut: tally.cut(),
    removedCharacters: tally.removedCharacters,
    repeatedIdentifiers: tally.repeatedIdentifiers,
    blamed: tally.blamed(),
    leftOutIdentifiers: tally.leftOutIdentifiers,
    leftOut: tally.leftOut(),
    farAhead: tally.farAhead,
    unveiled: tally.unveiled(),
    suspicious: tally.suspicious(),
    file: mergeReadings(tally.files),
    skipped: tally.skipped(),
    repeatedByQuery: relation.query === undefined ? 0 : tally.repeatedPeople,
    files: (archives ?? []).map(({ key, size, sha256, users, xmlFiles }) => ({
      key,
      size,
      sha256,
      users,
      xmlFiles,
    })),
  };
}

/** Elements whose absence a librarian will hear of at the desk; the report warns where a template fills them and a value was missing. */
const missed = ['first_name', 'last_name', 'user_group', 'expiry_date'];

/** What deserves a person's look although the run succeeded. */
export function groupWarnings(report: GroupReport): string[] {
  const warnings = [...peopleWarnings(report), ...valueWarnings(report)];
  return [
    ...warnings.map((warning) => `${report.name}: ${warning}`),
    ...(report.file ? fileWarnings(report.name, report.file) : []),
  ];
}

function peopleWarnings({ books, counts, last, farAhead, repeatedByQuery }: GroupReport): string[] {
  const warnings: string[] = [];
  if (repeatedByQuery > 0)
    warnings.push(
      `the query returned ${repeatedByQuery === 1 ? '1 more row' : `${repeatedByQuery} more rows`} of people whom it had returned already. The first row of each counts.`,
    );
  if (hasSameRows(counts, last)) {
    const day = last?.madeAt ? ` of ${last.madeAt.slice(0, 10)}` : '';
    warnings.push(
      `all ${counts.rows} rows are the same as at the last delivery${day}. Check whether the source sent a new feed.`,
    );
  }
  for (const element of missed) {
    const without = books.written - (counts.elements[element] ?? books.written);
    if (without > 0) warnings.push(`${people(without)} without ${element}.`);
  }
  if (counts.expired) warnings.push(`${people(counts.expired)} with an expiry date that has passed.`);
  if (farAhead > 0)
    warnings.push(`${people(farAhead)} with an expiry or purge date more than 30 years ahead.`);
  return warnings;
}

function valueWarnings(report: GroupReport): string[] {
  const { cut, removedCharacters, repeatedIdentifiers, leftOutIdentifiers, unveiled, suspicious } = report;
  const warnings: string[] = [];
  for (const [element, values] of Object.entries(cut))
    warnings.push(`${counted(values, 'value')} of ${element} cut to the length that Alma accepts.`);
  if (removedCharacters > 0)
    warnings.push(
      `${counted(removedCharacters, 'character')} that no XML file may hold ${removedCharacters === 1 ? 'was' : 'were'} removed.`,
    );
  if (repeatedIdentifiers > 0)
    warnings.push(
      `${counted(repeatedIdentifiers, 'identifier')} left out because the same user already has it.`,
    );
  if (leftOutIdentifiers > 0)
    warnings.push(
      `${leftOutIdentifiers} ${leftOutIdentifiers === 1 ? 'identifier' : 'identifiers'} left out because another user has the same as primary id.`,
    );
  for (const [element, values] of Object.entries(unveiled))
    warnings.push(`invisible characters were removed from ${counted(values, 'value')} of ${element}.`);
  for (const [suspicion, elements] of Object.entries(suspicious)) {
    const where = Object.entries(elements).map(([element, values]) => `${element} ${values}×`);
    warnings.push(`values ${suspicions[suspicion as Suspicion]}: ${where.join(', ')}.`);
  }
  return warnings;
}

/** Traces of files that were put together. */
function fileWarnings(name: string, { repeatedHeaders, marks }: FileReading): string[] {
  const warnings: string[] = [];
  if (repeatedHeaders > 0)
    warnings.push(
      `${name}: the header is repeated ${counted(repeatedHeaders, 'time')} in the file; the repeats were left out. Check whether several files were joined.`,
    );
  if (marks > 0)
    warnings.push(
      `${name}: ${counted(marks, 'byte order mark or end mark', 'byte order marks or end marks')} inside the file left out. Check whether several files were joined.`,
    );
  return warnings;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}

function people(count: number): string {
  return count === 1 ? '1 person is written' : `${count} people are written`;
}
