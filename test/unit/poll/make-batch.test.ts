import { describe, expect, it } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import type { PollJob } from '../../../src/poll/job.ts';
import { makeDeletedBatch, makeNewBatch } from '../../../src/poll/make-batch.ts';
import { emptyPatronInfo } from '../../../src/poll/patron-info.ts';
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
    ['1000', '1000'],
    ['', ''],
    [null, null],
    ['😀😀😀😀😀😀', '😀😀😀😀😀'],
  ])('have of the postal code %s the first five characters', async (postalCode, expected) => {
    const batch = await newBatch([sierraPatron(1, { addresses: [{ ...mainStreet, postalCode }] })]);
    expect(infosOf(batch)[0]?.postal_code).toBe(expected);
  });

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

  it('never wait for the warehouse', async () => {
    const warehouse = memoryWarehouse([known(1, { geoid: '9' })]);
    await newBatch([sierraPatron(1)], { warehouse });
    expect(warehouse.asked).toEqual([]);
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

describe('deleted patrons', () => {
  it('are sent with all that the warehouse knows of them, and the day', async () => {
    const before = known(1, {
      geoid: '36',
      postal_code: '10001',
      ptype_code: 5,
      creation_date_et: '2020-01-01',
    });
    const context1 = batchContext({ warehouse: memoryWarehouse([before]) });
    const patrons = [1, 2].map((id) => ({ id: String(id), at: '2026-01-31' }));
    const batch = await makeDeletedBatch(patrons, context1);
    expect(infosOf(batch)).toEqual([
      { ...before, deletion_date_et: '2026-01-31' },
      { ...emptyPatronInfo, patron_id: '#2', deletion_date_et: '2026-01-31' },
    ]);
    expect(batch).toMatchObject({ read: 2, known: 1, leftOut: { sentAsNew: 0, leftToDeleted: 0 } });
    expect(Object.values(batch.tracts)).toEqual([0, 0, 0, 0, 0, 0]);
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

  it('are rejected among deleted ones too', async () => {
    const patrons = ['1'.repeat(70), '2'].map((id) => ({ id, at: '2026-01-31' }));
    const batch = await makeDeletedBatch(patrons, batchContext({ obfuscator: plainObfuscator(60) }));
    expect(batch).toMatchObject({ read: 2, rejected: { tooLongToHash: 1, refusedBySchema: 0 } });
    expect(batch.records).toHaveLength(1);
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
