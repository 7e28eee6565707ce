import type { BackfillPlan } from './plan.ts';
import type { QueuedRange, QueueState } from './ports.ts';

/** How far a back-fill is that many workers share. */
export interface QueueProgress {
  readonly isPaused: boolean;
  readonly atOnce: number | null;
  readonly before: string;
  readonly patrons: { readonly all: number; readonly done: number };
  readonly ranges: Readonly<Record<QueuedRange['state'], number>>;
  /** Of the last minutes, by all workers; null where none was done in them. */
  readonly perMinute: number | null;
  /** Milliseconds until the rest is done at that rate; null where there is none. */
  readonly leftMs: number | null;
  readonly workers: readonly WorkerProgress[];
  readonly failed: readonly QueuedRange[];
}

export interface WorkerProgress {
  readonly worker: string;
  readonly running: readonly number[];
  readonly done: number;
  readonly patrons: number;
  readonly perMinute: number | null;
  /** When it last took or ended a range, milliseconds since 1970. */
  readonly lastAt: number;
}

/** What a rate is taken from: long enough for ranges of minutes, short enough to show that workers came or went. */
const rateMs = 600_000;

/** @param now milliseconds since 1970; the times of ranges are by the clocks of their workers */
export function progressOfQueue(plan: BackfillPlan, state: QueueState, now: number): QueueProgress {
  const { ranges, isPaused, atOnce } = state;
  const patronsOf = ({ range }: QueuedRange) => plan.ranges[range]?.patrons ?? 0;
  const of = (wanted: QueuedRange['state']) => ranges.filter(({ state: each }) => each === wanted);
  const total = (some: readonly QueuedRange[]) => some.reduce((sum, each) => sum + patronsOf(each), 0);
  const rateOf = (done: readonly QueuedRange[]): number | null => {
    const recent = done.filter(({ endedAt }) => now - (endedAt ?? 0) < rateMs);
    if (recent.length === 0) return null;
    const from = Math.max(now - rateMs, Math.min(...recent.map(({ startedAt }) => startedAt ?? now)));
    return (total(recent) * 60_000) / Math.max(1, now - from);
  };
  const done = of('done');
  const patrons = { all: plan.patrons, done: total(done) };
  const perMinute = rateOf(done);
  const left = patrons.all - patrons.done - total(of('failed'));
  const names = [...new Set(ranges.flatMap(({ worker }) => worker ?? []))].sort();
  return {
    isPaused,
    atOnce,
    before: plan.before,
    patrons,
    ranges: {
      waiting: of('waiting').length,
      running: of('running').length,
      done: done.length,
      failed: of('failed').length,
    },
    perMinute,
    leftMs: perMinute ? (left * 60_000) / perMinute : null,
    workers: names.map((worker) => {
      const own = ranges.filter((range) => range.worker === worker);
      const ownDone = own.filter(({ state: each }) => each === 'done');
      return {
        worker,
        running: own.filter(({ state: each }) => each === 'running').map(({ range }) => range),
        done: ownDone.length,
        patrons: total(ownDone),
        perMinute: rateOf(ownDone),
        lastAt: Math.max(...own.map(({ startedAt, endedAt }) => Math.max(startedAt ?? 0, endedAt ?? 0))),
      };
    }),
    failed: of('failed'),
  };
}
