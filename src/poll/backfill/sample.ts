import type { Batch } from '../batch.ts';
import { firstRows } from '../first-rows.ts';
import type { PollJob, PollPorts } from '../job.ts';
import { makeNewBatch } from '../make-new-batch.ts';
import type { Obfuscator } from '../obfuscate.ts';
import type { PatronRow } from '../ports.ts';
import type { BackfillPlan } from './plan.ts';

/** Patrons of the sample: at bcrypt cost 10 they take five seconds on two cores, and they fit into one request of a geocoder. */
const samplePatrons = 100;

/** Of the id and of the address. */
export const hashesOfPatron = 2;

/** How long a few patrons of a plan take on this machine. */
export interface Sample {
  readonly patrons: number;
  readonly hashesPerSecond: number;
  /** Of the batch, all told. */
  readonly milliseconds: number;
  /** Addresses that were known already, and those that each geocoder was asked about. */
  readonly known: number;
  readonly asked: readonly { readonly geocoder: string; readonly addresses: number }[];
}

/**
 * Patrons of a range that workers take from a queue: as many as a machine hashes in four seconds. Then what a slow machine
 * has left at the end keeps the others waiting for little, and a range takes much longer than to take it. At bcrypt cost 10
 * that is less than a page, which costs a geocoder one request.
 */
export function patronsOfQueue(hashesPerSecond: number): number {
  const patrons = Math.round((hashesPerSecond / hashesOfPatron) * 4);
  return Math.min(Math.max(patrons, 1000), 20_000);
}

/**
 * Makes a batch of patrons from the middle of a plan, as a run would, and sends it nowhere.
 * @param hashesPerSecond of this machine
 */
export async function takeSample(
  job: PollJob,
  ports: PollPorts,
  { before, ranges }: BackfillPlan,
  hashesPerSecond: number,
  signal: AbortSignal,
): Promise<Sample | null> {
  const range = ranges[Math.floor(ranges.length / 2)];
  if (!range) return null;
  const rows = await ports.source.inRange({ ...range, before, limit: samplePatrons + 1 }, signal);
  const ofRange: PollJob = { ...job, modes: ['new'] };
  const make = (some: readonly PatronRow[]): Promise<Batch> =>
    makeNewBatch(some, job.start.deleted, { job: ofRange, ports, signal });
  // The first one opens connections, which is not to be measured.
  const [first, ...others] = firstRows(rows);
  if (!first) return null;
  await make([first]);
  const startedAt = performance.now();
  const batch = await make(others.length > 0 ? others : [first]);
  const milliseconds = performance.now() - startedAt;
  const asked = new Map<string, number>();
  for (const { geocoder, asked: addresses } of ports.cascade.attempts)
    asked.set(geocoder, (asked.get(geocoder) ?? 0) + addresses);
  return {
    patrons: batch.read,
    hashesPerSecond,
    milliseconds,
    known: batch.tracts.known,
    asked: [...asked].map(([geocoder, addresses]) => ({ geocoder, addresses })),
  };
}

/** Hashes that this machine makes in a second. */
export async function measureHashing(obfuscator: Obfuscator, signal: AbortSignal): Promise<number> {
  const texts = Array.from({ length: samplePatrons * hashesOfPatron }, (_, at) => `sample ${at}`);
  const startedAt = performance.now();
  await obfuscator.obfuscate(texts, signal);
  return (texts.length * 1000) / Math.max(1, performance.now() - startedAt);
}
