import { performance } from 'node:perf_hooks';
import { dayOf } from '../core/clock.ts';
import { holdLease } from '../core/hold-lease.ts';
import { type Instant, instantOf } from '../core/instant.ts';
import { retry } from '../core/retry.ts';
import { reportOf } from '../core/run.ts';
import { assertOneCensus } from './assert-one-census.ts';
import { CrowdCounter } from './count-crowds.ts';
import { crowdWarning } from './crowd-texts.ts';
import { type Cursors, positionAt } from './cursor.ts';
import type { PollJob, PollPorts } from './job.ts';
import { pollMode } from './poll-mode.ts';
import { newPollReport, type PollReport, withoutDatesText } from './poll-report.ts';
import type { PatronMode } from './ports.ts';
import { readStateOfKey } from './read-state.ts';
import { type Running, warn } from './running.ts';
import { saveState } from './save-state.ts';
import { settledUntil } from './settled-until.ts';
import { firstState, type PollState } from './state.ts';
import { changeOfCrowds, usualWith } from './usual-crowds.ts';

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

async function poll(run: Running): Promise<void> {
  const { job, ports } = run;
  await assertOneCensus(ports.cascade.geocoders, run.signal);
  if (ports.encoder.unsent.length > 0)
    warn(run, `The Avro schema lacks ${ports.encoder.unsent.join(', ')}; these fields are not sent.`);
  await openSinks(run);
  const end = await endOfWindow(run);
  await countWithoutDates(run);
  for (const mode of job.modes) {
    // A deletion is known by its day alone: today's wait until the day is over.
    await pollMode(run, mode, mode === 'deleted' ? dayOf(end) : instantOf(end));
  }
  await compareCrowds(run);
}

/** How many records can be recognised hardly changes from day to day: only a change is worth a warning. */
async function compareCrowds(run: Running): Promise<void> {
  if (!run.ports.checkpoint) return;
  const { state } = run;
  const crowds = run.crowds.crowds();
  const change = changeOfCrowds(state.crowds, crowds);
  if (change) warn(run, crowdWarning(change, crowds));
  const usual = usualWith(state.crowds, crowds);
  if (usual !== state.crowds) await saveState(run, { ...state, crowds: usual });
}

/** Up to when patrons are read. Clocks that differ deserve a look, except in a replay. */
async function endOfWindow(run: Running): Promise<Date> {
  const { job, ports, signal } = run;
  const { end, server } = await settledUntil(job, ports.source, signal);
  const skew = Math.abs(server.getTime() - job.now.getTime());
  if (!job.isReplay && skew > clockSkewMs) {
    warn(
      run,
      `The clocks of this machine and of ${ports.source.name} differ by ${Math.round(skew / 1000)} s.`,
    );
  }
  return end;
}

/** Before an address leaves, and before the first of several sinks has a record that another one refuses. */
async function openSinks({ job, ports, signal }: Running): Promise<void> {
  for (const sink of ports.sinks) {
    await retry(job.retry, () => sink.open(job.dryRun, signal), undefined, signal);
  }
}

/** Patrons without any time belong to no window. They are counted; the log tells of them when there are more or fewer. */
async function countWithoutDates(run: Running): Promise<void> {
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
  const { state, key } = await readStateOfKey(job, { checkpoint, obfuscator }, signal);
  if (state) return { ...state, keyFingerprint: key };
  const warning = `There is no checkpoint at ${checkpoint.name}: this run starts from ${job.since === null ? 'the configured times' : '--since'}.`;
  report.warnings.push(warning);
  log.warn(warning);
  return { ...start, keyFingerprint: key };
}

/** Every mode from the same time on. */
function startingAt(start: Cursors, since: Instant): Cursors {
  const at = (mode: PatronMode) => positionAt(since, mode);
  return { ...start, new: at('new'), updated: at('updated'), deleted: at('deleted') };
}
