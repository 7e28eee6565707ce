import { describe, expect, it } from 'vitest';
import { emptyPatronInfo } from '../../../src/poll/encode-patron-info.ts';
import { makeDeletedBatch } from '../../../src/poll/make-deleted-batch.ts';
import { batchContext, infosOf, known } from '../support/poll-batches.ts';
import { memoryWarehouse, plainObfuscator } from '../support/poll-ports.ts';

describe('deleted patrons', () => {
  it('are sent with all that the warehouse knows of them, and the day', async () => {
    const before = known(1, {
      geoid: '36',
      postal_code: '10001',
      ptype_code: 5,
      creation_date_et: '2020-01-01',
    });
    const context1 = batchContext({ warehouse: memoryWarehouse([before]) });
    const patrons = [1, 2].map((id) => ({ id: String(id), at: '2026-01-31', createdOn: '2026-01-30' }));
    const batch = await makeDeletedBatch(patrons, context1);
    expect(infosOf(batch)).toEqual([
      { ...before, deletion_date_et: '2026-01-31' },
      // Created and deleted between two polls, perhaps: Sierra still knows the day.
      {
        ...emptyPatronInfo,
        patron_id: '#2',
        creation_date_et: '2026-01-30',
        deletion_date_et: '2026-01-31',
      },
    ]);
    expect(batch).toMatchObject({ read: 2, known: 1, leftOut: { sentAsNew: 0, leftToDeleted: 0 } });
    expect(Object.values(batch.tracts)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('are rejected one by one where their id is too long to hash', async () => {
    const patrons = ['1'.repeat(70), '2'].map((id) => ({ id, at: '2026-01-31', createdOn: null }));
    const batch = await makeDeletedBatch(patrons, batchContext({ obfuscator: plainObfuscator(60) }));
    expect(batch).toMatchObject({ read: 2, rejected: { tooLongToHash: 1, refusedBySchema: 0 } });
    expect(batch.records).toHaveLength(1);
  });
});
