import { holdLease } from '../core/hold-lease.ts';
import { reportOf } from '../core/run.ts';
import { enterGroup } from './check-group.ts';
import { deliver } from './deliver.ts';
import type { LoadJob, LoadPorts } from './job.ts';
import { type LoadReport, newReport } from './load-report.ts';
import { makeGroups, planGroups } from './make-groups.ts';
import { saveRejects } from './rejects/save-rejects.ts';
import type { MadeGroup } from './remake-files.ts';
import { removeWork } from './remove-work.ts';
import { stopwatch } from './stopwatch.ts';
import type { Archive } from './write-zip.ts';

/**
 * Loads some people alone, such as those who were rejected and whose rows a person has mended. Their files have names of their
 * own and are put beside those of the nightly loads. No file is taken away; ledger, guard and roster stay as they are.
 */
export async function loadOnly(job: LoadJob, ports: LoadPorts, signal: AbortSignal): Promise<LoadReport> {
  const report = newReport(job, ports.store.name);
  await reportOf(report, { log: ports.log, signal }, async () => {
    await holdLease(job.dryRun ? null : ports.lease, ports.log, signal, async (held) => {
      const step = stopwatch(report.durations);
      const plans = await step('check columns', () => planGroups(job, ports, held.signal));
      const work = await ports.makeWork();
      try {
        const running = { job, ports, signal: held.signal, report, plans, last: null, work };
        const { made, rejects } = await makeGroups(running);
        for (const each of made) {
          each.archives = ownFiles(each);
          enterGroup(each, running);
        }
        if (rejects) await step('save rejects', () => saveRejects(rejects, running));
        report.outcome = 'dry_run';
        if (job.dryRun) return;
        await held.assertHeld();
        await step('deliver', () => deliverBeside(made, job, ports, report, held.signal));
        report.outcome = ports.ledger ? 'delivered' : 'written';
      } finally {
        await removeWork(work, ports.log, report);
      }
    });
    return report;
  });
  report.unmappedValues = job.lookups.unmapped();
  return report;
}

async function deliverBeside(
  made: readonly MadeGroup[],
  { retry, swapRetry }: LoadJob,
  { storeOf, log }: LoadPorts,
  report: LoadReport,
  signal: AbortSignal,
): Promise<void> {
  const groups = made.map(({ group, archives }) => ({ group: group.name, archives }));
  await deliver({
    storeOf,
    groups,
    // No zip that is there belongs to a group, so none is replaced.
    allGroups: [],
    replace: 'own',
    retry,
    swapRetry,
    log,
    signal,
    onPublished: (receipt) => report.receipts.push(receipt),
    onRemoved: () => {},
  });
}

/** `staff-only_2026-03-01_12.00.00.zip`, which no nightly load takes for its own; none without users. */
function ownFiles({ group: { name }, archives }: MadeGroup): readonly Archive[] {
  return archives
    .filter(({ users }) => users > 0)
    .map((archive) => ({ ...archive, key: `${name}-only${archive.key.slice(name.length)}` }));
}
