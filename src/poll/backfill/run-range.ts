import type { Books } from '../../core/books.ts';
import { retry } from '../../core/retry.ts';
import type { RunReport } from '../../core/run.ts';
import type { PollJob, PollPorts } from '../job.ts';
import type { PollReport } from '../poll-report.ts';
import { runPoll } from '../run.ts';
import { firstState, stateDocument } from '../state.ts';
import type { BackfillPlan, BackfillRange } from './plan.ts';
import type { RangePlace } from './ports.ts';
import { rangeSource } from './range-source.ts';

/** What became of a range. `elsewhere`: another run works on it. */
export interface RangeResult {
  readonly range: number;
  readonly outcome: 'done' | 'done before' | 'elsewhere' | 'failed';
  /** Of this run; null where it sent nothing. */
  readonly books: Books | null;
  /** Why it failed. */
  readonly error: RunReport['error'];
}

/** What a range needs besides its place. */
export type RangePorts = Omit<PollPorts, 'checkpoint' | 'lease'>;

/** Before every time that Sierra knows; the rows of a range have it, so that ids alone tell their order. */
const epoch = '1970-01-01 00:00:00.000000';

/**
 * Sends the patrons of one range. It is a poll of its own, with a checkpoint and a lease: it goes on where a run that died has
 * left it, and two runs never work on the same one.
 */
export async function runRange(
  job: PollJob,
  ports: RangePorts,
  plan: BackfillPlan,
  index: number,
  place: RangePlace,
  signal: AbortSignal,
): Promise<RangeResult> {
  const range = plan.ranges[index] as BackfillRange;
  try {
    const noted = await retry(job.persistentRetry, () => place.checkpoint.load(signal), undefined, signal);
    if (isDone(noted, range)) return { range: index, outcome: 'done before', books: null, error: null };
    const start = { ...job.start, new: { at: epoch, id: '' } };
    // A limit of batches is for trials of the daily poll; a range has an end of its own.
    const maxPatrons = { ...job.maxPatrons, new: Infinity };
    const ofRange: PollJob = { ...job, modes: ['new'], start, maxPatrons, since: null };
    const source = rangeSource(ports.source, plan, range);
    const { lease } = place;
    const first = stateDocument(firstState(start), job.zone);
    const checkpoint = {
      ...place.checkpoint,
      load: async (stopped: AbortSignal) => (await place.checkpoint.load(stopped)) ?? first,
    };
    const made = await runPoll(ofRange, { ...ports, source, checkpoint, lease }, signal);
    const books = made.modes[0]?.books ?? null;
    return { range: index, books, outcome: outcomeOf(made), error: errorOf(made) };
  } finally {
    await place.close();
  }
}

function outcomeOf(report: PollReport): RangeResult['outcome'] {
  if (report.error?.code === 'RUN_IN_PROGRESS') return 'elsewhere';
  return report.error === null && (report.modes[0]?.isComplete ?? false) ? 'done' : 'failed';
}

function errorOf({ error }: PollReport): RangeResult['error'] {
  return error?.code === 'RUN_IN_PROGRESS' ? null : error;
}

/** Whether a checkpoint says that the last patron of the range was sent. */
function isDone(document: unknown, { through }: BackfillRange): boolean {
  const { ids } = (document ?? {}) as { ids?: Partial<Record<string, { id?: string }>> };
  return ids?.creation_dt?.id === through;
}

const stopsAll: ReadonlySet<string> = new Set(['config', 'usage', 'signal', 'guard']);

/** Whether what is wrong with one range is wrong with all: a login that is refused, a setting, a stop. */
export function endsAll({ error }: RangeResult): boolean {
  return error !== null && stopsAll.has(error.kind);
}
