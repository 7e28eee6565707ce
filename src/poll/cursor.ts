import { dayOf } from '../core/clock.ts';
import { dateOf, type Instant } from '../core/instant.ts';
import type { PatronMode, PatronRow, Position } from './ports.ts';

/** How far each mode has read, and what a later pass need not send again. */
export interface Cursors {
  readonly new: Position;
  readonly updated: Position;
  readonly deleted: Position;
  /** Passes over new patrons that `updated` has not wholly gone past: a run may die between the two. */
  readonly sentAsNew: readonly SentAsNew[];
}

/** Patrons created in (after, through] were sent as they were at the time `before` at least. */
export interface SentAsNew {
  readonly after: Position;
  readonly through: Position;
  readonly before: Instant;
}

/** Where a pass of a mode begins that reads from a time on. The time of deleted patrons is a day. */
export function positionAt(since: Instant, mode: PatronMode): Position {
  return { at: mode === 'deleted' ? dayOf(dateOf(since)) : since, id: '' };
}

/** The order in which patrons are read. */
export function comparePositions(a: Position, b: Position): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  // Decimal numbers without leading zeros: the longer is the greater, '' comes first.
  if (a.id.length !== b.id.length) return a.id.length - b.id.length;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * The cursors after a batch of a pass. They never move back, and never over patrons that were not read: a pass that
 * began behind the cursor, on purpose, leaves it where it is.
 */
export function advance<C extends Cursors>(
  cursors: C,
  mode: PatronMode,
  { after, through }: { after: Position; through: Position },
): C {
  const isGapless = comparePositions(after, cursors[mode]) <= 0;
  return isGapless && comparePositions(through, cursors[mode]) > 0
    ? { ...cursors, [mode]: through }
    : cursors;
}

/** Enters a pass over new patrons, or how far it has come by now. */
export function withSentAsNew<C extends Cursors>(cursors: C, pass: SentAsNew): C {
  const others = cursors.sentAsNew.filter(
    ({ after, before }) => before !== pass.before || comparePositions(after, pass.after) !== 0,
  );
  return { ...cursors, sentAsNew: [...others, pass] };
}

/**
 * Forgets the passes that no updated patron can be compared with any more, once all before a time were read, and
 * the oldest of very many: then some patrons are sent again, and none is lost.
 */
export function withoutPassesBefore<C extends Cursors>(cursors: C, time: Instant): C {
  const kept = cursors.sentAsNew.filter(({ before }) => before > time).slice(-maxPasses);
  return kept.length === cursors.sentAsNew.length ? cursors : { ...cursors, sentAsNew: kept };
}

/** Of schedules that never send updated patrons; each takes some 200 bytes and a comparison for every such patron. */
const maxPasses = 100;

/**
 * Tells whether another mode leaves a deleted patron to `deleted`, which keeps what the warehouse knows. Only where
 * that pass is still to come: one that has gone past the day would never send the patron.
 * @param deleted how far deleted patrons were sent
 * @param modes those of the run
 */
export function isLeftToDeleted(
  { deletedOn, id }: Pick<PatronRow, 'deletedOn' | 'id'>,
  deleted: Position,
  modes: readonly PatronMode[],
): boolean {
  if (deletedOn === null || !modes.includes('deleted')) return false;
  return comparePositions({ at: deletedOn, id }, deleted) > 0;
}

/** Tells whether an updated patron went out as a new one already, with everything that this update changed. */
export function wasSentAsNew({ createdAt, id, at }: PatronRow, passes: readonly SentAsNew[]): boolean {
  if (createdAt === null) return false;
  const created = { at: createdAt, id };
  return passes.some(
    ({ after, through, before }) =>
      at < before && comparePositions(created, after) > 0 && comparePositions(created, through) <= 0,
  );
}
