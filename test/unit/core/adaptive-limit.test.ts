import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptiveLimit } from '../../../src/core/adaptive-limit.ts';
import { failureOf } from '../support/fixtures.ts';

/** A call that ends when it is told to. */
interface Call {
  end(isGood: boolean): Promise<void>;
  fail(): Promise<void>;
}

/** Calls under way, in the order in which they began. */
function bench(limits: { first: number; max: number }) {
  const limit = new AdaptiveLimit(limits);
  const running: Call[] = [];
  let max = 0;
  const start = (): Promise<boolean> =>
    limit.run(
      () =>
        new Promise<boolean>((resolve, reject) => {
          const leave = async (settle: () => void) => {
            running.splice(running.indexOf(call), 1);
            settle();
            await turn();
          };
          const call: Call = {
            end: (isGood) => leave(() => resolve(isGood)),
            fail: () => leave(() => reject(new Error('broken'))),
          };
          running.push(call);
          max = Math.max(max, running.length);
        }),
      (isGood) => isGood,
    );
  return { limit, running, start, max: () => max };
}

/** Starts so many calls and lets them begin. */
async function startAll(count: number, start: () => Promise<boolean>): Promise<Promise<boolean>[]> {
  const calls = Array.from({ length: count }, start);
  for (const call of calls) call.catch(() => {});
  await turn();
  return calls;
}

describe('a limit that adapts', () => {
  it('begins with the first width, and never with more than the most', () => {
    expect(new AdaptiveLimit({ first: 4, max: 8 }).width).toBe(4);
    expect(new AdaptiveLimit({ first: 4, max: 2 }).width).toBe(2);
  });

  it('lets one more run after a clean round, up to the most', async () => {
    const { limit, running, start } = bench({ first: 2, max: 4 });
    await startAll(20, start);
    const widths = [];
    for (let ended = 0; ended < 12; ended += 1) {
      expect(running).toHaveLength(limit.width);
      await running[0]?.end(true);
      widths.push(limit.width);
    }
    expect(widths).toEqual([2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4]);
  });

  it('halves after a failure, to one at least, and begins the round again', async () => {
    const { limit, running, start } = bench({ first: 5, max: 8 });
    await startAll(20, start);
    await running[0]?.end(true);
    await running[0]?.end(false);
    expect(limit.width).toBe(2);
    // What ran already goes on; nothing begins until it is below the width.
    expect(running).toHaveLength(4);
    await running[0]?.end(true);
    await running[0]?.end(true);
    expect(limit.width).toBe(3);
    expect(running).toHaveLength(3);
    await running.at(-1)?.fail();
    expect(limit.width).toBe(1);
    while (running.length > 1) await running[0]?.end(false);
    await running[0]?.end(false);
    expect(limit.width).toBe(1);
    await running[0]?.end(false);
    expect(limit.width).toBe(1);
    expect(running).toHaveLength(1);
  });

  it('begins the round again after a failure', async () => {
    const { limit, running, start } = bench({ first: 4, max: 8 });
    await startAll(20, start);
    for (let ended = 0; ended < 3; ended += 1) await running[0]?.end(true);
    await running[0]?.end(false);
    expect(limit.width).toBe(2);
    await running[0]?.end(true);
    expect(limit.width).toBe(2);
    await running[0]?.end(true);
    expect(limit.width).toBe(3);
  });

  it('has no gap in which one more could slip in', async () => {
    const { running, start, max: maxRunning } = bench({ first: 1, max: 1 });
    const calls = await startAll(3, start);
    const late: Promise<boolean>[] = [];
    // Other code that waits for the same turn may call at any moment of it.
    for (let depth = 0; depth < 20; depth += 1) {
      let moment = Promise.resolve();
      for (let step = 0; step < depth; step += 1) moment = moment.then(() => {});
      moment.then(() => late.push(start()));
    }
    while (running.length > 0) await running[0]?.end(true);
    await Promise.all([...calls, ...late]);
    expect([late.length, maxRunning()]).toEqual([20, 1]);
  });

  it('halves once for calls that fail together, and again for a later one', async () => {
    const { limit, running, start } = bench({ first: 8, max: 8 });
    await startAll(40, start);
    for (const call of running.slice(0, 8)) await call.end(false);
    expect(limit.width).toBe(4);
    await running[0]?.end(false);
    expect(limit.width).toBe(2);
    for (let round = 0; round < 6; round += 1) await running.at(-1)?.end(false);
    expect(limit.width).toBe(1);
  });

  it('hands on results and errors, and counts an error as a failure', async () => {
    const { limit, running, start } = bench({ first: 2, max: 2 });
    const [good, bad] = await startAll(2, start);
    await running[0]?.end(true);
    expect(await good).toBe(true);
    await running[0]?.fail();
    expect((await failureOf(() => bad)).message).toBe('broken');
    expect(limit.width).toBe(1);
  });

  it('runs every call, never more at a time than the max, even if calls fail', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.record({ place: fc.nat(), isGood: fc.boolean() }), { minLength: 1, maxLength: 30 }),
        async (first, max, ends) => {
          const { limit, running, start, max: seen } = bench({ first, max });
          const calls = await startAll(ends.length, start);
          for (const { place, isGood } of ends) {
            expect(running.length).toBeGreaterThan(0);
            const width = limit.width;
            await running[place % running.length]?.end(isGood);
            expect(Math.abs(limit.width - width)).toBeLessThanOrEqual(Math.max(1, Math.ceil(width / 2)));
          }
          expect(running).toHaveLength(0);
          expect(await Promise.all(calls)).toHaveLength(ends.length);
          expect(seen()).toBeLessThanOrEqual(max);
        },
      ),
      { numRuns: 60 },
    );
  });
});
