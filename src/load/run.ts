import { type HeldLease, holdLease } from '../core/hold-lease.ts';
import { reportOf } from '../core/run.ts';
import { checkGroup } from './check-group.ts';
import { deliverFinished, openDelivery } from './deliver-finished.ts';
import type { LoadJob, LoadPorts } from './job.ts';
import { type LoadReport, newReport } from './load-report.ts';
import { makeGroups, planGroups } from './make-groups.ts';
import { obeyGuard } from './obey-guard.ts';
import { finishTables, lookAtTables, readTables } from './read-tables.ts';
import { saveRejects } from './rejects/save-rejects.ts';
import { removeWork } from './remove-work.ts';
import { prepareSending } from './roster/prepare-sending.ts';
import { useRoster } from './roster/use-roster.ts';
import { stopwatch } from './stopwatch.ts';
import { tableLedger } from './table-report.ts';

/**
 * Runs the job: read, fill, zip, compare, deliver, in that order, so that a failure before the delivery
 * has changed nothing.
 * @returns the report; never throws, so that a failed run is reported like any other
 */
export async function runLoad(job: LoadJob, ports: LoadPorts, signal: AbortSignal): Promise<LoadReport> {
  const report = newReport(job, ports.store.name);
  await reportOf(report, { log: ports.log, signal }, async () => {
    const lease = job.dryRun ? null : ports.lease;
    await holdLease(lease, ports.log, signal, (held) => load(job, ports, held, report));
    return report;
  });
  report.unmappedValues = job.lookups.unmapped();
  return report;
}

async function load(job: LoadJob, ports: LoadPorts, held: HeldLease, report: LoadReport): Promise<void> {
  const { signal } = held;
  const step = stopwatch(report.durations);

  const plans = await step('check columns', () => planGroups(job, ports, signal));
  const last = await step('read ledger', () => openDelivery(job, ports, signal));
  const work = await ports.makeWork();
  try {
    const running = { job, ports, signal, report, plans, last, work };
    if (ports.source.tables) await step('read tables', () => readTables(running));
    const { made, register, rejects } = await makeGroups(running);
    const finished = made.flatMap((each) => checkGroup(each, running) ?? []);
    if (rejects) await step('save rejects', () => saveRejects(rejects, running));
    await lookAtTables(running, register);
    const { roster } = job;
    const compared =
      roster && ports.roster
        ? await step('compare with roster', () => useRoster(running, roster, { made, register }))
        : null;
    // Before the guard may keep the work folder: rows of whole feeds are no part of what it holds.
    await ports.source.tables?.release();
    // Groups that were not asked for are still to come.
    const files = job.onlyGroups ? {} : ((await ports.source.tables?.filesToFinish(signal)) ?? {});
    await obeyGuard(job, ports, report, { finished, files, work, discard: compared?.discard });
    const tables = Object.fromEntries(report.tables.map((table) => [table.name, tableLedger(table)]));
    const sending = compared
      ? await step('choose users', () => prepareSending(running, compared, { made, finished }))
      : { groups: finished };
    await deliverFinished(job, ports, held, { ...sending, tables, last, report });
    await finishTables(ports, job, files, report, signal);
  } finally {
    await removeWork(work, ports.log, report);
  }
}
