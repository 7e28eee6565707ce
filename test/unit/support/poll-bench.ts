import type { PollJob, PollPorts } from '../../../src/poll/job.ts';
import { runPoll } from '../../../src/poll/run.ts';
import { memorySierra, type SierraPatron, sierraPatron } from './memory-sierra.ts';
import { memoryCheckpoint, memoryLog, memorySink, pollJob, pollPorts } from './poll-ports.ts';

/** So many patrons of one moment, before the first run. */
export const patrons = (count: number, change: Partial<SierraPatron> = {}) =>
  Array.from({ length: count }, (_, index) => sierraPatron(index + 1, change));

/** A job with all its ports, which are the same for each run, and what became of it. */
export function pollBench(all: readonly SierraPatron[], change: Partial<PollPorts> = {}) {
  const source = memorySierra(all);
  const sink = memorySink();
  const checkpoint = memoryCheckpoint();
  const { log, lines } = memoryLog();
  const ports = pollPorts({ source, sinks: [sink], checkpoint, log, ...change });
  return {
    source,
    sink,
    checkpoint,
    lines,
    run: (job: Partial<PollJob> = {}, signal = new AbortController().signal) =>
      runPoll(pollJob(job), ports, signal),
    /** The ids of the patrons sent, by batch. */
    sent: () => sink.batches.map((batch) => batch.map(({ patron_id }) => Number(patron_id.slice(1)))),
  };
}
