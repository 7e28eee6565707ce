import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTigerGeocoder } from '../../../src/adapters/geocoders/tiger.ts';
import { IndexBuilder } from '../../../src/geo/build-index.ts';
import type { GeocodingAddress } from '../../../src/poll/ports.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../../support/failure.ts';
import { invented, inventedIndex } from '../../support/tiger-folder.ts';
import { bytesOf, side } from '../../unit/support/tract-indexes.ts';

const never = new AbortController().signal;

const address = (street: string, postalCode = '10001'): GeocodingAddress => ({
  street,
  city: 'Somewhere',
  region: 'NY',
  postalCode,
});

describe('an index of tracts', () => {
  it('answers for every address of its county, in their order, and says how', async () => {
    const geocoder = createTigerGeocoder({ path: await inventedIndex() });
    const known = [...invented.addresses()];
    const { outcomes, outage } = await geocoder.geocode(
      known.map(({ number, street, zip }) => address(`${number} ${street} #4`, zip)),
      never,
    );
    expect(outcomes).toEqual(known.map(({ geoid }) => ({ status: 'match', geoid, detail: 'match' })));
    expect(outage).toBeNull();
  });

  it.each([
    ['102 2ND ST', 'match', 'match street (name incomplete)'],
    ['102 S 2ND ST', 'no_match', 'no street (street not in zip)'],
    ['9999 W 2ND ST', 'no_match', 'out of range (number not in range)'],
    ['W 2ND ST', 'tie', 'ambiguous (no number)'],
    ['PO BOX 7', 'no_match', 'not addressable (box)'],
    ['', 'no_match', 'not addressable (no street)'],
  ])('says of %j: %s, %s', async (street, status, detail) => {
    const geocoder = createTigerGeocoder({ path: await inventedIndex() });
    const { outcomes } = await geocoder.geocode([address(street)], never);
    expect(outcomes).toMatchObject([{ status, detail }]);
  });

  it('gives no tract that is less than certain where a setting refuses it', async () => {
    const geocoder = createTigerGeocoder({ path: await inventedIndex(), matchStreet: false });
    const { outcomes } = await geocoder.geocode([address('102 2ND ST'), address('102 W 2ND ST')], never);
    expect(outcomes).toMatchObject([
      { status: 'no_match', geoid: null, detail: 'out of range (less certain)' },
      { status: 'match', detail: 'match' },
    ]);
  });

  it('believes the field of the ZIP before what the line says', async () => {
    const geocoder = createTigerGeocoder({ path: await inventedIndex() });
    const street = '102 W 2ND ST, SOMEWHERE NY 99999';
    const { outcomes } = await geocoder.geocode([address(street), address(street, '')], never);
    expect(outcomes.map(({ status }) => status)).toEqual(['match', 'no_match']);
  });

  it('has the years of its answers in its name, once it has looked', async () => {
    const path = await inventedIndex();
    const geocoder = createTigerGeocoder({ path });
    expect(geocoder.name).toBe('tiger');
    expect(await geocoder.check(never)).toBe(
      `${path}: 430 ranges in 1 county, TIGER/Line 2024, tracts of 2020`,
    );
    expect(geocoder.name).toBe('tiger 2024, tracts of 2020');
  });

  it('is refused by check where it has no tract of a range', async () => {
    const path = join(await temporaryDirectory(), 'none.tracts');
    await writeFile(path, bytesOf([side('Main St 53144 100:198 E', null)]));
    const error = await failureOf(createTigerGeocoder({ path }).check(never));
    expect(error).toMatchObject({ code: 'INDEX_UNREADABLE' });
    expect(error.message).toBe(`${path} has no range with a tract.`);
  });

  it.each([
    [['2024'], '2020', '2020'],
    [['2014'], '2010', '2010'],
    [['2021', '2022'], 'current', '2020'],
    [['2019', '2020'], 'current', null],
    [[''], 'current', null],
    [[], 'current', null],
  ])('of TIGER/Line %j with tracts of %s has those of the census of %s', async (tiger, tracts, census) => {
    const path = join(await temporaryDirectory(), 'some.tracts');
    const builder = new IndexBuilder();
    builder.add(side('Main St 53144 100:198 E', 1));
    await writeFile(path, Buffer.concat(builder.encode(tiger, tracts).bytes));
    expect(await createTigerGeocoder({ path }).census(never)).toBe(census);
  });

  it('stops when it is told to', async () => {
    const geocoder = createTigerGeocoder({ path: await inventedIndex() });
    await expect(geocoder.geocode([address('1 A ST')], AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('that is not there is an error of the configuration', async () => {
    const geocoder = createTigerGeocoder({ path: '/none.tracts' });
    expect(await failureOf(geocoder.check(never))).toMatchObject({
      code: 'INDEX_UNREADABLE',
      kind: 'config',
    });
    expect(await failureOf(geocoder.geocode([address('1 A ST')], never))).toMatchObject({
      code: 'INDEX_UNREADABLE',
    });
    await geocoder.close();
    await geocoder.close();
  });
});
