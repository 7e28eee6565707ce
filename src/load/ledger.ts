import { z } from 'zod';
import { PatronflowError } from '../core/errors.ts';

const counts = z.record(z.string(), z.number().int().nonnegative());

const groupLedger = z.object({
  /** Users written. */
  users: z.number().int().nonnegative(),
  /** Rows read. */
  rows: z.number().int().nonnegative(),
  /** Rows with a value, by column of the source. */
  columns: counts,
  /** Users with a value, by element of the template. */
  elements: counts,
});

const ledgerSchema = z.object({
  version: z.literal(1),
  /** Time of the run that last changed the ledger, ISO 8601. */
  deliveredAt: z.string(),
  groups: z.record(z.string(), groupLedger),
});

/** Counts of the last delivered run, group by group. Holds no personal data. */
export type Ledger = z.output<typeof ledgerSchema>;
export type GroupLedger = z.output<typeof groupLedger>;

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
      hint: 'Remove it to start anew: the guard then has nothing to compare the next run with.',
    },
  );
}

/** The ledger after a delivery: groups that were not part of the run keep their counts. */
export function nextLedger(
  last: Ledger | null,
  now: Date,
  groups: Readonly<Record<string, GroupLedger>>,
): Ledger {
  return { version: 1, deliveredAt: now.toISOString(), groups: { ...last?.groups, ...groups } };
}
