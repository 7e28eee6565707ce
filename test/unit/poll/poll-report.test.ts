import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modeWarnings, newPollReport, type PollReport, recordBatch } from '../../../src/poll/poll-report.ts';
import type { PatronMode } from '../../../src/poll/ports.ts';
import { modeReport } from '../support/poll-reports.ts';

const report = (destinations: readonly string[] = ['kinesis']): PollReport =>
  newPollReport({ title: 'Poll', now: new Date('2026-03-01T12:00:00Z'), dryRun: false }, destinations);
const batchOf = (mode: PatronMode, at: number) => ({ mode, at, batches: 1, read: at % 7, sent: at % 5 });
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe('the batches of a report', () => {
  it('are told one by one while they are few', () => {
    const all = Array.from({ length: 400 }, (_, at) => batchOf('new', at));
    const told = report();
    for (const batch of all) recordBatch(told, { ...batch });
    expect(told.batches).toEqual(all);
  });

  it('are told two by two when they are many, the time being that of the later one', () => {
    const told = report();
    for (let at = 1; at <= 401; at += 1) recordBatch(told, { mode: 'new', at, batches: 1, read: 2, sent: 1 });
    expect(told.batches).toHaveLength(201);
    expect(told.batches[0]).toEqual({ mode: 'new', at: 2, batches: 2, read: 4, sent: 2 });
    expect(told.batches.at(-1)).toEqual({ mode: 'new', at: 401, batches: 1, read: 2, sent: 1 });
  });

  it('lose nothing, stay in order, do not mix modes and stay few, however many there are', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.nat({ max: 1500 }), fc.nat({ max: 1500 }), fc.nat({ max: 1500 })),
        ([fresh, updated, deleted]) => {
          const told = report();
          const counts = { new: fresh, updated, deleted };
          let at = 0;
          for (const [mode, count] of Object.entries(counts) as [PatronMode, number][]) {
            for (let index = 0; index < count; index += 1) {
              at += 1;
              recordBatch(told, batchOf(mode, at));
            }
          }
          expect(told.batches.length).toBeLessThanOrEqual(400);
          let seen = 0;
          for (const [mode, count] of Object.entries(counts)) {
            const own = told.batches.filter((batch) => batch.mode === mode);
            const all = Array.from({ length: count }, (_, index) => seen + index + 1);
            seen += count;
            expect(sum(own.map(({ batches }) => batches))).toBe(count);
            expect(sum(own.map(({ read }) => read))).toBe(sum(all.map((each) => each % 7)));
            expect(sum(own.map(({ sent }) => sent))).toBe(sum(all.map((each) => each % 5)));
            if (count > 0) expect(own.at(-1)?.at).toBe(seen);
          }
          const times = told.batches.map((batch) => batch.at);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('the report of a poll', () => {
  it('has failed until it is known to have ended well', () => {
    expect(report()).toMatchObject({ outcome: 'failed', isDiscarding: false, modes: [], error: null });
    expect(report([]).isDiscarding).toBe(true);
  });

  it('warns of tracts and libraries that are missing, and of nothing else', () => {
    const tracts = { known: 1, match: 1, no_match: 1, tie: 1, error: 0, no_address: 1 };
    expect(modeWarnings(modeReport('new', { tracts }))).toEqual([]);
    expect(modeWarnings(modeReport('new', { tracts: { ...tracts, error: 2 } }))).toEqual([
      expect.stringMatching(/^new: 2 records have no tract/),
    ]);
    expect(modeWarnings(modeReport('updated', { unknownInitialLibraries: 3 }))).toEqual([
      expect.stringMatching(/^updated: .*first home library.* 3 /),
    ]);
  });
});
