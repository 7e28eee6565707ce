import { safeLines, safeText } from '../core/safe-text.ts';
import type { LeftOutRow, ListedRow } from '../load/group-tally.ts';
import { figureText } from '../load/guard.ts';
import type { GroupReport, LoadReport } from '../load/load-report.ts';
import type { PersonPlace } from '../load/people-register.ts';
import { rejectReasons } from '../load/rejected-person.ts';
import { almaLines, almaOutcome } from './alma-result.ts';
import { changesOf, codeRows } from './changes.ts';
import { planLines } from './plan.ts';
import { rejectsLines } from './rejects.ts';
import { sendingLines } from './sending.ts';
import { ruleLines, skippedText, tableLines } from './tables.ts';
import { bytes, counted, countedWere, duration, errorLines, number, timeText } from './words.ts';

const outcomes: Readonly<Record<LoadReport['outcome'], string>> = {
  delivered: 'Delivered.',
  written: 'Written to the --out directory; nothing was delivered to Alma.',
  dry_run: 'Dry run: nothing was delivered.',
  held: 'STOPPED BY THE GUARD: nothing was delivered.',
  stopped: 'STOPPED before the end.',
  failed: 'FAILED.',
};

/** How the run ended, in a sentence. */
export function outcomeText(report: LoadReport): string {
  if (report.outcome !== 'failed' && report.outcome !== 'stopped')
    return [outcomes[report.outcome], almaOutcome(report.alma)].filter(Boolean).join(' ');
  const visible =
    report.receipts.length === 0
      ? 'No new file was delivered.'
      : `${countedWere(report.receipts.length, 'new file')} delivered before that.`;
  return `${outcomes[report.outcome]} ${visible}`;
}

/** What the figures that stop a run are told under. */
export function guardTitle({ acceptedDrop }: LoadReport): string {
  return acceptedDrop ? 'Drops that were accepted' : 'What the guard saw';
}

/** Where a row is, for a person: `staff, row 17`, with its key where the report holds it. */
export function placeText(place: ListedRow['place']): string {
  if ('line' in place) {
    const file = place.file === undefined ? '' : `${safeText(place.file)}, `;
    return `${place.group}, ${file}${place.lines > 1 ? 'lines' : 'line'} ${linesText(place)}`;
  }
  const key = place.key === undefined ? '' : ` (${safeText(place.key)})`;
  return `${place.group}, ${rowText(place)}${key}`;
}

/** `row 17`; `people.txt, line 18` where the source says it. */
function rowText({ row, at }: PersonPlace): string {
  return at ? `${safeText(at.file)}, line ${safeText(at.line)}` : `row ${row}`;
}

/** `17`, or `17 to 19`. */
export function linesText({ line, lines }: { readonly line: number; readonly lines: number }): string {
  return lines > 1 ? `${line} to ${line + lines - 1}` : String(line);
}

/** `6 lines = 1 header + 4 rows + 1 blank + 0 unreadable`: what became of the lines of a file. */
function fileText({
  lines,
  header,
  rows,
  blank,
  skipped,
  unreadable,
}: NonNullable<GroupReport['file']>): string {
  return `${counted(lines, 'line')} = ${number(header)} header + ${number(rows)} rows + ${number(blank)} blank + ${skipped > 0 ? `${number(skipped)} ignored + ` : ''}${number(unreadable)} unreadable`;
}

/** Why a row was left out. */
export function reasonText({ reason, element, fields, first }: ListedRow): string {
  const what = reason === 'duplicate' ? 'the person is in an earlier row' : rejectReasons[reason];
  return `${what}${element ? `: ${element}` : ''}${fields ? `: ${fields[0]}, not ${fields[1]}` : ''}${first ? `; first: ${placeText(first)}` : ''}`;
}

/** Which identifier a user goes without. */
export function leftOutText({ place, element, owner }: LeftOutRow): string {
  return `${placeText(place)}: ${element} is the primary id of ${placeText(owner)}`;
}

/** Why people were rejected, with the elements that are to blame: `a value that … (expiry_date 12, gender 1)`. */
export function countedReason(reason: string, { blamed }: Pick<GroupReport, 'blamed'>): string {
  const elements = Object.entries(blamed[reason] ?? {}).sort(([, a], [, b]) => b - a);
  const list = elements.map(([element, count]) => `${element} ${number(count)}×`).join(', ');
  return rejectReasons[reason as keyof typeof rejectReasons] + (list && ` (${list})`);
}

/** The report as plain text: the terminal's summary, and the mail's. */
export function loadText(report: LoadReport): string {
  const lines = [`${report.title}, ${timeText(report)}`, outcomeText(report)];
  if (report.error) lines.push('', ...errorLines(report.error));
  if (report.alma) lines.push('', ...almaLines(report.alma));
  if (report.plan) lines.push('', ...planLines(report.plan));
  const sending = sendingLines(report);
  if (sending.length > 0) lines.push('', ...sending);
  const tables = tableLines(report);
  if (tables.length > 0) lines.push('', ...tables);
  for (const group of report.groups) lines.push('', ...groupLines(group));
  const stopping = report.guard.filter(({ stops }) => stops);
  if (report.untrusted.length > 0)
    lines.push('', 'Feeds that cannot be trusted:', ...report.untrusted.map((reason) => `  ${reason}`));
  if (stopping.length > 0) {
    lines.push('', `${guardTitle(report)}:`, ...stopping.map((figure) => `  ${figureText(figure)}`));
  }
  lines.push(...changeLines(report));
  for (const [map, codes] of Object.entries(report.unmappedValues)) {
    const list = unmappedRows(codes).map(([code, count]) => `${code} ${count}`);
    lines.push('', `${unmappedTitle(map)}: ${list.join(', ')}`);
  }
  for (const [map, codes] of Object.entries(report.repeatedKeys)) {
    lines.push('', repeatedText(map, codes));
  }
  if (report.warnings.length > 0)
    lines.push('', 'Warnings:', ...report.warnings.map((warning) => `  ${warning}`));
  const rejected = report.groups.flatMap(({ delivered, listed }) => (delivered ? fewOfEach(listed) : []));
  if (rejected.length > 0) {
    lines.push('', `Rejected rows, the first ${shownRows} of each group and reason:`);
    lines.push(...rejected.map((row) => `  ${placeText(row.place)}: ${reasonText(row)}`));
  }
  const toMend = rejectsLines(report);
  if (toMend.length > 0) lines.push('', ...toMend);
  const leftOut = report.groups.flatMap((group) =>
    group.delivered ? group.leftOut.slice(0, shownRows) : [],
  );
  if (leftOut.length > 0) {
    lines.push('', `Identifiers left out, the first ${shownRows} of each group:`);
    lines.push(...leftOut.map((row) => `  ${leftOutText(row)}`));
  }
  const steps = durations(report);
  lines.push('', ...deliveryLines(report), '', `Took ${duration(tookMs(report))}${steps && `: ${steps}`}.`);
  return safeLines(lines);
}

/** What a lookup table lacks, for people: each with how often it was met. */
export function unmappedRows(codes: Readonly<Record<string, number>>): (readonly [string, string])[] {
  return Object.entries(codes).map(([code, count]) => [
    code === '' ? '(empty)' : safeText(code),
    `${number(count)}×`,
  ]);
}

export const unmappedTitle = (table: string): string => `Unmapped values of ${safeText(table)}`;

/** Repeated codes shown. */
const shownRepeated = 20;

export function repeatedText(table: string, codes: readonly string[]): string {
  const more = codes.length - shownRepeated;
  const shown = codes.slice(0, shownRepeated).map(safeText).join(', ');
  return `Duplicate codes in ${safeText(table)}, of which the last is used: ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Rows shown for each reason where space is dear; the page has more. */
const shownRows = 10;

function fewOfEach(listed: readonly ListedRow[]): readonly ListedRow[] {
  const shown = new Map<string, number>([['duplicate', shownRows]]);
  return listed.filter(({ reason }) => {
    const count = shown.get(reason) ?? 0;
    shown.set(reason, count + 1);
    return count < shownRows;
  });
}

/** Changes shown where space is dear. */
const shownChanges = 5;

function changeLines(report: LoadReport): string[] {
  const { outliers } = changesOf(report);
  if (outliers.length === 0) return [];
  const shown = outliers
    .slice(0, shownChanges)
    .map(
      ({ group, what, before, expected, now }) =>
        `  ${group}: ${what}, ${number(before)} last time, ${number(expected)} expected at the current number of people, ${number(now)} now`,
    );
  const more = outliers.length - shown.length;
  return [
    '',
    'Compared with the last delivery:',
    ...shown,
    ...(more > 0 ? [`  and ${counted(more, 'smaller change')}`] : []),
  ];
}

/** Codes shown of each element. */
const shownCodes = 8;

/** A line for each element whose codes tell the users apart. */
function codeLines(group: GroupReport): string[] {
  return codeRows(group)
    .filter(([, codes]) => codes.length > 1)
    .map(([element, codes]) => {
      const shown = codes.slice(0, shownCodes).map(({ code, now }) => `${code} ${number(now)}`);
      const more = codes.length - shown.length;
      const name = element.slice(element.lastIndexOf('/') + 1);
      return `  ${name}: ${shown.join(', ')}${more > 0 ? `, ${counted(more, 'more code')}` : ''}`;
    });
}

function groupLines(group: GroupReport): string[] {
  const { name, delivered, books, last, changedInputs, files, file } = group;
  const before = last ? ` (${number(last.users)} last time)` : '';
  const lines = [
    `${name}: ${number(books.read)} read = ${number(books.written)} written${before} + ${number(books.duplicate)} duplicate${skippedText(group)} + ${number(books.rejected)} rejected` +
      (delivered ? '' : ' (read for precedence only)'),
  ];
  if (file) lines.push(`  ${fileText(file)}`);
  for (const [reason, count] of Object.entries(books.reasons)) {
    lines.push(`  ${number(count)} rejected: ${countedReason(reason, group)}`);
  }
  lines.push(...ruleLines(group).map((line) => `  ${line}`));
  if (changedInputs && changedInputs.length > 0)
    lines.push(`  changed since the last delivery: ${changedInputs.join(', ')}`);
  if (delivered) lines.push(...codeLines(group));
  for (const { key, size, users, xmlFiles } of files) {
    lines.push(`  ${key}: ${counted(users, 'user')} in ${counted(xmlFiles, 'XML file')}, ${bytes(size)}`);
  }
  return lines;
}

/** Where the files came from, when the guard had held them; '' for a run that made them. */
export function heldText({ outcome, fromHeld }: LoadReport): string {
  if (!fromHeld) return '';
  const { directory, madeAt, removed } = fromHeld;
  const files = `The files that the guard held in ${directory}, made on ${madeAt.slice(0, 16).replace('T', ' ')} UTC`;
  if (outcome === 'dry_run') return `${files}, would be delivered and removed.`;
  return removed ? `${files}. They were removed there.` : `${files}. They are still there.`;
}

function deliveryLines(report: LoadReport): string[] {
  const { outcome, destination, receipts, removed, groups } = report;
  const held = [heldText(report)].filter(Boolean);
  if (outcome === 'dry_run') {
    const files = groups.flatMap((group) => group.files.map(({ key }) => key));
    return [
      ...held,
      `Would deliver to ${destination}: ${files.join(', ') || 'nothing'}`,
      `Would remove there: ${removed.map(safeText).join(', ') || 'nothing'}`,
    ];
  }
  return [
    ...held,
    `To ${destination}: ${receipts.length} delivered, ${removed.length} old removed.`,
    ...receipts.map(({ location, size }) => `  ${safeText(location)} (${bytes(size)}, verified)`),
  ];
}

/** What each step took. */
export function durations({ durations }: LoadReport): string {
  return Object.entries(durations)
    .map(([step, each]) => `${step} ${duration(each)}`)
    .join(', ');
}

/** What the whole run took. */
export function tookMs({ durations }: LoadReport): number {
  return Object.values(durations).reduce((sum, each) => sum + each, 0);
}
