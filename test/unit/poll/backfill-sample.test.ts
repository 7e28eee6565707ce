import { expect, it } from 'vitest';
import { patronsOfQueue } from '../../../src/poll/backfill/sample.ts';

it.each([
  ['a page with bcrypt cost 10 on four cores', 80, 1000],
  ['four seconds of hashing where a machine does more', 1400, 2800],
  ['20,000 patrons at most', 40_000, 20_000],
])('a range of a queue has %s', (_, hashesPerSecond, patrons) => {
  expect(patronsOfQueue(hashesPerSecond)).toBe(patrons);
});
