import { fileStamp } from '../core/clock.ts';
import { PatronflowError } from '../core/errors.ts';
import type { FinishedGroup } from './deliver-finished.ts';
import { figureText } from './guard.ts';
import { type HeldManifest, heldFeed, writeManifest } from './held-files.ts';
import type { LoadJob, LoadPorts } from './job.ts';
import type { GroupReport, LoadReport } from './load-report.ts';
import type { FilesOfTables } from './ports.ts';
import { tableLedger } from './table-report.ts';
import type { WorkFolder } from './work-folder.ts';

/** @throws PatronflowError GUARD_STOPPED, after the files were put where a person can look at them */
export async function obeyGuard(
  job: LoadJob,
  { store, log, ledger }: LoadPorts,
  report: LoadReport,
  {
    finished,
    files,
    work,
    discard,
  }: {
    finished: readonly FinishedGroup[];
    /** Files of feeds that are to be moved or removed once what is held was delivered. */
    files: FilesOfTables;
    work: WorkFolder;
    /** Takes away what else is in the work folder. */
    discard?: (() => Promise<void>) | undefined;
  },
): Promise<void> {
  const stopping = report.guard.filter(({ stops }) => stops);
  const { untrusted } = report;
  if (stopping.length + untrusted.length === 0) return;
  const seen = stopping.map(figureText).join('; ');
  if (job.acceptDrop && untrusted.length === 0) {
    report.acceptedDrop = true;
    log.warn(`Guard overridden by --accept-drop: ${seen}.`);
    return;
  }
  if (!job.dryRun && ledger) {
    const places = { destination: store.name, ledger: ledger.name };
    await discard?.();
    await writeManifest(work.path, manifestOf(job, places, report, { finished, files }));
    report.heldAt = await work.keep(fileStamp(job.now));
  }
  const kept = report.heldAt
    ? [
        `The files are held in ${report.heldAt}; they contain personal data. Check them.`,
        `To deliver exactly these: patronflow load --held '${report.heldAt}'`,
        `To remove them: rm -r '${report.heldAt}'`,
      ]
    : [];
  const stopped = new Set(stopping.map(({ group }) => group));
  if (untrusted.length > 0) {
    const drops = seen === '' ? '' : ` ${seen}.`;
    throw new PatronflowError(
      'GUARD_STOPPED',
      [`The feed cannot be trusted; nothing was delivered. ${untrusted.join(' ')}${drops}`, ...kept],
      { hint: untrustedHint },
    );
  }
  throw new PatronflowError(
    'GUARD_STOPPED',
    [`The guard stopped the run; nothing was delivered. ${seen}.`, ...kept],
    {
      hint: guardHint(
        report.groups.filter(({ name }) => stopped.has(name)),
        new Set(job.groups.flatMap(({ name, relation }) => (relation.query === undefined ? [] : [name]))),
        report.heldAt !== null,
      ),
    },
  );
}

function manifestOf(
  { now }: LoadJob,
  places: { readonly destination: string; readonly ledger: string },
  { groups, guard, tables }: LoadReport,
  { finished, files }: { readonly finished: readonly FinishedGroup[]; readonly files: FilesOfTables },
): HeldManifest {
  return {
    version: 1,
    madeAt: now.toISOString(),
    ...places,
    groups: finished.map(({ group, ledger }) => {
      const { books, files } = madeGroup(groups, group);
      return { name: group, books, ledger, files: [...files] };
    }),
    tables: Object.fromEntries(tables.map((table) => [table.name, tableLedger(table)])),
    feeds: Object.fromEntries(Object.entries(files).map(([name, each]) => [name, each.map(heldFeed)])),
    guard: guard.flatMap(({ stops, ...figure }) => (stops ? [{ ...figure, stops }] : [])),
  };
}

function madeGroup(groups: readonly GroupReport[], group: string): GroupReport {
  const found = groups.find(({ name }) => name === group);
  if (!found) throw new Error('a finished group without a report');
  return found;
}

const untrustedHint =
  'Ask for a complete, correctly quoted file. The report lists the lines; docs/feeds.md has the rule. --accept-drop does not override this check. To allow more broken records, raise guard.max_broken_records and guard.max_broken_lines.';

/** What to look at first, and what to do. */
function guardHint(groups: readonly GroupReport[], queries: ReadonlySet<string>, isHeld: boolean): string {
  const next = isHeld
    ? 'If the drop is real, deliver what was held with --held, or read the source again with --accept-drop.'
    : 'If the drop is real, run with --accept-drop.';
  // No drop is real where rows came and every one was rejected.
  const isMistake = groups.every(isAllRejected);
  return [
    ...groups.map((group) => causeOf(group, queries.has(group.name))),
    ...(isMistake ? [] : [next]),
  ].join(' ');
}

function isAllRejected({ books }: Pick<GroupReport, 'books'>): boolean {
  return books.written === 0 && books.rejected > 0;
}

/** Whether the source or what the users are made with is no longer what it was. */
function causeOf({ name, books, counts, last, changedInputs }: GroupReport, isQuery: boolean): string {
  const rejected = isAllRejected({ books })
    ? `All rows of ${name} were rejected (${books.rejected}); the report gives the reasons. `
    : '';
  if (books.read === 0)
    return isQuery
      ? `The query of ${name} returned no rows: look at it, and at what it reads.`
      : `The source has no rows for ${name}: ask its owners.`;
  if (changedInputs === null)
    return `${rejected}Is this the right file or table for ${name}? Ask the owners of the source, and look at what was changed in the template and the configuration.`;
  if (changedInputs.length === 0)
    return `${rejected}Nothing but the source has changed for ${name} since the last delivery: ask its owners whether this is the right feed.`;
  const changed = changedInputs.join(', ');
  const sameRows =
    counts.rowsFingerprint === last?.rowsFingerprint ? ' Its rows have not changed since.' : '';
  return `${rejected}Changed for ${name} since the last delivery: ${changed}. Look there before you ask the owners of the source.${sameRows}`;
}
