import { PatronflowError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-name.ts';
import { safeText } from '../core/safe-text.ts';
import type { FilePattern } from './file-pattern.ts';
import type { FeedFile } from './ports.ts';

/** Which of the files that match a feed is. */
export interface Pick {
  readonly pattern: FilePattern;
  /** `one`: two that match are an error. */
  readonly which: 'one' | 'newest' | 'all';
  /** What is added to the name of a file by a second one, which says that the first is whole; null without. */
  readonly marker: string | null;
  /** Hours after which a feed is too old; null where it may be of any age. */
  readonly maxAgeHours: number | null;
}

const hour = 3_600_000;

/**
 * Picks the files of a feed, oldest first.
 * @param place of the files, for messages
 * @throws PatronflowError FEED_MISSING, FEED_AMBIGUOUS or FEED_OLD
 */
export function pickFiles(
  files: readonly FeedFile[],
  pick: Pick,
  place: string,
  now: Date,
): readonly FeedFile[] {
  const matching = files.filter(({ name }) => pick.pattern.matches(name) && !isMarker(name, pick.marker));
  if (matching.length === 0) throw missing(files, pick, place);
  const marked = matching.filter(({ name }) => isMarked(name, pick.marker, files));
  if (marked.length === 0) throw unmarked(matching, pick, place);
  if (pick.which === 'one' && marked.length > 1) throw ambiguous(marked, pick, place);
  const sorted = marked.toSorted((a, b) => ageOrder(a, b, pick.pattern));
  const picked = pick.which === 'newest' ? newestOf(sorted, pick, place) : sorted;
  for (const file of picked) refuseOld(file, pick, place, now);
  return picked;
}

const isMarker = (name: string, marker: string | null): boolean => marker !== null && name.endsWith(marker);

const isMarked = (name: string, marker: string | null, files: readonly FeedFile[]): boolean =>
  marker === null || files.some((each) => each.name === name + marker);

/** By the date in the name, else by the time of the file; then by name, so that every run has one order. */
function ageOrder(a: FeedFile, b: FeedFile, pattern: FilePattern): number {
  return ageOf(a, pattern).localeCompare(ageOf(b, pattern)) || (a.name < b.name ? -1 : 1);
}

function ageOf(file: FeedFile, pattern: FilePattern): string {
  return pattern.hasDate ? (pattern.dateIn(file.name) ?? '') : (file.modified?.toISOString() ?? '');
}

function newestOf(sorted: readonly FeedFile[], pick: Pick, place: string): readonly FeedFile[] {
  const newest = sorted.at(-1);
  if (!newest) return [];
  const equal = sorted.filter((file) => ageOf(file, pick.pattern) === ageOf(newest, pick.pattern));
  if (equal.length > 1) throw ambiguous(equal, pick, place);
  return [newest];
}

function refuseOld(file: FeedFile, { maxAgeHours, pattern, which }: Pick, place: string, now: Date): void {
  if (maxAgeHours === null) return;
  if (file.modified === null)
    throw new PatronflowError('FEED_OLD', `${place} does not say how old ${safeText(file.name)} is.`, {
      hint: 'Remove max_age_hours from the table: the age of its files is unknown.',
    });
  const age = now.getTime() - file.modified.getTime();
  if (age <= maxAgeHours * hour) return;
  const what = which === 'all' ? safeText(file.name) : `The newest file that matches ${pattern.text}`;
  throw new PatronflowError(
    'FEED_OLD',
    `${what} at ${place} is ${Math.floor(age / hour)} hours old. At most ${maxAgeHours} are allowed.`,
    { hint: 'Ask why no new feed arrived, or change max_age_hours of the table. Nothing was delivered.' },
  );
}

function missing(files: readonly FeedFile[], { pattern }: Pick, place: string): PatronflowError {
  const near = didYouMean(
    pattern.text,
    files.map(({ name }) => safeText(name)),
  );
  return new PatronflowError('FEED_MISSING', `No file at ${place} matches ${pattern.text}${near}.`, {
    hint: `There are ${files.length} other files. Check file of the table, and whether the feed was sent.`,
  });
}

function unmarked(matching: readonly FeedFile[], { marker }: Pick, place: string): PatronflowError {
  const names = shown(matching);
  return new PatronflowError('FEED_MISSING', `There is no ${marker} file beside ${names} at ${place}.`, {
    hint: 'The feed is not complete yet, or its sender no longer writes the marker. Run again later.',
  });
}

function ambiguous(files: readonly FeedFile[], { pattern }: Pick, place: string): PatronflowError {
  return new PatronflowError(
    'FEED_AMBIGUOUS',
    `${files.length} files at ${place} match ${pattern.text}, and none is the newest: ${shown(files)}.`,
    { hint: 'Set pick: newest or pick: all in the table, or remove the files that are not meant.' },
  );
}

function shown(files: readonly FeedFile[]): string {
  const names = files.slice(0, 3).map(({ name }) => safeText(name));
  return names.join(', ') + (files.length > names.length ? ' …' : '');
}
