import { describe, expect, it } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import { emptyPatronInfo } from '../../../src/poll/encode-patron-info.ts';
import type { PollJob } from '../../../src/poll/job.ts';
import { makeNewBatch } from '../../../src/poll/make-new-batch.ts';
import type { GeocodingStatus } from '../../../src/poll/ports.ts';
import { failureOf } from '../support/fixtures.ts';
import { mainStreet, noAddress, rowsOf, sierraPatron } from '../support/memory-sierra.ts';
import {
  asking,
  batchContext,
  hashOf,
  infosOf,
  known,
  newBatch,
  street,
  updatedBatch,
} from '../support/poll-batches.ts';
import { match, memoryGeocoder, memoryWarehouse, plainObfuscator, tract } from '../support/poll-ports.ts';

describe('new patrons', () => {
  it('become records with all that Sierra says, the current library being the first', async () => {
    const patron = sierraPatron(7, {
      createdAt: '2026-01-05 12:00:00.123456',
      activeOn: '2026-01-06',
      addresses: [mainStreet, street('2 MAIN ST')],
    });
    const batch = await newBatch([patron]);
    expect(infosOf(batch)).toEqual([
      {
        patron_id: '#7',
        address_hash: hashOf(7),
        postal_code: '10001',
        geoid: tract,
        creation_date_et: '2026-01-05',
        deletion_date_et: null,
        circ_active_date_et: '2026-01-06',
        ptype_code: 10,
        pcode3: 1,
        patron_home_library_code: 'ma',
        initial_patron_home_library_code: 'ma',
      },
    ]);
    expect(batch).toMatchObject({
      read: 1,
      leftOut: { sentAsNew: 0, leftToDeleted: 0 },
      rejected: { tooLongToHash: 0, refusedBySchema: 0 },
      known: 0,
      tracts: { known: 0, match: 1, no_match: 0, tie: 0, error: 0, no_address: 0 },
      unknownInitialLibraries: 0,
    });
  });

  it('have an address hash with four underscores, quotes included, where they have no address too', async () => {
    const batch = await newBatch([
      sierraPatron(1, { addresses: [] }),
      sierraPatron(2, { addresses: [{ ...noAddress, street: '1 "A" ST', postalCode: '' }] }),
    ]);
    expect(infosOf(batch).map(({ address_hash }) => address_hash)).toEqual(['#1____', '#2_1 "A" ST___']);
  });

  it.each([
    ['10001-1234', '10001'],
    ['10001', '10001'],
    ['100011234', '10001'],
    ['10001 1234', '10001'],
    ['10001-', '10001'],
    ['1000', null],
    ['100012', null],
    ['2125550100', null],
    ['12345-678901', null],
    ['SMITH', null],
    ['M5V 3L9', null],
    ['１０００１', null],
    ['', null],
    [null, null],
  ])('have of the postal code %s the ZIP code %s', async (postalCode, expected) => {
    const batch = await newBatch([sierraPatron(1, { addresses: [{ ...mainStreet, postalCode }] })]);
    expect(infosOf(batch)[0]?.postal_code).toBe(expected);
  });

  it.each([
    ['10001-1234', '10001'],
    ['1000', '1000'],
    ['SMITHSON', 'SMITH'],
    ['', ''],
    [null, null],
    ['😀😀😀😀😀😀', '😀😀😀😀😀'],
  ])(
    'have of the postal code %s the first five characters, where these are wanted',
    async (postalCode, expected) => {
      const patron = sierraPatron(1, { addresses: [{ ...mainStreet, postalCode }] });
      const batch = await newBatch([patron], {}, { postalCode: 'first_five' });
      expect(infosOf(batch)[0]?.postal_code).toBe(expected);
    },
  );

  it('are geocoded without their quotes, unless nothing is left, and each gets the tract of its own', async () => {
    const geocoder = memoryGeocoder(({ street: asked }) =>
      asked === 'nowhere' ? { status: 'tie', geoid: null } : match(asked),
    );
    const batch = await newBatch(
      [
        sierraPatron(1, { addresses: [street('a')] }),
        sierraPatron(2, { addresses: [] }),
        sierraPatron(3, { addresses: [street('"b\'')] }),
        sierraPatron(4, { addresses: [{ ...noAddress, street: '""' }] }),
        sierraPatron(5, { addresses: [street('nowhere')] }),
        sierraPatron(6, { addresses: [street('b')] }),
      ],
      asking(geocoder),
    );
    expect(infosOf(batch).map(({ geoid }) => geoid)).toEqual(['a', null, 'b', null, null, 'b']);
    expect(geocoder.calls.map((call) => call.map((asked) => asked.street))).toEqual([['a', 'b', 'nowhere']]);
    expect(batch.tracts).toEqual({ known: 0, match: 3, no_match: 0, tie: 1, error: 0, no_address: 2 });
  });

  describe('that the warehouse knows', () => {
    it('keep the first home library and the tract of the same address, asked by one query', async () => {
      const warehouse = memoryWarehouse([
        known(1, { geoid: '9', initial_patron_home_library_code: 'first', patron_home_library_code: 'old' }),
      ]);
      const geocoder = memoryGeocoder();
      const batch = await newBatch([sierraPatron(1)], { warehouse, ...asking(geocoder) });
      expect(infosOf(batch)).toMatchObject([
        {
          geoid: '9',
          patron_home_library_code: 'ma',
          initial_patron_home_library_code: 'first',
          ptype_code: 10,
        },
      ]);
      expect(batch).toMatchObject({ known: 1, tracts: { known: 1, match: 0 } });
      expect(warehouse.asked).toEqual(['byPatronId']);
      expect(geocoder.calls).toEqual([]);
    });

    it('are geocoded at another address, and where no tract was found', async () => {
      const warehouse = memoryWarehouse([known(1, { geoid: '9', address_hash: 'old' }), known(2)]);
      const batch = await newBatch([sierraPatron(1), sierraPatron(2)], { warehouse });
      expect(infosOf(batch).map(({ geoid }) => geoid)).toEqual([tract, tract]);
    });

    it('lose no tract to a geocoder that is down, but to another address', async () => {
      const warehouse = memoryWarehouse([
        known(1, { geoid: '9' }),
        known(2, { geoid: '9', address_hash: 'old' }),
      ]);
      const down = memoryGeocoder(() => ({ status: 'error', geoid: null }));
      const obfuscator = { ...plainObfuscator(), covers: () => false };
      const batch = await newBatch([sierraPatron(1), sierraPatron(2)], {
        warehouse,
        obfuscator,
        ...asking(down),
      });
      expect(infosOf(batch).map(({ geoid }) => geoid)).toEqual(['9', null]);
      expect(batch.tracts).toMatchObject({ known: 1, error: 1 });
      // Not found is an answer: the end of the address may have changed, which its hash does not show.
      const nowhere = asking(memoryGeocoder(() => ({ status: 'no_match', geoid: null })));
      const moved = await newBatch([sierraPatron(1)], { warehouse, obfuscator, ...nowhere });
      expect(infosOf(moved)[0]?.geoid).toBeNull();
    });

    it('take every null that Sierra gives', async () => {
      const warehouse = memoryWarehouse([
        known(1, { ptype_code: 5, pcode3: 5, patron_home_library_code: 'old' }),
      ]);
      const patron = sierraPatron(1, { patronType: null, pcode3: null, homeLibrary: null, activeOn: null });
      expect(infosOf(await newBatch([patron], { warehouse }))).toMatchObject([
        { ptype_code: null, pcode3: null, patron_home_library_code: null, circ_active_date_et: null },
      ]);
    });

    it('had no first library where the record of that time says so; that of a deletion says nothing', async () => {
      const empty = { ...emptyPatronInfo, patron_id: '#2', deletion_date_et: '2020-01-01' };
      const warehouse = memoryWarehouse([known(1), empty]);
      const batch = await newBatch([sierraPatron(1), sierraPatron(2)], { warehouse });
      expect(infosOf(batch).map((info) => info.initial_patron_home_library_code)).toEqual([null, 'ma']);
    });

    it('keep all that is known once they are deleted, an address as a whole', async () => {
      const before = known(1, {
        ...{
          address_hash: 'old',
          postal_code: '10002',
          geoid: null,
          ptype_code: 5,
          creation_date_et: '2020-01-01',
        },
        ...{ patron_home_library_code: 'old', initial_patron_home_library_code: 'first' },
      });
      const geocoder = memoryGeocoder();
      const patrons = [1, 2].map((id) =>
        sierraPatron(id, { deletedOn: '2019-01-01', activeOn: '2018-01-01' }),
      );
      const batch = await newBatch(patrons, { warehouse: memoryWarehouse([before]), ...asking(geocoder) });
      const [first, second] = infosOf(batch);
      expect(first).toEqual({
        ...before,
        pcode3: 1,
        circ_active_date_et: '2018-01-01',
        deletion_date_et: '2019-01-01',
      });
      expect(second).toMatchObject({ address_hash: hashOf(2), geoid: tract, deletion_date_et: '2019-01-01' });
    });
  });

  it.each<[string, string, number, Partial<PollJob>, number]>([
    ['left to that pass when it has not come that far', '2026-01-02', 1, {}, 0],
    ['left to that pass when it has come to their day, but not to them', '2026-01-01', 50, {}, 0],
    ['sent when it has come to them', '2026-01-01', 49, {}, 1],
    ['sent when it has gone past them', '2025-12-31', 50, {}, 1],
    ['sent when there is no such pass', '2026-01-02', 50, { modes: ['new'] }, 1],
  ])('who were deleted are %s', async (_, deletedOn, id, job, sent) => {
    const rows = rowsOf(sierraPatron(id, { deletedOn }), 'new');
    const batch = await makeNewBatch(rows, { at: '2026-01-01', id: '49' }, batchContext({}, job));
    expect(infosOf(batch).map(({ deletion_date_et }) => deletion_date_et)).toEqual(
      Array.from({ length: sent }, () => deletedOn),
    );
    expect(batch).toMatchObject({ read: 1, leftOut: { sentAsNew: 0, leftToDeleted: 1 - sent } });
  });
});

describe('patrons that cannot be sent', () => {
  const long = sierraPatron(1, { addresses: [street('x'.repeat(99))] });
  const odd = sierraPatron(2, { pcode3: 2 ** 40 });

  it.each([
    ['new', newBatch],
    ['updated', updatedBatch],
  ])('are rejected one by one, and the others go: %s', async (_, make) => {
    const batch = await make([long, odd, sierraPatron(3)], { obfuscator: plainObfuscator(60) });
    expect(infosOf(batch).map(({ patron_id }) => patron_id)).toEqual(['#3']);
    expect(batch).toMatchObject({ read: 3, rejected: { tooLongToHash: 1, refusedBySchema: 1 } });
  });
});

describe('a geocoder that is down', () => {
  const outage = new PatronflowError('GEOCODER_UNAVAILABLE', 'Down.');
  const broken = (status: GeocodingStatus) =>
    asking(memoryGeocoder(() => ({ status, geoid: null }), { outage }));

  it.each([
    ['new', newBatch],
    ['updated', updatedBatch],
  ])('stops the batch, or lets it go without tracts, as the job says: %s', async (_, make) => {
    expect(await failureOf(() => make([sierraPatron(1)], broken('error')))).toBe(outage);
    const batch = await make([sierraPatron(1)], broken('error'), { onOutage: 'send' });
    expect(infosOf(batch)).toMatchObject([{ patron_id: '#1', geoid: null }]);
    expect(batch.tracts).toMatchObject({ error: 1 });
    expect((await make([sierraPatron(1)], broken('no_match'))).tracts).toMatchObject({ no_match: 1 });
  });
});
