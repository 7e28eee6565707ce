import { performance } from 'node:perf_hooks';
import { assertBalanced } from '../core/books.ts';
import { dayOf } from '../core/clock.ts';
import { type HeldLease, holdLease } from '../core/hold-lease.ts';
import { dateOf, type Instant, instantOf } from '../core/instant.ts';
import { retry } from '../core/retry.ts';
import { reportOf } from '../core/run.ts';
import { type Batch, booksOf } from './batch.ts';
import { CrowdCounter } from './count-crowds.ts';
import { advance, type Cursors, comparePositions, withoutPassesBefore, withSentAsNew } from './cursor.ts';
import type { PollJob, PollPorts } from './job.ts';
import { assertSameKey, keyFingerprint } from './key-fingerprint.ts';
import { makeDeletedBatch } from './make-deleted-batch.ts';
import { makeNewBatch } from './make-new-batch.ts';
import { makeUpdatedBatch } from './make-updated-batch.ts';
import { ModeTally } from './mode-tally.ts';
import {
  modeWarnings,
  newPollReport,
  type PollReport,
  recordBatch,
  withoutDatesText,
} from './poll-report.ts';
import type { PatronMode, Position } from './ports.ts';
import { type Page, readPages } from './read-pages.ts';
import { firstState, type PollState, parseState, stateDocument } from './state.ts';
import { fallenError, type WatchedShares, watchBatch } from './watched-shares.ts';

/** A run under way: the job, and how far it has come. */
interface Run {
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

/** A difference between two clocks that deserves a look: it is as long as patrons are left to settle. */
const clockSkewMs = 60_000;

/**
 * Runs the job: for each mode, page by page, obfuscate, match, geocode and encode; then send, and only then save how
 * far it came.
 * @returns the report; never throws, so that a failed run is reported like any other
 */
export async function runPoll(job: PollJob, ports: PollPorts, signal: AbortSignal): Promise<PollReport> {
  const report = newPollReport(
    job,
    ports.sinks.map(({ name }) => name),
  );
  const crowds = new CrowdCounter();
  const startedAt = performance.now();
  await reportOf(report, { log: ports.log, signal }, async () => {
    await holdLease(job.dryRun ? null : ports.lease, ports.log, signal, async (held) => {
      const state = await loadState(job, ports, held.signal, report);
      await poll({ job, ports, signal: held.signal, held, report, crowds, startedAt, state });
    });
    report.outcome = job.dryRun ? 'dry_run' : 'sent';
    return report;
  });
  report.attempts = ports.cascade.attempts;
  report.crowds = crowds.crowds();
  report.milliseconds = Math.round(performance.now() - startedAt);
  return report;
}

async function poll(run: Run): Promise<void> {
  const { job, ports } = run;
  if (ports.encoder.unsent.length > 0)
    warn(run, `The Avro schema lacks ${ports.encoder.unsent.join(', ')}; these fields are not sent.`);
  await openSinks(run);
  const end = await endOfWindow(run);
  await countWithoutDates(run);
  for (const mode of job.modes) {
    // A deletion is known by its day alone: today's wait until the day is over.
    await pollMode(run, mode, mode === 'deleted' ? dayOf(end) : instantOf(end));
  }
}

/**
 * The run's `now`, but not before all is settled by the server's own clock: patrons behind a slow clock, or in a
 * transaction that is still open, would be passed over. A replay of a time long ago has nothing to wait for.
 */
async function endOfWindow(run: Run): Promise<Date> {
  const { job, ports, signal } = run;
  const server = await retry(job.retry, () => ports.source.clock(signal), undefined, signal);
  const skew = Math.abs(server.getTime() - job.now.getTime());
  if (!job.isReplay && skew > clockSkewMs) {
    warn(
      run,
      `The clocks of this machine and of ${ports.source.name} differ by ${Math.round(skew / 1000)} s.`,
    );
  }
  return new Date(Math.min(job.now.getTime(), server.getTime() - job.safetyLagMs));
}

/** Before an address leaves, and before the first of several sinks has a record that another one refuses. */
async function openSinks({ job, ports, signal }: Run): Promise<void> {
  for (const sink of ports.sinks) {
    await retry(job.retry, () => sink.open(job.dryRun, signal), undefined, signal);
  }
}

/** Patrons without any time belong to no window. They are counted; the log tells of them when there are more or fewer. */
async function countWithoutDates(run: Run): Promise<void> {
  const { job, ports, report, signal, state } = run;
  const count = await retry(job.retry, () => ports.source.withoutDates(signal), undefined, signal);
  report.withoutDates = count;
  if (count > 0 && count !== state.withoutDates) warn(run, withoutDatesText(count));
  run.state = { ...state, withoutDates: count };
}

async function loadState(
  job: PollJob,
  { checkpoint, log, obfuscator }: PollPorts,
  signal: AbortSignal,
  report: PollReport,
): Promise<PollState> {
  const start = firstState(job.since === null ? job.start : startingAt(job.start, job.since));
  if (!checkpoint) return start;
  const keyNow = await keyFingerprint(obfuscator, signal);
  const document = await retry(job.retry, () => checkpoint.load(signal), undefined, signal);
  if (document !== null) {
    const state = parseState(document, checkpoint.name, job.zone);
    assertSameKey(state.keyFingerprint, keyNow, checkpoint.name);
    return { ...state, keyFingerprint: keyNow };
  }
  const warning = `There is no checkpoint at ${checkpoint.name}: this run starts from ${job.since === null ? 'the configured times' : '--since'}.`;
  report.warnings.push(warning);
  log.warn(warning);
  return { ...start, keyFingerprint: keyNow };
}

/** One pass over the patrons of a mode; batches are made ahead, and sent and saved in order. */
async function pollMode(run: Run, mode: PatronMode, before: string): Promise<void> {
  const { job, ports, report, signal } = run;
  const startedAt = performance.now();
  const after = startOf(run, mode);
  const tally = new ModeTally(mode);
  const broken = new AbortController();
  const making: { page: Page; batch: Promise<Batch> }[] = [];
  let through = after;
  let isComplete = false;
  let read = 0;
  const sendNext = async (): Promise<void> => {
    const next = making.shift();
    if (!next) return;
    const batch = await next.batch;
    signal.throwIfAborted();
    assertBalanced(`a batch of mode ${mode}`, booksOf(batch));
    const shares = watch(batch, run);
    await send(mode, batch, run);
    run.state = { ...run.state, shares };
    tally.enter(batch);
    for (const { info } of batch.records) run.crowds.count(info);
    read += batch.read;
    ports.onProgress?.(mode, read);
    recordBatch(report, {
      mode,
      at: Math.round(performance.now() - run.startedAt),
      batches: 1,
      read: batch.read,
      sent: batch.records.length,
    });
    await save(run, mode, { after, through: next.page.through, before });
    through = next.page.through;
    ports.log.info(job.dryRun || ports.sinks.length === 0 ? 'Made a batch.' : 'Sent a batch.', {
      mode,
      read: batch.read,
      sent: batch.records.length,
    });
  };
  try {
    if (comparePositions(after, { at: before, id: '' }) < 0) {
      for await (const page of readPages(mode, { after, before }, job, ports, signal)) {
        const batch = makeBatch(mode, page, run, AbortSignal.any([signal, broken.signal]));
        // Whoever fails while an earlier one is waited for has its turn.
        batch.catch(() => {});
        making.push({ page, batch });
        if (making.length === batchesAtATime) await sendNext();
      }
      while (making.length > 0) await sendNext();
    }
    isComplete = read < job.maxPatrons[mode];
    const isGapless = comparePositions(after, run.state[mode]) <= 0;
    if (isComplete && isGapless && mode === 'updated') await forgetPasses(run, before);
  } finally {
    broken.abort();
    const milliseconds = Math.round(performance.now() - startedAt);
    const made = tally.report({ from: after.at, before, through: through.at, isComplete, milliseconds });
    report.modes.push(made);
    for (const warning of modeWarnings(made)) warn(run, warning);
  }
}

/** Every mode from the same time on. */
function startingAt(start: Cursors, since: Instant): Cursors {
  const at = { at: since, id: '' };
  return { ...start, new: at, updated: at, deleted: { at: dayOf(dateOf(since)), id: '' } };
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

async function keep(run: Run, state: PollState): Promise<void> {
  const { job, ports, held } = run;
  run.state = state;
  const { checkpoint } = ports;
  if (job.dryRun || !checkpoint) return;
  // Whoever took the lease over has gone on from here; an older state would send his patrons again.
  await held.assertHeld();
  await retry(
    job.persistentRetry,
    () => checkpoint.save(stateDocument(state, job.zone)),
    (error, attempt) => ports.log.warn(`Saves the checkpoint again. ${error.message}`, { attempt }),
  );
}

function warn({ ports, report }: Run, warning: string): void {
  report.warnings.push(warning);
  ports.log.warn(warning);
}
