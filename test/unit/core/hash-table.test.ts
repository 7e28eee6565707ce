import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashTable } from '../../../src/core/hash-table.ts';

/** Halves that often meet, at the ends of their range too. */
const half = fc.oneof(fc.nat({ max: 5 }), fc.constantFrom(2 ** 31, 2 ** 32 - 1, -1, -(2 ** 31)));
const step = fc.record({ high: half, low: half, value: fc.integer({ min: 1, max: 2 ** 32 - 1 }) });

describe('a table of numbers', () => {
  it('holds what a map would hold', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const table = new HashTable();
        const model = new Map<string, number>();
        for (const { high, low, value } of steps) {
          const key = `${high >>> 0} ${low >>> 0}`;
          expect(table.get(high, low)).toBe(model.get(key) ?? 0);
          table.set(high, low, value);
          model.set(key, value);
          expect(table.get(high, low)).toBe(value);
        }
        expect([...table.values()].sort()).toEqual([...model.values()].sort());
      }),
    );
  });

  // Keys that all went into one shard, or to one end of it, would take longer than a test may.
  it.each([
    ['low', (number: number) => [7, number] as const],
    ['high', (number: number) => [number, 7] as const],
    ['last bits of the high', (number: number) => [number << 20, number >>> 12] as const],
  ])('keeps 100,000 keys apart that differ in the %s half', (_, keyOf) => {
    const table = new HashTable();
    for (let number = 0; number < 100_000; number += 1) table.set(...keyOf(number), number + 1);
    let wrong = 0;
    for (let number = 0; number < 100_000; number += 1) {
      if (table.get(...keyOf(number)) !== number + 1) wrong += 1;
    }
    expect(wrong).toBe(0);
  });
});
