import { z } from 'zod';
import { PatronflowError } from '../../core/errors.ts';
import { instantOf } from '../../core/instant.ts';
import { retry } from '../../core/retry.ts';
import type { PollJob } from '../job.ts';
import type { PatronSource } from '../ports.ts';
import { settledUntil } from '../settled-until.ts';

const planSchema = z.object({
  version: z.literal(1),
  /** Patrons that were created before this moment are in the ranges; the daily poll must begin no later. */
  before: z.string(),
  patrons: z.number().int().nonnegative(),
  keyFingerprint: z.string(),
  /** Of what makes the records: a worker with another configuration would send other ones. */
  configuration: z.string(),
  ranges: z.array(z.object({ after: z.string(), through: z.string(), patrons: z.number().int().positive() })),
});

/** How a back-fill is divided: ranges of ids with about as many patrons each. No personal data but ids at the ends of ranges. */
export type BackfillPlan = z.output<typeof planSchema>;
export type BackfillRange = BackfillPlan['ranges'][number];

/** @throws PatronflowError CHECKPOINT_UNREADABLE for what is no plan, or one whose ranges overlap */
export function parsePlan(document: unknown, place: string): BackfillPlan {
  const parsed = planSchema.safeParse(document);
  if (!parsed.success) throw noPlan(place);
  const { ranges } = parsed.data;
  const isInOrder = ranges.every(
    ({ after, through }, at) => after === (ranges[at - 1]?.through ?? '') && isBehind(through, after),
  );
  if (isInOrder) return parsed.data;
  throw new PatronflowError(
    'CHECKPOINT_UNREADABLE',
    `The ranges of the plan at ${place} overlap or leave gaps.`,
    { hint },
  );
}

const hint = 'Make one with: patronflow backfill plan';

export function noPlan(place: string): PatronflowError {
  return new PatronflowError('CHECKPOINT_UNREADABLE', `There is no plan of a back-fill at ${place}.`, {
    hint,
  });
}

const isBehind = (id: string, other: string): boolean => BigInt(id) > BigInt(other === '' ? '-1' : other);

/** Cuts all patrons into ranges, by one query. @param size patrons of a range */
export async function makePlan(
  {
    job,
    source,
    ...madeWith
  }: {
    job: PollJob;
    source: PatronSource;
  } & Pick<BackfillPlan, 'keyFingerprint' | 'configuration'>,
  size: number,
  signal: AbortSignal,
): Promise<BackfillPlan> {
  const { end } = await settledUntil(job, source, signal);
  const before = instantOf(end);
  const { patrons, ends } = await retry(
    job.retry,
    () => source.rangeEnds(before, size, signal),
    undefined,
    signal,
  );
  const ranges = ends.map((through, at) => ({
    after: ends[at - 1] ?? '',
    through,
    patrons: at < ends.length - 1 ? size : patrons - size * (ends.length - 1),
  }));
  return { version: 1, before, patrons, ...madeWith, ranges };
}
