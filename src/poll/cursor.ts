import { z } from 'zod';
import { PatronflowError } from '../core/errors.ts';
import { type Instant, parseInstant, zonedText } from '../core/instant.ts';
import type { PatronMode, PatronRow, Position } from './ports.ts';

/**
 * How far each mode has read, and what a later pass need not send again. Kept as one JSON document:
 *
 *     { "creation_dt": "2026-03-01T07:00:00-05:00", "update_dt": …, "deletion_date": "2026-02-28",
 *       "ids": { "creation_dt": { "at": "2026-03-01T07:00:00-05:00", "id": "1234" }, … },
 *       "sent_as_new": […] }
 *
 * The first three keys are all that NYPL's patron-info-poller knows; it keeps the others as it finds them. An id
 * therefore counts only while the time that stands beside it is still the mode's own.
 */
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

const keys = { new: 'creation_dt', updated: 'update_dt', deleted: 'deletion_date' } as const;

const position = z.object({ at: z.string(), id: z.string().regex(/^\d*$/) });
const documentSchema = z.looseObject({
  creation_dt: z.string(),
  update_dt: z.string(),
  deletion_date: z.string(),
  ids: z.partialRecord(z.enum(Object.values(keys)), position).optional(),
  sent_as_new: z.array(z.object({ after: position, through: position, before: z.string() })).optional(),
});

/**
 * @param document what the checkpoint holds
 * @throws PatronflowError CHECKPOINT_UNREADABLE: guessing would send patrons again, or skip some
 */
export function parseCursors(document: unknown, place: string, zone: string): Cursors {
  const unreadable = (what: string) =>
    new PatronflowError('CHECKPOINT_UNREADABLE', `The checkpoint at ${place} ${what}.`, {
      hint: 'Put an older copy back, or remove it: the next run then starts from the times in the configuration.',
    });
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unreadable(`is not one that this version can read (${issue?.path.join('.') || 'the whole'})`);
  }
  const { data } = parsed;
  const time = (key: 'creation_dt' | 'update_dt'): Instant => {
    const instant = parseInstant(data[key], zone);
    if (instant === null) throw unreadable(`has no time in ${key}`);
    return instant;
  };
  const idOf = (key: (typeof keys)[PatronMode]): string => {
    const kept = data.ids?.[key];
    return kept && kept.at === data[key] ? kept.id : '';
  };
  if (parseInstant(data.deletion_date, 'UTC') === null) throw unreadable('has no day in deletion_date');
  return {
    new: { at: time('creation_dt'), id: idOf('creation_dt') },
    updated: { at: time('update_dt'), id: idOf('update_dt') },
    deleted: { at: data.deletion_date.slice(0, 10), id: idOf('deletion_date') },
    sentAsNew: data.sent_as_new ?? [],
  };
}

/** The document as it is saved: times in the zone, as the original writes them. */
export function cursorsDocument(cursors: Cursors, zone: string): Record<string, unknown> {
  const texts = {
    creation_dt: zonedText(cursors.new.at, zone),
    update_dt: zonedText(cursors.updated.at, zone),
    deletion_date: cursors.deleted.at,
  };
  const ids = Object.entries(keys).flatMap(([mode, key]) => {
    const { id } = cursors[mode as PatronMode];
    return id === '' ? [] : [[key, { at: texts[key], id }]];
  });
  return { ...texts, ids: Object.fromEntries(ids), sent_as_new: cursors.sentAsNew };
}

/** The order in which patrons are read. */
export function comparePositions(a: Position, b: Position): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  // Decimal numbers without leading zeros: the longer is the greater, '' comes first.
  if (a.id.length !== b.id.length) return a.id.length - b.id.length;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * The cursors after a batch of a pass. They never move back, and never over patrons that nobody read: a pass that
 * began behind the cursor, on purpose, leaves it where it is.
 */
export function advance(
  cursors: Cursors,
  mode: PatronMode,
  { after, through }: { after: Position; through: Position },
): Cursors {
  const isGapless = comparePositions(after, cursors[mode]) <= 0;
  return isGapless && comparePositions(through, cursors[mode]) > 0
    ? { ...cursors, [mode]: through }
    : cursors;
}

/** Enters a pass over new patrons, or how far it has come by now. */
export function withSentAsNew(cursors: Cursors, pass: SentAsNew): Cursors {
  const others = cursors.sentAsNew.filter(
    ({ after, before }) => before !== pass.before || comparePositions(after, pass.after) !== 0,
  );
  return { ...cursors, sentAsNew: [...others, pass] };
}

/**
 * Forgets the passes that no updated patron can be compared with any more, once all before a time were read, and
 * the oldest of very many: then some patrons are sent again, and none is lost.
 */
export function withoutPassesBefore(cursors: Cursors, time: Instant): Cursors {
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
