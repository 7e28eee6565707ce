import { z } from 'zod';
import { PatronflowError } from '../core/errors.ts';

const counts = z.record(z.string(), z.number().int().nonnegative());

/** What a group came to in one run. What an older ledger lacks is compared with nothing. */
const groupCounts = z.object({
  /** Users written. */
  users: z.number().int().nonnegative(),
  /** Rows read. */
  rows: z.number().int().nonnegative(),
  /** Rows with a value, by column of the source. */
  columns: counts,
  /** Users with a value, by element of the template. */
  elements: counts,
  /** Users with each code, by coded element of the template. */
  codes: z.record(z.string(), counts).default({}),
  /** Of all rows; their order does not count. */
  rowsFingerprint: z.string().optional(),
  /** Users whose expiry date has passed. */
  expired: z.number().int().nonnegative().optional(),
});

export const groupLedger = groupCounts.extend({
  /** Time of the run that made the delivered files, ISO 8601. */
  madeAt: z.string().optional(),
  /** Fingerprints of the template, the lookup tables and the configuration, by what they are called. */
  inputs: z.record(z.string(), z.string()).default({}),
  /** The deliveries before the last one, newest first. */
  earlier: z.array(groupCounts).default([]),
});

/** What a table came to in the last delivered run. */
export const tableLedger = z.object({
  bytes: z.number().int().nonnegative().optional(),
  people: z.number().int().nonnegative().optional(),
  inNoGroup: z.number().int().nonnegative().optional(),
});

const ledgerSchema = z.object({
  version: z.literal(1),
  /** Time of the run that last changed the ledger, ISO 8601. */
  deliveredAt: z.string(),
  groups: z.record(z.string(), groupLedger),
  /** Time of the run whose roster was saved, ISO 8601. */
  roster: z.string().optional(),
  /** Of jobs whose groups come from tables. */
  tables: z.record(z.string(), tableLedger).optional(),
  /** Time of the last run that delivered all users, ISO 8601. */
  allAt: z.string().optional(),
  /** Set before old files are replaced, taken away with the roster of the new ones: in between, a file that is gone says nothing. */
  replacing: z.literal(true).optional(),
  /** The settings of leavers, by fingerprint, and the runs that have reported leavers by them. */
  leavers: z.object({ settings: z.string(), runs: z.number().int().nonnegative() }).optional(),
});

/** Counts of the last deliveries, group by group. Holds no personal data. */
export type Ledger = z.output<typeof ledgerSchema>;
export type GroupLedger = z.output<typeof groupLedger>;
export type TableLedger = z.output<typeof tableLedger>;
export type GroupCounts = z.output<typeof groupCounts>;

/** A group that was delivered, for the ledger. */
export interface DeliveredGroup extends Omit<GroupLedger, 'earlier'> {
  /** A person let a drop of this group pass: older deliveries are no longer compared with. */
  readonly startsAnew: boolean;
}

/** Deliveries that are compared with, the last one included: a week of nights, so that a slow decline adds up. */
export const comparedDeliveries = 7;

/**
 * @param document what the store holds; null before the first delivered run
 * @throws PatronflowError CHECKPOINT_UNREADABLE: guessing would switch the guard off
 */
export function parseLedger(document: unknown, place: string): Ledger | null {
  if (document === null) return null;
  const parsed = ledgerSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new PatronflowError(
    'CHECKPOINT_UNREADABLE',
    `The ledger at ${place} is not one that this version can read.`,
    {
      hint: 'Remove it to start again: the guard then has nothing to compare the next run with.',
    },
  );
}

/** What a delivery leaves in the ledger besides its groups. */
export interface DeliveredRun {
  readonly tables?: Readonly<Record<string, TableLedger>>;
  /** Whether its roster was saved. */
  readonly hasRoster?: boolean;
  /** Whether all users of all groups were delivered. */
  readonly hasAll?: boolean;
  readonly leavers?: Ledger['leavers'];
}

/** The ledger after a delivery: groups that were not part of the run keep their counts. */
export function nextLedger(
  last: Ledger | null,
  now: Date,
  delivered: Readonly<Record<string, DeliveredGroup>>,
  { tables = {}, hasRoster = false, hasAll = false, leavers = last?.leavers }: DeliveredRun = {},
): Ledger {
  const groups = { ...last?.groups };
  for (const [name, { startsAnew, ...group }] of Object.entries(delivered)) {
    groups[name] = { ...group, earlier: startsAnew ? [] : earlierOf(last?.groups[name]) };
  }
  const known = { ...last?.tables, ...tables };
  const madeAt = now.toISOString();
  const roster = hasRoster ? madeAt : last?.roster;
  const allAt = hasAll ? madeAt : last?.allAt;
  return {
    version: 1,
    deliveredAt: madeAt,
    groups,
    ...(roster && { roster }),
    ...(Object.keys(known).length > 0 && { tables: known }),
    ...(allAt && { allAt }),
    // Without a roster of its own, as after files that the guard had held, the files of the last one are gone, and not taken.
    ...(!hasRoster && roster && { replacing: true as const }),
    ...(leavers && { leavers }),
  };
}

function earlierOf(last: GroupLedger | undefined): GroupCounts[] {
  if (!last) return [];
  const { madeAt: _, inputs: __, earlier, ...counts } = last;
  return [counts, ...earlier].slice(0, comparedDeliveries - 1);
}
