import { z } from 'zod';
import { PatronflowError } from '../core/errors.ts';
import { type Instant, parseInstant, zonedText } from '../core/instant.ts';
import { safeText } from '../core/safe-text.ts';
import type { Cursors } from './cursor.ts';
import type { PatronMode } from './ports.ts';
import type { UsualCrowds } from './usual-crowds.ts';
import { nothingWatched, type WatchedShares } from './watched-shares.ts';

/**
 * What a run leaves to the next one. Kept as one JSON document:
 *
 *     { "creation_dt": "2026-03-01T07:00:00-05:00", "update_dt": …, "deletion_date": "2026-02-28",
 *       "ids": { "creation_dt": { "at": "2026-03-01T07:00:00-05:00", "id": "1234" }, … },
 *       "sent_as_new": […], "key_fingerprint": "…", "shares": { "known": …, "found": … }, "without_dates": 0,
 *       "crowds": { "fields": […], "alone": { "1024": 0.98 } } }
 *
 * The first three keys are all that NYPL's patron-info-poller knows; it keeps the others as it finds them. An id
 * therefore counts only while the time that stands beside it is still the mode's own.
 */
export interface PollState extends Cursors {
  /** Of the salt or key; null before the first run. */
  readonly keyFingerprint: string | null;
  readonly shares: WatchedShares;
  /** Patrons that no mode can find, as the last run counted them. */
  readonly withoutDates: number;
  /** What the records of earlier runs told; null before the first. */
  readonly crowds: UsualCrowds | null;
}

/** What a first run knows. */
export function firstState(start: Cursors): PollState {
  return { ...start, keyFingerprint: null, shares: nothingWatched, withoutDates: 0, crowds: null };
}

const keys = { new: 'creation_dt', updated: 'update_dt', deleted: 'deletion_date' } as const;

const position = z.object({ at: z.string(), id: z.string().regex(/^\d*$/) });
const sample = z.object({ hits: z.number(), of: z.number() });
const share = z.object({ last: sample.nullable(), current: sample });
const documentSchema = z.looseObject({
  creation_dt: z.string(),
  update_dt: z.string(),
  deletion_date: z.string(),
  ids: z.partialRecord(z.enum(Object.values(keys)), position).optional(),
  sent_as_new: z.array(z.object({ after: position, through: position, before: z.string() })).optional(),
  key_fingerprint: z.string().nullable().optional(),
  shares: z.object({ known: share, found: share }).optional(),
  without_dates: z.number().optional(),
  crowds: z
    .object({ fields: z.array(z.string()), alone: z.record(z.string(), z.number()) })
    .nullable()
    .optional(),
});

/**
 * @param document what the checkpoint holds
 * @throws PatronflowError CHECKPOINT_UNREADABLE: guessing would send patrons again, or skip some
 */
export function parseState(document: unknown, place: string, zone: string): PollState {
  const unreadable = (what: string) =>
    new PatronflowError('CHECKPOINT_UNREADABLE', `The checkpoint at ${place} ${what}.`, {
      hint: 'Restore an older copy, or remove it: the next run then starts from the times in the configuration.',
    });
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unreadable(
      `is not one that this version can read (${safeText(issue?.path.join('.') || 'the whole')})`,
    );
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
    keyFingerprint: data.key_fingerprint ?? null,
    shares: data.shares ?? nothingWatched,
    withoutDates: data.without_dates ?? 0,
    crowds: data.crowds ?? null,
  };
}

/** The document as it is saved: times in the zone, as the original writes them. */
export function stateDocument(state: PollState, zone: string): Record<string, unknown> {
  const texts = {
    creation_dt: zonedText(state.new.at, zone),
    update_dt: zonedText(state.updated.at, zone),
    deletion_date: state.deleted.at,
  };
  const ids = Object.entries(keys).flatMap(([mode, key]) => {
    const { id } = state[mode as PatronMode];
    return id === '' ? [] : [[key, { at: texts[key], id }]];
  });
  return {
    ...texts,
    ids: Object.fromEntries(ids),
    sent_as_new: state.sentAsNew,
    key_fingerprint: state.keyFingerprint,
    shares: state.shares,
    without_dates: state.withoutDates,
    crowds: state.crowds,
  };
}
