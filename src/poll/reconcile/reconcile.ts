import { performance } from 'node:perf_hooks';
import { type Day, dateOf, type Instant, instantOf, zonedText } from '../../core/instant.ts';
import type { Log } from '../../core/log.ts';
import type { Checkpoint } from '../../core/ports.ts';
import { retry } from '../../core/retry.ts';
import { newRunReport, type RunReport } from '../../core/run.ts';
import type { PollJob } from '../job.ts';
import type { DayKind, DayWindow, PatronSource, Warehouse } from '../ports.ts';
import { readState, readStateOfKey } from '../read-state.ts';
import { settledUntil } from '../settled-until.ts';
import { type ComparedRecords, compareRecords, type RecordsPorts } from './compare-records.ts';

/** A day of which both sides do not have the same number of patrons. */
export interface UnequalDay {
  readonly day: Day;
  readonly source: number;
  readonly warehouse: number;
}

/** The days of one kind, compared. */
export interface ComparedDays extends DayWindow {
  readonly kind: DayKind;
  /** Patrons in all. */
  readonly source: number;
  readonly warehouse: number;
  /** Days on which either side has a patron. */
  readonly days: number;
  readonly unequal: readonly UnequalDay[];
}

/** What a comparison found. Counts only: no person can be recognised in it. */
export interface ReconcileReport extends RunReport {
  outcome: 'equal' | 'unequal' | 'held' | 'stopped' | 'failed';
  readonly compared: ComparedDays[];
  /** Patron by patron, where that was asked for. */
  records: ComparedRecords | null;
  milliseconds: number;
}

/** What a comparison asks; it writes to none of them. */
export interface ReconcilePorts {
  readonly source: PatronSource;
  readonly warehouse: Warehouse;
  readonly checkpoint: Checkpoint<unknown> | null;
  readonly log: Log;
}

/** A report in which nothing has been compared yet. */
export function newReconcileReport(job: PollJob): ReconcileReport {
  return { ...newRunReport(job), compared: [], records: null, milliseconds: 0 };
}

/** Compares both sides patron by patron as well; the numbers by day come first. */
export async function reconcileRecords(
  job: PollJob,
  ports: RecordsPorts,
  report: ReconcileReport,
  isRepaired: boolean,
  signal: AbortSignal,
): Promise<ReconcileReport> {
  const startedAt = performance.now();
  const noted = await readStateOfKey(job, ports, signal);
  await reconcile(job, ports, report, signal);
  const end = instantOf((await settledUntil(job, ports.source, signal)).end);
  // Where no poll has begun, a back-fill has sent all that is settled by now.
  const at = { at: end, id: '' };
  const all = { new: at, updated: at, deleted: { at: end.slice(0, 10), id: '' }, sentAsNew: [] };
  report.records = await compareRecords(job, ports, noted.state ?? all, end, isRepaired, signal);
  const { missing, stale, tooMany } = report.records;
  if (missing + stale + (tooMany ?? 0) > 0) report.outcome = 'unequal';
  report.milliseconds = Math.round(performance.now() - startedAt);
  return report;
}

/** Compares the numbers of patrons by day of creation and of deletion, one query a side for each. */
export async function reconcile(
  job: PollJob,
  ports: ReconcilePorts,
  report: ReconcileReport,
  signal: AbortSignal,
): Promise<ReconcileReport> {
  const startedAt = performance.now();
  const windows = await windowsOf(job, ports, signal);
  for (const kind of ['created', 'deleted'] as const) {
    const window = windows[kind];
    const count = (side: PatronSource | Warehouse) =>
      retry(job.retry, () => side.countsByDay(kind, window, signal), undefined, signal);
    report.compared.push(compare(kind, window, await count(ports.source), await count(ports.warehouse)));
  }
  report.outcome = report.compared.every(({ unequal }) => unequal.length === 0) ? 'equal' : 'unequal';
  report.milliseconds = Math.round(performance.now() - startedAt);
  return report;
}

/** Only whole days that the poll has gone past: on the day of the checkpoint patrons may still be to come. */
async function windowsOf(
  job: PollJob,
  ports: ReconcilePorts,
  signal: AbortSignal,
): Promise<Record<DayKind, DayWindow>> {
  const { zone, start, since } = job;
  const state = await readState(job, ports.checkpoint, signal);
  const end = instantOf((await settledUntil(job, ports.source, signal)).end);
  const firstCreated = firstWholeDay(since ?? start.new.at, zone);
  return {
    created: { from: firstCreated, before: localDay(state?.new.at ?? end, zone) },
    deleted: {
      from: since === null ? start.deleted.at : firstCreated,
      before: state?.deleted.at ?? end.slice(0, 10),
    },
  };
}

function localDay(instant: Instant, zone: string): Day {
  return zonedText(instant, zone).slice(0, 10);
}

/** The first day that begins at the moment or later. */
function firstWholeDay(instant: Instant, zone: string): Day {
  const day = localDay(instant, zone);
  if (zonedText(instant, zone).slice(11, 19) === '00:00:00') return day;
  const next = dateOf(`${day} 00:00:00.000000`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}

function compare(
  kind: DayKind,
  window: DayWindow,
  source: ReadonlyMap<Day, number>,
  warehouse: ReadonlyMap<Day, number>,
): ComparedDays {
  const days = [...new Set([...source.keys(), ...warehouse.keys()])].sort();
  const both = days.map((day) => ({
    day,
    source: source.get(day) ?? 0,
    warehouse: warehouse.get(day) ?? 0,
  }));
  return {
    kind,
    ...window,
    source: both.reduce((sum, each) => sum + each.source, 0),
    warehouse: both.reduce((sum, each) => sum + each.warehouse, 0),
    days: days.length,
    unequal: both.filter((each) => each.source !== each.warehouse),
  };
}
