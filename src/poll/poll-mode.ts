import { performance } from 'node:perf_hooks';
import { assertBalanced } from '../core/books.ts';
import { dayOf } from '../core/clock.ts';
import type { HeldLease } from '../core/hold-lease.ts';
import { dateOf } from '../core/instant.ts';
import { retry } from '../core/retry.ts';
import { type Batch, booksOf } from './batch.ts';
import type { CrowdCounter } from './count-crowds.ts';
import { advance, comparePositions, withoutPassesBefore, withSentAsNew } from './cursor.ts';
import type { PollJob, PollPorts } from './job.ts';
import { makeDeletedBatch } from './make-deleted-batch.ts';
import { makeNewBatch } from './make-new-batch.ts';
import { makeUpdatedBatch } from './make-updated-batch.ts';
import { ModeTally } from './mode-tally.ts';
import { modeWarnings, type PollReport, recordBatch } from './poll-report.ts';
import type { PatronMode, Position } from './ports.ts';
import { type Page, readPages } from './read-pages.ts';
import { type PollState, stateDocument } from './state.ts';
import { fallenError, type WatchedShares, watchBatch } from './watched-shares.ts';

/** A run under way: the job, and how far it has come. */
export interface Run {
  readonly job: PollJob;
  readonly ports: PollPorts;
  readonly signal: AbortSignal;
  readonly held: HeldLease;
  readonly report: PollReport;
  readonly crowds: CrowdCounter;
  readonly startedAt: number;
  state: PollState;
}

/** Batches in the making at a time: one is hashed while the one before is geocoded. Bounds the memory. */
const batchesAtATime = 2;

/** A pass over the patrons of a mode, and how far it has come. */
interface Pass {
  readonly mode: PatronMode;
  readonly after: Position;
  readonly before: string;
  readonly tally: ModeTally;
  through: Position;
  read: number;
}

/** Reads the patrons of a mode before a time, page by page, and sends them. */
export async function pollMode(run: Run, mode: PatronMode, before: string): Promise<void> {
  const startedAt = performance.now();
  const after = startOf(run, mode);
  const pass: Pass = { mode, after, before, tally: new ModeTally(mode), through: after, read: 0 };
  let isComplete = false;
  try {
    if (comparePositions(after, { at: before, id: '' }) < 0) await sendPages(run, pass);
    isComplete = pass.read < run.job.maxPatrons[mode];
    const isGapless = comparePositions(after, run.state[mode]) <= 0;
    if (isComplete && isGapless && mode === 'updated') await forgetPasses(run, before);
  } finally {
    const milliseconds = Math.round(performance.now() - startedAt);
    const through = pass.through.at;
    const made = pass.tally.report({ from: after.at, before, through, isComplete, milliseconds });
    run.report.modes.push(made);
    for (const warning of modeWarnings(made)) warn(run, warning);
  }
}

/** Batches are made ahead, and sent and saved in order. */
async function sendPages(run: Run, pass: Pass): Promise<void> {
  const { job, ports, signal } = run;
  const broken = new AbortController();
  const making: { page: Page; batch: Promise<Batch> }[] = [];
  const sendNext = async (): Promise<void> => {
    const next = making.shift();
    if (next) await sendBatch(run, pass, next.page, await next.batch);
  };
  try {
    for await (const page of readPages(pass.mode, pass, job, ports, signal)) {
      const batch = makeBatch(pass.mode, page, run, AbortSignal.any([signal, broken.signal]));
      // A batch that fails while an earlier one is waited for has its turn.
      batch.catch(() => {});
      making.push({ page, batch });
      if (making.length === batchesAtATime) await sendNext();
    }
    while (making.length > 0) await sendNext();
  } finally {
    broken.abort();
  }
}

/** Sends a batch, enters it into the report, and only then saves how far the pass came. */
async function sendBatch(run: Run, pass: Pass, page: Page, batch: Batch): Promise<void> {
  const { job, ports, report, signal } = run;
  const { mode, after, before } = pass;
  signal.throwIfAborted();
  assertBalanced(`a batch of mode ${mode}`, booksOf(batch));
  const shares = watch(batch, run);
  await send(mode, batch, run);
  run.state = { ...run.state, shares };
  pass.tally.enter(batch);
  for (const { info } of batch.records) run.crowds.count(info);
  pass.read += batch.read;
  ports.onProgress?.(mode, pass.read);
  const { read } = batch;
  const sent = batch.records.length;
  recordBatch(report, { mode, at: Math.round(performance.now() - run.startedAt), batches: 1, read, sent });
  await save(run, mode, { after, through: page.through, before });
  pass.through = page.through;
  ports.log.info(job.dryRun || ports.sinks.length === 0 ? 'Made a batch.' : 'Sent a batch.', {
    mode,
    read,
    sent,
  });
}

function startOf({ job, state }: Run, mode: PatronMode): Position {
  if (job.since === null) return state[mode];
  return { at: mode === 'deleted' ? dayOf(dateOf(job.since)) : job.since, id: '' };
}

function makeBatch(mode: PatronMode, page: Page, run: Run, signal: AbortSignal): Promise<Batch> {
  const { job, ports, state } = run;
  const context = { job, ports, signal };
  if (page.kind === 'deleted') return makeDeletedBatch(page.patrons, context);
  const deleted = startOf(run, 'deleted');
  return mode === 'new'
    ? makeNewBatch(page.rows, deleted, context)
    : makeUpdatedBatch(page.rows, { deleted, sentAsNew: state.sentAsNew }, context);
}

/** A batch is being sent to its end even when the run is told to stop: half of it would be sent again. */
async function send(mode: PatronMode, { records }: Batch, { job, ports, report }: Run): Promise<void> {
  if (job.dryRun || records.length === 0) return;
  const reached: string[] = [];
  for (const sink of ports.sinks) {
    report.underWay = { mode, records: records.length, reached, unsure: sink.name };
    await sink.write(records);
    reached.push(sink.name);
  }
  report.underWay = null;
}

/** @throws PatronflowError GUARD_STOPPED for a share that has fallen, before the batch is sent */
function watch({ shares }: Batch, run: Run): WatchedShares {
  const { job, ports, state } = run;
  const watched = watchBatch(state.shares, shares);
  for (const fallen of watched.fallen) {
    const error = fallenError(fallen, ports.warehouse?.name ?? 'The warehouse');
    if (!job.acceptChange) throw error;
    warn(run, `Accepted: ${error.message.replace(' The batch was not sent.', '')}`);
  }
  return watched.shares;
}

async function save(
  run: Run,
  mode: PatronMode,
  pass: { after: Position; through: Position; before: string },
): Promise<void> {
  const moved = advance(run.state, mode, pass);
  const entered = mode === 'new' ? withSentAsNew(moved, pass) : moved;
  await keep(run, withoutPassesBefore(entered, entered.updated.at));
}

/** Once all updated patrons of the window were read, what was sent as new is of no more use. */
async function forgetPasses(run: Run, before: string): Promise<void> {
  const { state } = run;
  const kept = withoutPassesBefore(state, before);
  if (kept !== state) await keep(run, kept);
}

/** Saves what a run knows by now, unless it leaves no trace. */
export async function keep(run: Run, state: PollState): Promise<void> {
  const { job, ports, held } = run;
  run.state = state;
  const { checkpoint } = ports;
  if (job.dryRun || !checkpoint) return;
  // A run that took the lease over has gone on from here; an older state would send its patrons again.
  await held.assertHeld();
  await retry(
    job.persistentRetry,
    () => checkpoint.save(stateDocument(state, job.zone)),
    (error, attempt) => ports.log.warn(`${error.message} Retrying to save the checkpoint.`, { attempt }),
  );
}

/** Enters a warning into the report, and logs it. */
export function warn({ ports, report }: Run, warning: string): void {
  report.warnings.push(warning);
  ports.log.warn(warning);
}
