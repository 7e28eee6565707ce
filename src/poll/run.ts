import { performance } from 'node:perf_hooks';
import { assertBalanced } from '../core/books.ts';
import { dayOf } from '../core/clock.ts';
import { stoppedError, toPatronflowError } from '../core/errors.ts';
import { dateOf, instantOf } from '../core/instant.ts';
import type { PatronMode, Position } from '../core/ports.ts';
import { retry } from '../core/retry.ts';
import { CrowdCounter } from './count-crowds.ts';
import {
  advance,
  type Cursors,
  comparePositions,
  cursorsDocument,
  parseCursors,
  withoutPassesBefore,
  withSentAsNew,
} from './cursor.ts';
import { holdLease } from './hold-lease.ts';
import type { PollJob, PollPorts } from './job.ts';
import { type Batch, makeDeletedBatch, makeNewBatch, makeUpdatedBatch } from './make-batch.ts';
import { ModeTally } from './mode-tally.ts';
import { newPollReport, type PollReport, recordBatch, recordFailure } from './poll-report.ts';
import { type Page, readPages } from './read-pages.ts';

/** A run under way: the job, and how far it has come. */
interface Run {
  readonly job: PollJob;
  readonly ports: PollPorts;
  readonly signal: AbortSignal;
  readonly report: PollReport;
  readonly crowds: CrowdCounter;
  readonly startedAt: number;
  cursors: Cursors;
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
  try {
    await holdLease(job.dryRun ? null : ports.lease, ports.log, signal, async (held) => {
      const cursors = await loadCursors(job, ports, held, report);
      await poll({ job, ports, signal: held, report, crowds, startedAt, cursors });
    });
    report.outcome = job.dryRun ? 'rehearsed' : 'sent';
  } catch (thrown) {
    recordFailure(report, signal.aborted ? stoppedError() : toPatronflowError(thrown), ports.log);
  }
  report.attempts = ports.cascade.attempts;
  report.crowds = crowds.crowds();
  report.milliseconds = Math.round(performance.now() - startedAt);
  return report;
}

async function poll(run: Run): Promise<void> {
  const { job, ports, report } = run;
  if (ports.encoder.unsent.length > 0)
    warn(run, `The Avro schema lacks ${ports.encoder.unsent.join(', ')}; these fields are not sent.`);
  const end = new Date((await endOfWindow(run)).getTime() - job.settleMs);
  for (const mode of job.modes) {
    // A deletion is known by its day alone: today's wait until the day is over.
    await pollMode(run, mode, mode === 'deleted' ? dayOf(end) : instantOf(end));
  }
  for (const { mode, tracts, unknownInitialLibraries } of report.modes) {
    if (tracts.error > 0)
      warn(run, `${mode}: ${tracts.error} records went out without a tract because the geocoder failed.`);
    if (unknownInitialLibraries > 0)
      warn(run, `${mode}: no first home library is known for ${unknownInitialLibraries} of the patrons.`);
  }
}

/** The run's `now`, or the server's when that is earlier: patrons behind a slow clock would be passed over. */
async function endOfWindow(run: Run): Promise<Date> {
  const { job, ports, signal } = run;
  const server = await retry(job.retry, () => ports.source.clock(signal), undefined, signal);
  if (job.isReplay) return job.now;
  const skew = Math.abs(server.getTime() - job.now.getTime());
  if (skew > clockSkewMs) {
    warn(
      run,
      `The clocks of this machine and of ${ports.source.name} differ by ${Math.round(skew / 1000)} s.`,
    );
  }
  return server < job.now ? server : job.now;
}

async function loadCursors(
  job: PollJob,
  { checkpoint, log }: PollPorts,
  signal: AbortSignal,
  report: PollReport,
): Promise<Cursors> {
  if (!checkpoint) return job.start;
  const document = await retry(job.retry, () => checkpoint.load(signal), undefined, signal);
  if (document !== null) return parseCursors(document, checkpoint.name, job.zone);
  const warning = `There is no checkpoint at ${checkpoint.name}: this run starts from the configured times.`;
  report.warnings.push(warning);
  log.warn(warning);
  return job.start;
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
    await send(batch, run);
    through = next.page.through;
    await save(run, mode, { after, through, before });
    tally.enter(batch);
    assertBalanced(`mode ${mode}`, tally.books());
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
    ports.log.info('Sent a batch.', { mode, read: batch.read, sent: batch.records.length });
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
    isComplete = read < job.mostPatrons[mode];
    if (isComplete && mode === 'updated') await forgetPasses(run, before);
  } finally {
    broken.abort();
    const milliseconds = Math.round(performance.now() - startedAt);
    report.modes.push(
      tally.report({ from: after.at, before, through: through.at, isComplete, milliseconds }),
    );
  }
}

function startOf({ job, cursors }: Run, mode: PatronMode): Position {
  if (job.since === null) return cursors[mode];
  return { at: mode === 'deleted' ? dayOf(dateOf(job.since)) : job.since, id: '' };
}

function makeBatch(mode: PatronMode, page: Page, run: Run, signal: AbortSignal): Promise<Batch> {
  const { job, ports, cursors } = run;
  const context = { job, ports, signal };
  if (page.kind === 'deleted') return makeDeletedBatch(page.patrons, context);
  return mode === 'new'
    ? makeNewBatch(page.rows, startOf(run, 'deleted'), context)
    : makeUpdatedBatch(page.rows, cursors.sentAsNew, context);
}

/** A batch is being sent to its end even when the run is told to stop: half of it would be sent again. */
async function send({ records }: Batch, { job, ports }: Run): Promise<void> {
  if (job.dryRun || records.length === 0) return;
  for (const sink of ports.sinks) await sink.write(records);
}

async function save(
  run: Run,
  mode: PatronMode,
  pass: { after: Position; through: Position; before: string },
): Promise<void> {
  const moved = advance(run.cursors, mode, pass.through);
  await keep(run, mode === 'new' ? withSentAsNew(moved, pass) : moved);
}

/** Once all updated patrons of the window were read, what was sent as new is of no more use. */
async function forgetPasses(run: Run, before: string): Promise<void> {
  const { cursors } = run;
  const kept = withoutPassesBefore(cursors, before);
  if (kept.sentAsNew.length < cursors.sentAsNew.length) await keep(run, kept);
}

async function keep(run: Run, cursors: Cursors): Promise<void> {
  const { job, ports } = run;
  run.cursors = cursors;
  const { checkpoint } = ports;
  if (job.dryRun || !checkpoint) return;
  await retry(
    job.persistentRetry,
    () => checkpoint.save(cursorsDocument(cursors, job.zone)),
    (error, attempt) => ports.log.warn(`Saves the checkpoint again. ${error.message}`, { attempt }),
  );
}

function warn({ ports, report }: Run, warning: string): void {
  report.warnings.push(warning);
  ports.log.warn(warning);
}
