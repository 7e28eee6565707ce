import type { Log } from '../../core/log.ts';
import type { Checkpoint } from '../../core/ports.ts';
import { Backoff } from '../../core/retry.ts';
import type { AlmaInstance, AlmaService } from '../ports.ts';
import type { DeliveryNote, NotedJob } from './delivery-note.ts';
import type { SisSettings } from './sis-settings.ts';

/** All that is shared by the steps of following a delivery into Alma. */
export interface Following {
  readonly alma: AlmaService;
  readonly settings: SisSettings;
  readonly note: DeliveryNote;
  /** Where the note is kept. */
  readonly place: Checkpoint<unknown>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Waits between looks, up to the limit of the settings. A limit of 0 looks once. */
export function looksUntilLimit({ settings: { pace, limitMs } }: Following): Backoff {
  return new Backoff({
    attempts: limitMs === 0 ? 1 : Infinity,
    firstDelayMs: pace.firstMs,
    maxDelayMs: pace.maxMs,
    jitter: 0,
    giveUpMs: limitMs,
  });
}

/** What the clocks of Alma and of this machine may differ by. */
const clockSkewMs = 60_000;

/**
 * The first run of a job that began after the delivery, so that it has read the files; null where there is none yet. Runs
 * that were there before are known by their ids; where they could not be asked for, by their time.
 */
export async function newRun(
  { alma, note, signal }: Following,
  job: string,
  { before }: NotedJob,
): Promise<AlmaInstance | null> {
  const deliveredAt = new Date(note.deliveredAt);
  const runs = await alma.instances(job, deliveredAt, signal);
  const isNew = ({ id, submittedAt }: AlmaInstance) =>
    before ? !before.includes(id) : Date.parse(submittedAt) >= deliveredAt.getTime() - clockSkewMs;
  return runs.findLast((run) => isNew(run) && run.status !== 'SKIPPED') ?? null;
}

/** Saves what is known so far. A note that cannot be saved stops nothing: `alma watch` then finds the run by its time. */
export async function saveNote({ place, note, log }: Following): Promise<void> {
  try {
    await place.save(note);
  } catch {
    log.warn('The note of what Alma is doing could not be saved.', { place: place.name });
  }
}
