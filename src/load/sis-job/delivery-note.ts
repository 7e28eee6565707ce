import { z } from 'zod';
import { PatronflowError } from '../../core/errors.ts';
import { counterKinds } from './read-counters.ts';

const counts = z.object(
  Object.fromEntries(counterKinds.map((kind) => [kind, z.number().nullable()])) as Record<
    (typeof counterKinds)[number],
    z.ZodNullable<z.ZodNumber>
  >,
);

const noteSchema = z.object({
  version: z.literal(1),
  /** Time of the run that made the delivery, ISO 8601. */
  madeAt: z.string(),
  /** When the files were there, ISO 8601. */
  deliveredAt: z.string(),
  jobs: z.array(
    z.object({
      groups: z.array(z.string()),
      /** Users in their files. */
      delivered: z.number(),
      /** Runs of the job that were there before; null where Alma could not be asked. */
      before: z.array(z.string()).nullable(),
      /** Whether a start was asked for: not again, before Alma was looked at. */
      asked: z.boolean(),
      /** The run that loads the files, once it is known. */
      instance: z.string(),
      result: z.enum(['taken', 'failed', 'unknown']),
      counts,
      difference: z.number().nullable(),
    }),
  ),
});

/** What was delivered last, and what Alma made of it, as far as is known. Counts and ids of jobs alone: no personal data. */
export type DeliveryNote = z.output<typeof noteSchema>;
export type NotedJob = DeliveryNote['jobs'][number];

/** @param document what the store holds; null before the first delivery */
export function parseNote(document: unknown, place: string): DeliveryNote | null {
  if (document === null) return null;
  const parsed = noteSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new PatronflowError(
    'CHECKPOINT_UNREADABLE',
    `${place} is not a note of a delivery that this version can read.`,
    { hint: 'Remove it. The next delivery writes a new one.' },
  );
}
