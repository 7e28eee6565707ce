import { untilAborted } from '../core/abort.ts';
import { toPatronflowError } from '../core/errors.ts';
import type { HeldLease } from '../core/hold-lease.ts';
import { type RetryPolicy, retry } from '../core/retry.ts';
import { deliver, type GroupArchives, replacedKeys } from './deliver.ts';
import type { LoadJob, LoadPorts } from './job.ts';
import { type DeliveredGroup, type DeliveredRun, type Ledger, nextLedger, parseLedger } from './ledger.ts';
import type { LoadReport } from './load-report.ts';
import type { LocalFile } from './ports.ts';
import { leaversGroup } from './roster/leavers-settings.ts';
import { stopwatch } from './stopwatch.ts';
import { isArchiveOf } from './write-zip.ts';

/** A group whose files are finished, and what the ledger is to hold of it. */
export interface FinishedGroup extends GroupArchives {
  readonly ledger: Omit<DeliveredGroup, 'startsAnew'>;
}

/** Files that are delivered: those of a group, or of the leavers, of which the ledger holds no counts. */
export interface DeliveredFiles extends GroupArchives {
  readonly ledger: FinishedGroup['ledger'] | null;
}

/** What a delivery needs to know of its job. */
export interface DeliveryJob extends Pick<LoadJob, 'now' | 'replace' | 'retry' | 'swapRetry' | 'dryRun'> {
  readonly groups: readonly { readonly name: string }[];
  /** Null where the job sends no leavers. */
  readonly leavers: object | null;
}

export type DeliveryPorts = Pick<LoadPorts, 'store' | 'storeOf' | 'ledger' | 'roster' | 'log'>;

/** Reads the ledger, and takes away what a run that died had staged. @returns null before the first delivery */
export async function openDelivery(
  { groups, leavers, dryRun }: DeliveryJob,
  { storeOf, ledger, log }: DeliveryPorts,
  signal: AbortSignal,
): Promise<Ledger | null> {
  const last = ledger ? parseLedger(await untilAborted(signal, ledger.load(signal)), ledger.name) : null;
  if (dryRun) return last;
  let swept = 0;
  const names = namesOf({ groups, leavers });
  for (const store of new Set(names.map(storeOf)))
    swept += await store.sweep((key) => names.some((name) => isArchiveOf(name, key)), signal);
  if (swept > 0) log.warn('Removed staged files of an interrupted run.', { files: swept });
  return last;
}

/** Delivers finished files, made by this run or held by the guard of an earlier one, and remembers it in the ledger. */
export async function deliverFinished(
  job: DeliveryJob,
  ports: DeliveryPorts,
  { signal, assertHeld }: HeldLease,
  {
    groups: finished,
    roster = null,
    last,
    report,
    ...run
  }: Omit<DeliveredRun, 'hasRoster'> & {
    readonly groups: readonly DeliveredFiles[];
    /** Makes the roster of what is delivered; null where none is kept. */
    readonly roster?: (() => Promise<LocalFile>) | null;
    readonly last: Ledger | null;
    readonly report: LoadReport;
  },
): Promise<void> {
  const { storeOf, log } = ports;
  const step = stopwatch(report.durations);
  const groups = withLeavers(job, finished);
  if (job.dryRun) return reportDryRun(job, ports, groups, report, signal);
  await assertHeld();
  await markReplacing(ports, last, job.retry);
  await step('deliver', () =>
    deliver({
      storeOf,
      groups,
      allGroups: namesOf(job),
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
  if (roster && !(await step('save roster', () => saveRoster(ports, roster, job.retry, report)))) return;
  const next = nextLedger(last, job.now, delivered(groups, report), { ...run, hasRoster: roster !== null });
  await step('save ledger', () => saveLedger(ports, next, job.retry, report));
}

/** Names of all groups that have files. */
function namesOf({ groups, leavers }: Pick<DeliveryJob, 'groups' | 'leavers'>): string[] {
  return [...groups.map(({ name }) => name), ...(leavers ? [leaversGroup] : [])];
}

/**
 * The last file of leavers goes with every delivery, first of all: who is in it may have returned, and must not be in two files of which one
 * expires them.
 */
function withLeavers({ leavers }: DeliveryJob, groups: readonly DeliveredFiles[]): readonly DeliveredFiles[] {
  if (!leavers || groups.some(({ group }) => group === leaversGroup)) return groups;
  return [{ group: leaversGroup, archives: [], ledger: null }, ...groups];
}

/** Files that are gone are taken for taken by Alma, unless the ledger says that we may have removed them. */
async function markReplacing(
  { ledger }: DeliveryPorts,
  last: Ledger | null,
  policy: RetryPolicy,
): Promise<void> {
  if (!ledger || !last?.roster || last.replacing) return;
  await retry(policy, () => ledger.save({ ...last, replacing: true }));
}

/** Says what a delivery would do. */
async function reportDryRun(
  job: DeliveryJob,
  { storeOf }: DeliveryPorts,
  groups: readonly GroupArchives[],
  report: LoadReport,
  signal: AbortSignal,
): Promise<void> {
  const settings = { groups, allGroups: namesOf(job), replace: job.replace, storeOf };
  for (const { group } of groups) {
    const keys: string[] = [];
    for await (const { key } of storeOf(group).list(signal)) keys.push(key);
    report.removed.push(...replacedKeys(keys, group, settings));
  }
  report.outcome = 'dry_run';
}

/** Where a person let a drop pass, what there was before it no longer counts. */
function delivered(
  groups: readonly DeliveredFiles[],
  { guard }: LoadReport,
): Readonly<Record<string, DeliveredGroup>> {
  const dropped = new Set(guard.filter(({ stops }) => stops).map(({ group }) => group));
  return Object.fromEntries(
    groups.flatMap(({ group, ledger }) =>
      ledger ? [[group, { ...ledger, startsAnew: dropped.has(group) }] as const] : [],
    ),
  );
}

/** The files are delivered. Without the roster the ledger stays as it is too, so that both are of one delivery. @returns whether it was saved */
async function saveRoster(
  { roster: store, log }: DeliveryPorts,
  make: () => Promise<LocalFile>,
  policy: RetryPolicy,
  report: LoadReport,
): Promise<boolean> {
  try {
    const file = await make();
    await retry(policy, async () => store?.save(file));
    return true;
  } catch (thrown) {
    const error = toPatronflowError(thrown);
    const warning = `The roster could not be saved; the next run is compared with the delivery before this one. ${error.message}`;
    report.warnings.push(warning);
    log.error(warning, { code: error.code });
    return false;
  }
}

/** The files are delivered: a ledger that cannot be saved is a warning for the next run, not a failure of this one. */
async function saveLedger(
  { ledger, log }: DeliveryPorts,
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
