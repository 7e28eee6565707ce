import { describe, expect, it, onTestFinished } from 'vitest';
import { readReturnCode } from '../../../src/adapters/clients/new-york-answer.ts';
import { createGeosupportGeocoder } from '../../../src/adapters/geocoders/geosupport.ts';
import type { Geocoder, GeocodingAddress } from '../../../src/poll/ports.ts';
import { temporaryDirectory } from '../../support/command.ts';
import { failureOf } from '../../support/failure.ts';
import { geosupportLibrary, hasCompiler } from '../../support/geosupport-library.ts';

const never = new AbortController().signal;

const address = (street: string, postalCode: string, city = ''): GeocodingAddress => ({
  street,
  city,
  region: 'NY',
  postalCode,
});

async function geosupport(): Promise<Geocoder> {
  const geocoder = createGeosupportGeocoder(await geosupportLibrary());
  onTestFinished(() => geocoder.close());
  return geocoder;
}

describe.skipIf(!hasCompiler)('Geosupport', () => {
  it.each([
    ['37-06 80TH ST', '11372', '', '36081028500', 'match'],
    ['37 06 80TH ST APT 4C', '11372', 'JACKSON HEIGHTS', '36081028500', 'match'],
    ['1 Bay St', '10301', 'Staten Island', '36085000700', 'match'],
    ['1 CENTRE STREET', '', 'Manhattan', '36061003100', 'match'],
    // The Bronx to the post office, Manhattan to the census.
    ['1 MARBLE HILL AVE', '10463', 'BRONX', '36061030900', 'match with a warning'],
    // One name is like it, and that one is tried.
    ['1 MALCOM X BLVD', '10027', '', '36061021603', 'match with a warning, by the only name like it'],
  ])('finds %s %s %s', async (street, zip, city, geoid, detail) => {
    const { outcomes, outage } = await (await geosupport()).geocode([address(street, zip, city)], never);
    expect(outcomes).toEqual([{ status: 'match', geoid, detail }]);
    expect(outage).toBeNull();
  });

  it.each([
    ['1 NOWHERE ST', '10001', 'return code 11'],
    ['99 BAY ST', '10301', 'return code 42'],
    ['1 ALIKE ST', '10001', 'return code EE'],
    ['1 BLANK ST', '11201', 'no tract of 2020'],
    ['1 ZERO ST', '11201', 'no tract of 2020'],
    ['1 BAY ST', '53140', 'not an address in New York City'],
    ['PO BOX 7', '10001', 'not an address in New York City'],
    ['BAY ST', '10301', 'not an address in New York City'],
    ['', '', 'not an address in New York City'],
  ])('finds nothing for %j %j: %s', async (street, zip, detail) => {
    const { outcomes } = await (await geosupport()).geocode([address(street, zip)], never);
    expect(outcomes).toEqual([{ status: 'no_match', geoid: null, detail }]);
  });

  it('takes what is wrong with its own files for an outage, not for an answer', async () => {
    const { outcomes, outage } = await (await geosupport()).geocode(
      [address('1 BROKEN FILES ST', '10001'), address('1 BAY ST', '10301')],
      never,
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['error', 'match']);
    expect(outage).toMatchObject({ code: 'GEOCODER_UNAVAILABLE' });
  });

  it('answers in order, for many and in several calls at once', async () => {
    const geocoder = await geosupport();
    const many = Array.from({ length: 1000 }, (_, place) =>
      place % 3 === 0 ? address('1 BAY ST', '10301') : address('1 NOWHERE ST', '10301'),
    );
    const answers = await Promise.all([
      geocoder.geocode(many, never),
      geocoder.geocode([...many].reverse(), never),
    ]);
    expect(answers[0].outcomes.map(({ status }) => status === 'match')).toEqual(
      many.map((_, place) => place % 3 === 0),
    );
    expect(answers[1].outcomes).toEqual(answers[0].outcomes.toReversed());
  });

  it('is checked with a public address', async () => {
    const geocoder = await geosupport();
    expect(await geocoder.check(never)).toBe('finds a public address');
    await geocoder.close();
    await geocoder.close();
    expect(await geocoder.check(never)).toBe('finds a public address');
  });

  it('stops when it is told to', async () => {
    const stop = AbortSignal.abort();
    await expect((await geosupport()).geocode([address('1 BAY ST', '10301')], stop)).rejects.toThrow(
      'aborted',
    );
  });
});

describe('a return code of Geosupport', () => {
  it.each(['', ' ', 'E', 'EEE', '1 MAIN ST', '4\n', '042', 'ST', '٤٢'])(
    'is never shown where it is none: %j',
    (code) => {
      expect(readReturnCode(code)).toEqual({ kind: 'broken', detail: 'a return code that is none' });
    },
  );

  it.each([
    ['00', { kind: 'found', detail: 'match' }],
    ['01', { kind: 'found', detail: 'match with a warning' }],
    ['75', { kind: 'not_found', outcome: { status: 'no_match', geoid: null, detail: 'return code 75' } }],
    ['76', { kind: 'broken', detail: 'return code 76' }],
    ['EE', { kind: 'alike', outcome: { status: 'no_match', geoid: null, detail: 'return code EE' } }],
  ])('%s is understood', (code, meaning) => {
    expect(readReturnCode(code)).toEqual(meaning);
  });
});

describe('Geosupport that is not there', () => {
  it('is an error of the configuration', async () => {
    const geofiles = await temporaryDirectory();
    const geocoder = createGeosupportGeocoder({ library: 'libnothing.so', geofiles });
    const error = await failureOf(geocoder.geocode([address('1 BAY ST', '10301')], never));
    expect(error).toMatchObject({ code: 'GEOCODER_REFUSED' });
    expect(error.hint).toContain('LD_LIBRARY_PATH');
    await geocoder.close();
  });

  it('is told by check when its folder is missing', async () => {
    const geocoder = createGeosupportGeocoder({ library: 'libgeo.so', geofiles: '/none' });
    expect((await failureOf(geocoder.check(never))).message).toContain('/none');
    await geocoder.close();
  });
});
