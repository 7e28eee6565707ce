import { describe, expect, it } from 'vitest';
import { emptyPatronInfo } from '../../../src/poll/encode-patron-info.ts';
import type { PollJob } from '../../../src/poll/job.ts';
import { makeUpdatedBatch } from '../../../src/poll/make-updated-batch.ts';
import { rowsOf, sierraPatron } from '../support/memory-sierra.ts';
import {
  asking,
  batchContext,
  infosOf,
  known,
  nowhere,
  street,
  updatedBatch,
} from '../support/poll-batches.ts';
import { memoryGeocoder, memoryWarehouse, plainObfuscator, tract } from '../support/poll-ports.ts';

describe('updated patrons', () => {
  it('keep the id, the tract and the first library of an address that the warehouse knows', async () => {
    const geocoder = memoryGeocoder();
    const warehouse = memoryWarehouse([
      known(1, { patron_id: 'theirs', geoid: '36', initial_patron_home_library_code: 'first' }),
    ]);
    const batch = await updatedBatch([sierraPatron(1)], { warehouse, ...asking(geocoder) });
    expect(infosOf(batch)).toMatchObject([
      {
        patron_id: 'theirs',
        geoid: '36',
        patron_home_library_code: 'ma',
        initial_patron_home_library_code: 'first',
      },
    ]);
    expect(batch).toMatchObject({ known: 1, unknownInitialLibraries: 0, tracts: { known: 1, match: 0 } });
    expect(geocoder.calls).toEqual([]);
    expect(warehouse.asked).toEqual(['byAddressHash']);
  });

  it('are geocoded at another address, and keep their first library', async () => {
    const warehouse = memoryWarehouse([known(1, { geoid: '36', initial_patron_home_library_code: 'first' })]);
    const moved = sierraPatron(1, { addresses: [street('2 MAIN ST')] });
    const batch = await updatedBatch([moved], { warehouse });
    expect(infosOf(batch)).toMatchObject([
      { patron_id: '#1', geoid: tract, initial_patron_home_library_code: 'first' },
    ]);
    expect(batch).toMatchObject({ known: 0, tracts: { known: 0, match: 1 } });
  });

  it('are geocoded again when the warehouse has no tract for their address', async () => {
    const warehouse = memoryWarehouse([known(1, { patron_id: 'theirs' })]);
    const batch = await updatedBatch([sierraPatron(1), sierraPatron(2)], { warehouse });
    expect(infosOf(batch).map(({ patron_id, geoid }) => [patron_id, geoid])).toEqual([
      ['theirs', tract],
      ['#2', tract],
    ]);
    expect(batch).toMatchObject({ known: 1, tracts: { known: 0, match: 2 } });
  });

  it('are geocoded again when their address was cut for its hash, since its end may have changed', async () => {
    const warehouse = memoryWarehouse([known(1, { geoid: '36' }), known(2, { geoid: '36' })]);
    const obfuscator = { ...plainObfuscator(), covers: (text: string) => !text.startsWith('1_') };
    const batch = await updatedBatch([sierraPatron(1), sierraPatron(2)], { warehouse, obfuscator });
    expect(infosOf(batch).map(({ geoid }) => geoid)).toEqual([tract, '36']);
    expect(batch).toMatchObject({ known: 2, tracts: { known: 1, match: 1 } });
  });

  it('whose first library is unknown have none, and are counted', async () => {
    const warehouse = memoryWarehouse([
      known(1, { geoid: '1' }),
      { ...emptyPatronInfo, patron_id: '#2', initial_patron_home_library_code: 'first' },
    ]);
    const batch = await updatedBatch([sierraPatron(1), sierraPatron(2), sierraPatron(3)], { warehouse });
    expect(infosOf(batch).map((info) => info.initial_patron_home_library_code)).toEqual([
      null,
      'first',
      null,
    ]);
    // Of the first one the warehouse has a record that says so.
    expect(batch.unknownInitialLibraries).toBe(1);
  });

  it('are all unknown where there is no warehouse', async () => {
    const batch = await updatedBatch([sierraPatron(1)], { warehouse: null });
    expect(infosOf(batch)).toMatchObject([{ patron_id: '#1', geoid: tract }]);
    expect(batch.known).toBe(0);
  });

  it('are left out when they are deleted, or went out as new ones', async () => {
    const rows = [sierraPatron(1, { deletedOn: '2026-01-01' }), sierraPatron(2), sierraPatron(3)].flatMap(
      (patron) => rowsOf(patron),
    );
    const at = '2026-01-05 12:00:00.000000';
    const pass = { after: { at, id: '' }, through: { at, id: '2' }, before: '2026-02-01 00:00:00.000000' };
    const batch = await makeUpdatedBatch(rows, { deleted: nowhere, sentAsNew: [pass] }, batchContext());
    expect(infosOf(batch).map(({ patron_id }) => patron_id)).toEqual(['#3']);
    expect(batch).toMatchObject({ read: 3, leftOut: { sentAsNew: 1, leftToDeleted: 1 } });
  });

  it('lose no tract to a geocoder that is down', async () => {
    const warehouse = memoryWarehouse([known(1, { geoid: '36' })]);
    const obfuscator = { ...plainObfuscator(), covers: () => false };
    const down = asking(memoryGeocoder(() => ({ status: 'error', geoid: null })));
    const batch = await updatedBatch([sierraPatron(1), sierraPatron(2)], { warehouse, obfuscator, ...down });
    expect(infosOf(batch).map(({ geoid }) => geoid)).toEqual(['36', null]);
    expect(batch.tracts).toMatchObject({ known: 1, error: 1 });
  });

  describe('that were deleted', () => {
    const deletedOn = '2026-01-10';
    const before = known(5, { ptype_code: 7, creation_date_et: '2020-01-01' });
    const make = (at: string, id: string, job: Partial<PollJob> = {}) =>
      makeUpdatedBatch(
        [4, 5, 6].flatMap((each) =>
          rowsOf(sierraPatron(each, { deletedOn, addresses: [], patronType: null })),
        ),
        { deleted: { at, id }, sentAsNew: [] },
        batchContext({ warehouse: memoryWarehouse([before]) }, job),
      );

    it('are left to the pass that is still to come to them, and go out where it has gone past', async () => {
      const batch = await make(deletedOn, '5');
      expect(infosOf(batch)).toEqual([
        {
          ...emptyPatronInfo,
          patron_id: '#4',
          creation_date_et: '2026-01-05',
          deletion_date_et: deletedOn,
        },
        { ...before, deletion_date_et: deletedOn },
      ]);
      expect(batch).toMatchObject({ read: 3, known: 1, leftOut: { sentAsNew: 0, leftToDeleted: 1 } });
      expect(Object.values(batch.tracts)).toEqual([0, 0, 0, 0, 0, 0]);
    });

    it('go out where the run has no such pass', async () => {
      expect(infosOf(await make('2020-01-01', '', { modes: ['updated'] }))).toHaveLength(3);
    });
  });
});
