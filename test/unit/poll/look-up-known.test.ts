import { describe, expect, it } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import { emptyPatronInfo } from '../../../src/poll/encode-patron-info.ts';
import type { BatchContext } from '../../../src/poll/job.ts';
import { findKnownAddresses, findPatrons } from '../../../src/poll/look-up-known.ts';
import type { PatronInfo } from '../../../src/poll/ports.ts';
import { failureOf } from '../support/fixtures.ts';
import { memoryLog, memoryWarehouse, pollJob, pollPorts } from '../support/poll-ports.ts';

const { signal } = new AbortController();
const record: PatronInfo = {
  ...emptyPatronInfo,
  patron_id: 'p',
  address_hash: 'a',
  geoid: '1',
  initial_patron_home_library_code: 'ma',
};
const context = (change: Partial<BatchContext['ports']> = {}): BatchContext => ({
  job: pollJob(),
  ports: pollPorts({ warehouse: memoryWarehouse([record]), ...change }),
  signal,
});

describe('what the warehouse knows', () => {
  it('is found by address and by patron', async () => {
    expect(await findKnownAddresses(['a', 'b'], context())).toEqual(
      new Map([['a', { patronId: 'p', geoid: '1', initialHomeLibrary: 'ma' }]]),
    );
    expect(await findPatrons(['p', 'q'], context())).toEqual(new Map([['p', record]]));
  });

  it('is nothing where there is none', async () => {
    for (const find of [findKnownAddresses, findPatrons])
      expect(await find(['a', 'p'], context({ warehouse: null }))).toEqual(new Map());
  });

  it('is not asked for when there is nothing to ask', async () => {
    const warehouse = memoryWarehouse([record]);
    for (const find of [findKnownAddresses, findPatrons])
      expect(await find([], context({ warehouse }))).toEqual(new Map());
    expect(warehouse.asked).toEqual([]);
  });

  it('is asked for again when the connection was lost, and the log says so', async () => {
    const failing = (times: number) => {
      let left = times;
      const warehouse = memoryWarehouse([record]);
      return {
        ...warehouse,
        byPatronId: async (ids: readonly string[]) => {
          if (left-- > 0) throw new PatronflowError('SOURCE_LOST', 'Gone.');
          return warehouse.byPatronId(ids, signal);
        },
      };
    };
    const { log, lines } = memoryLog();
    expect((await findPatrons(['p'], context({ warehouse: failing(1), log }))).size).toBe(1);
    expect(lines).toEqual([
      { level: 'warn', message: 'Gone. Retrying the warehouse query.', facts: { attempt: 1 } },
    ]);
    expect(await failureOf(() => findPatrons(['p'], context({ warehouse: failing(2), log })))).toMatchObject({
      code: 'SOURCE_LOST',
    });
  });
});
