import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { untilAborted } from '../core/abort.ts';
import { assertBalanced } from '../core/books.ts';
import { toPatronflowError } from '../core/errors.ts';
import { type HeldLease, holdLease } from '../core/hold-lease.ts';
import { type RetryPolicy, retry } from '../core/retry.ts';
import { reportOf } from '../core/run.ts';
import { limits } from './alma/rules.ts';
import { deliver, type GroupArchives, replacedKeys } from './deliver.ts';
import { compareWithLast, hasSameRows } from './guard.ts';
import type { LoadGroup, LoadJob, LoadPorts } from './job.ts';
import { type DeliveredGroup, type Ledger, nextLedger, parseLedger } from './ledger.ts';
import { type GroupReport, groupReport, groupWarnings, type LoadReport, newReport } from './load-report.ts';
import { makeGroup } from './make-group.ts';
import { obeyGuard } from './obey-guard.ts';
import { PeopleRegister } from './people-register.ts';
import { type ColumnPlan, planColumns } from './read-people.ts';
import { type MadeGroup, needsRemake, remakeFiles } from './remake-files.ts';
import { isArchiveOf } from './write-zip.ts';
import { ZipThread } from './zip-thread.ts';

/**
 * Runs the job: read, fill, zip, compare, deliver, in that order, so that whatever fails before the delivery
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
  if (report.error?.kind === 'guard') report.outcome = 'held';
  report.unmappedValues = job.lookups.unmapped();
  return report;
}

async function load(
  job: LoadJob,
  ports: LoadPorts,
  { signal, assertHeld }: HeldLease,
  report: LoadReport,
): Promise<void> {
  const { store, log } = ports;
  const step = stopwatch(report.durations);

  const plans = await step('check columns', () => planAll(job, ports, signal));
  const last = await step('read ledger', () => readLedger(ports, signal));
  if (!job.dryRun) {
    const swept = await store.sweep((key) => job.groups.some(({ name }) => isArchiveOf(name, key)), signal);
    if (swept > 0) log.warn('Took away what a run that died had staged.', { files: swept });
  }

  const register = new PeopleRegister(job.showsRowKeys);
  const made: MadeGroup[] = [];
  const finished: GroupArchives[] = [];
  const delivered: Record<string, Omit<DeliveredGroup, 'startsAnew'>> = {};
  for (const group of groupsToRead(job)) {
    await step(`make ${group.name}`, async () => {
      const isDelivered = isAskedFor(job, group);
      const maxZips = limits.zipsPerRun - made.reduce((sum, { archives }) => sum + archives.length, 0);
      const zip = isDelivered ? newZip(job, ports.work.path, group, maxZips) : null;
      const plan = planOf(plans, group.name);
      const { tally, archives } = await makeGroup({ job, ports, group, plan, register, zip, signal });
      const each = { group, tally, archives, isDelivered };
      made.push(each);
      report.groups.push(groupReportOf(each, last));
    });
  }
  if (made.some((each) => needsRemake(each, register)))
    await step('make files again', () =>
      remakeFiles(made, {
        register,
        directory: join(ports.work.path, 'again'),
        newFiles: ({ group, archives }, directory) => newZip(job, directory, group, archives.length),
        log,
        signal,
      }),
    );

  for (const [index, each] of made.entries()) {
    const { group, archives, isDelivered } = each;
    const told = groupReportOf(each, last);
    report.groups[index] = told;
    assertBalanced(`group ${group.name}`, told.books);
    const { read, written, duplicate, rejected } = told.books;
    if (!isDelivered) {
      if (read === 0)
        report.guard.push({
          group: group.name,
          what: 'rows',
          before: told.last?.rows ?? 0,
          expected: told.last?.rows ?? 0,
          now: 0,
          stops: true,
          against: 'last',
        });
      continue;
    }
    finished.push({ group: group.name, archives });
    delivered[group.name] = { ...told.counts, madeAt: job.now.toISOString(), inputs: group.inputs };
    report.warnings.push(...groupWarnings(told));
    if (hasSameRows(told.counts, told.last))
      log.warn('All rows are the same as at the last delivery.', { group: group.name });
    // A part of the people says nothing about the whole.
    if (job.limit === undefined) {
      report.guard.push(...compareWithLast(group.name, told.counts, told.last, group.guard));
    }
    log.info('Made the files of a group.', { group: group.name, read, written, duplicate, rejected });
  }

  await obeyGuard(job, ports, report);
  if (job.dryRun) return reportDryRun(job, ports, finished, report, signal);
  await assertHeld();
  await step('deliver', () =>
    deliver({
      store,
      groups: finished,
      allGroups: job.groups.map(({ name }) => name),
      replace: job.replace,
      retry: job.retry,
      swapRetry: job.swapRetry,
      log,
      signal,
      onPublished: (receipt) => report.receipts.push(receipt),
      onRemoved: (keys) => report.removed.push(...keys),
    }),
  );
  report.outcome = ports.ledger ? 'delivered' : 'written';
  await step('save ledger', () =>
    saveLedger(ports, nextLedger(last, job.now, withAccepted(delivered, report)), job.retry, report),
  );
}

function groupReportOf({ group, tally, archives, isDelivered }: MadeGroup, last: Ledger | null): GroupReport {
  return groupReport(group, tally, last?.groups[group.name] ?? null, isDelivered ? archives : null);
}

/** Finds the columns of every group before the first row of any is read. */
async function planAll(
  job: LoadJob,
  { source }: LoadPorts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ColumnPlan>> {
  const plans = new Map<string, ColumnPlan>();
  for (const { name, relation, person, template } of job.groups) {
    plans.set(
      name,
      planColumns(relation, await untilAborted(signal, source.columns(relation, signal)), person, template),
    );
  }
  return plans;
}

/** Says what a delivery would do. */
async function reportDryRun(
  job: LoadJob,
  { store }: LoadPorts,
  groups: readonly GroupArchives[],
  report: LoadReport,
  signal: AbortSignal,
): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of store.list(signal)) keys.push(key);
  const settings = { groups, allGroups: job.groups.map(({ name }) => name), replace: job.replace };
  report.removed.push(...groups.flatMap(({ group }) => replacedKeys(keys, group, settings)));
  report.outcome = 'dry_run';
}

/** Where a person let a drop pass, what there was before it no longer counts. */
function withAccepted(
  delivered: Readonly<Record<string, Omit<DeliveredGroup, 'startsAnew'>>>,
  { guard }: LoadReport,
): Record<string, DeliveredGroup> {
  const dropped = new Set(guard.filter(({ stops }) => stops).map(({ group }) => group));
  return Object.fromEntries(
    Object.entries(delivered).map(([name, group]) => [name, { ...group, startsAnew: dropped.has(name) }]),
  );
}

async function readLedger({ ledger }: LoadPorts, signal: AbortSignal): Promise<Ledger | null> {
  return ledger ? parseLedger(await untilAborted(signal, ledger.load(signal)), ledger.name) : null;
}

/** The files are delivered: a ledger that cannot be saved is a warning for the next run, not a failure of this one. */
async function saveLedger(
  { ledger, log }: LoadPorts,
  document: Ledger,
  policy: RetryPolicy,
  report: LoadReport,
): Promise<void> {
  if (!ledger) return;
  try {
    await retry(policy, () => ledger.save(document));
  } catch (thrown) {
    const error = toPatronflowError(thrown);
    const warning = `The ledger could not be saved at ${ledger.name}; the next run is compared with an older one. ${error.message}`;
    report.warnings.push(warning);
    log.error(warning, { code: error.code });
  }
}

/** All groups, or those up to the last that was asked for: who is in an earlier one is not in it. */
function groupsToRead(job: LoadJob): readonly LoadGroup[] {
  return job.groups.slice(0, 1 + job.groups.findLastIndex((group) => isAskedFor(job, group)));
}

function isAskedFor({ onlyGroups }: LoadJob, { name }: LoadGroup): boolean {
  return onlyGroups?.includes(name) ?? true;
}

function newZip(job: LoadJob, directory: string, { name }: LoadGroup, maxZips: number): ZipThread {
  const { now, root, usersPerFile } = job;
  return new ZipThread({ directory, group: name, now, root, usersPerFile, maxZips });
}

function planOf(plans: ReadonlyMap<string, ColumnPlan>, group: string): ColumnPlan {
  const plan = plans.get(group);
  if (!plan) throw new Error('a group without a plan');
  return plan;
}

function stopwatch(durations: Record<string, number>) {
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    try {
      return await work();
    } finally {
      durations[name] = Math.round(performance.now() - start);
    }
  };
}
