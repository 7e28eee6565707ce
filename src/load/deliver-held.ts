import { join } from 'node:path';
import { PatronflowError, toPatronflowError } from '../core/errors.ts';
import { type HeldLease, holdLease } from '../core/hold-lease.ts';
import { reportOf } from '../core/run.ts';
import { safeText } from '../core/safe-text.ts';
import { type DeliveryJob, type DeliveryPorts, deliverFinished, openDelivery } from './deliver-finished.ts';
import { feedsOf, type HeldManifest, readManifest, removeHeld, verifyFiles } from './held-files.ts';
import { changedInputs } from './inputs.ts';
import type { LoadPorts } from './job.ts';
import type { Ledger } from './ledger.ts';
import { type GroupReport, type LoadReport, newReport } from './load-report.ts';
import { finishTables } from './read-tables.ts';
import { stopwatch } from './stopwatch.ts';

export interface HeldJob extends DeliveryJob {
  readonly title: string;
  /** Where the guard put the files. */
  readonly directory: string;
}

export type HeldPorts = DeliveryPorts & Pick<LoadPorts, 'lease' | 'source'>;

/**
 * Delivers exactly the files that the guard held and a person has looked at, as the run that made them would
 * have done. The source is not read: by now it may be another one.
 * @returns the report; never throws
 */
export async function deliverHeld(job: HeldJob, ports: HeldPorts, signal: AbortSignal): Promise<LoadReport> {
  const report = newReport(job, ports.store.name);
  return reportOf(report, { log: ports.log, signal }, async () => {
    const lease = job.dryRun ? null : ports.lease;
    await holdLease(lease, ports.log, signal, (held) => load(job, ports, held, report));
    return report;
  });
}

async function load(job: HeldJob, ports: HeldPorts, held: HeldLease, report: LoadReport): Promise<void> {
  const { directory } = job;
  const step = stopwatch(report.durations);
  const manifest = await readManifest(directory);
  assertOfJob(manifest, job, ports);
  const last = await step('read ledger', () => openDelivery(job, ports, held.signal));
  report.fromHeld = { directory, madeAt: manifest.madeAt, removed: false };
  if (isDelivered(manifest, last)) {
    report.warnings.push('An earlier run had delivered these files; only their folder was left.');
    report.outcome = job.dryRun ? 'dry_run' : 'delivered';
  } else {
    assertNoneNewer(manifest, last, directory);
    await step('verify files', () => verifyFiles(directory, manifest));
    report.groups.push(...manifest.groups.map((group) => heldReport(group, last)));
    report.guard.push(...manifest.guard.map((figure) => ({ ...figure, what: safeText(figure.what) })));
    report.acceptedDrop = manifest.guard.length > 0;
    const groups = manifest.groups.map(({ name, ledger, files }) => ({
      group: name,
      ledger,
      archives: archivesOf(files, directory),
    }));
    await deliverFinished(job, ports, held, { groups, tables: manifest.tables, last, report });
  }
  await finishTables(ports, job, feedsOf(manifest), report, held.signal);
  if (!job.dryRun) await step('remove files', () => removeDelivered(manifest, job, ports, report));
}

/** @throws PatronflowError HELD_UNFIT */
function assertOfJob(manifest: HeldManifest, { groups }: HeldJob, { store, ledger }: HeldPorts): void {
  const stranger = manifest.groups.find(({ name }) => !groups.some((group) => group.name === name));
  if (manifest.destination === store.name && manifest.ledger === ledger?.name && !stranger) return;
  const what = stranger
    ? `has the group ${safeText(stranger.name)}`
    : `delivers to ${safeText(manifest.destination)}`;
  throw new PatronflowError('HELD_UNFIT', `The files belong to another job, which ${what}.`, {
    hint: 'Use the same --config and variables as the run that the guard stopped.',
  });
}

/** @throws PatronflowError HELD_UNFIT when the files would take the place of newer ones */
function assertNoneNewer({ groups, madeAt }: HeldManifest, last: Ledger | null, directory: string): void {
  const newer = groups.find(({ name }) => {
    const known = last?.groups[name];
    return known && (known.madeAt ?? last.deliveredAt) > madeAt;
  });
  if (!newer) return;
  throw new PatronflowError(
    'HELD_UNFIT',
    `A newer feed of ${newer.name} has been delivered since the guard held these files.`,
    { hint: `Nothing was delivered. Remove them with: rm -r '${directory}'` },
  );
}

/** Tells whether an earlier run delivered these files and died before it had removed them. */
function isDelivered({ groups, madeAt }: HeldManifest, last: Ledger | null): boolean {
  return groups.every(({ name }) => last?.groups[name]?.madeAt === madeAt);
}

/** The report of a group as the run that made its files would have had it, without the rows. */
function heldReport(
  { name, books, ledger, files }: HeldManifest['groups'][number],
  last: Ledger | null,
): GroupReport {
  const { madeAt: _, inputs, ...counts } = ledger;
  const before = last?.groups[name] ?? null;
  return {
    name,
    delivered: true,
    books,
    counts,
    last: before,
    changedInputs: before && changedInputs(before.inputs, inputs),
    listed: [],
    cut: {},
    removedCharacters: 0,
    repeatedIdentifiers: 0,
    blamed: {},
    leftOutIdentifiers: 0,
    leftOut: [],
    farAhead: 0,
    unveiled: {},
    suspicious: {},
    repeatedByQuery: 0,
    skipped: {},
    file: null,
    files,
  };
}

function archivesOf(files: HeldManifest['groups'][number]['files'], directory: string) {
  return files.map((file) => ({ ...file, path: join(directory, file.key) }));
}

/** The files are delivered: a folder that cannot be removed is a warning. */
async function removeDelivered(
  manifest: HeldManifest,
  { directory }: HeldJob,
  { log }: HeldPorts,
  report: LoadReport,
): Promise<void> {
  try {
    await removeHeld(directory, manifest);
    report.fromHeld = { directory, madeAt: manifest.madeAt, removed: true };
  } catch (thrown) {
    const error = toPatronflowError(thrown);
    const warning = `The files that were held could not be removed. They hold personal data; remove them with: rm -r '${directory}'`;
    report.warnings.push(warning);
    log.error(warning, { code: error.code });
  }
}
