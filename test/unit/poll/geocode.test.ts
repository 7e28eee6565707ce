import { describe, expect, it } from 'vitest';
import { PatronflowError } from '../../../src/core/errors.ts';
import { type AddressForm, type ConfiguredGeocoder, GeocodingCascade } from '../../../src/poll/geocode.ts';
import type { GeocodingAddress, GeocodingOutcome, GeocodingStatus } from '../../../src/poll/ports.ts';
import { failureOf } from '../support/fixtures.ts';
import { type MemoryGeocoder, match, memoryGeocoder } from '../support/poll-ports.ts';

const { signal } = new AbortController();
const address = (street: string, city = 'New York', region = 'NY', postalCode = '10001') => ({
  street,
  city,
  region,
  postalCode,
});
const outcome = (status: GeocodingStatus): GeocodingOutcome => ({ status, geoid: null });
const ask = (geocoder: MemoryGeocoder, ...forms: AddressForm[]): ConfiguredGeocoder => ({
  geocoder,
  forms: forms.length > 0 ? forms : ['as_written'],
});
/** Answers by street; what is not listed is not found. */
const listed = (name: string, outcomes: Record<string, GeocodingOutcome>) =>
  memoryGeocoder(({ street }) => outcomes[street] ?? outcome('no_match'), { name });
const streets = (calls: readonly (readonly GeocodingAddress[])[]) =>
  calls.map((call) => call.map(({ street }) => street));
const down = new PatronflowError('GEOCODER_UNAVAILABLE', 'Down.');

describe('the addresses of a batch', () => {
  it('are asked about once each, and answered in their order', async () => {
    const geocoder = listed('g', { a: match('1'), b: match('2') });
    const cascade = new GeocodingCascade([ask(geocoder)]);
    const { outcomes, outage } = await cascade.geocode(
      ['b', 'a', 'b', 'c', 'a'].map((each) => address(each)),
      signal,
    );
    expect(outcomes).toEqual([match('2'), match('1'), match('2'), outcome('no_match'), match('1')]);
    expect(outage).toBeNull();
    expect(streets(geocoder.calls)).toEqual([['b', 'a', 'c']]);
  });

  it('are the same only when all their parts are', async () => {
    const geocoder = memoryGeocoder();
    const all = [
      address('a'),
      address('a', 'x'),
      address('a', 'New York', 'x'),
      address('a', 'New York', 'NY', 'x'),
      address('a New', 'York'),
    ];
    await new GeocodingCascade([ask(geocoder)]).geocode([...all, ...all], signal);
    expect(geocoder.calls).toEqual([all]);
  });

  it('are remembered from one batch to the next with any outcome', async () => {
    const geocoder = listed('g', { a: match('1'), t: outcome('tie') });
    const cascade = new GeocodingCascade([ask(geocoder)]);
    await cascade.geocode(
      ['a', 't', 'n'].map((each) => address(each)),
      signal,
    );
    const { outcomes } = await cascade.geocode(
      ['n', 'b', 't', 'a'].map((each) => address(each)),
      signal,
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['no_match', 'no_match', 'tie', 'match']);
    expect(streets(geocoder.calls)).toEqual([['a', 't', 'n'], ['b']]);
  });

  it('may be none, and then no geocoder is asked', async () => {
    const geocoder = memoryGeocoder();
    const cascade = new GeocodingCascade([ask(geocoder)]);
    expect(await cascade.geocode([], signal)).toEqual({ outcomes: [], outage: null });
    await cascade.geocode([address('a')], signal);
    await cascade.geocode([address('a')], signal);
    expect(geocoder.calls).toHaveLength(1);
  });

  it('may be more than the memory holds', async () => {
    const geocoder = memoryGeocoder(({ street }) => match(street));
    const cascade = new GeocodingCascade([ask(geocoder)]);
    const many = Array.from({ length: 50_010 }, (_, index) => address(String(index)));
    const { outcomes } = await cascade.geocode([...many, ...many.slice(0, 5)], signal);
    expect(outcomes.every(({ geoid }, index) => geoid === String(index % 50_010))).toBe(true);
    expect(geocoder.calls.map((call) => call.length)).toEqual([50_010]);
    // The last ones are remembered, the first ones had to make room.
    await cascade.geocode(many.slice(-10), signal);
    expect(geocoder.calls).toHaveLength(1);
    await cascade.geocode(many.slice(0, 1), signal);
    expect(geocoder.calls).toHaveLength(2);
  });

  it('of two batches at the same time are asked about once', async () => {
    const geocoder = listed('g', { a: match('1'), b: match('2') });
    const cascade = new GeocodingCascade([ask(geocoder)]);
    const [first, second] = await Promise.all([
      cascade.geocode([address('a'), address('b')], signal),
      cascade.geocode([address('c'), address('b')], signal),
    ]);
    expect(first.outcomes).toEqual([match('1'), match('2')]);
    expect(second.outcomes).toEqual([outcome('no_match'), match('2')]);
    expect(streets(geocoder.calls)).toEqual([['a', 'b'], ['c']]);
  });
});

describe('the geocoders', () => {
  it('come in order, each for what those before did not match', async () => {
    const first = listed('first', { a: match('1'), t: outcome('tie'), e: outcome('error') });
    const second = listed('second', { t: match('2'), n: match('3'), a: match('9') });
    const cascade = new GeocodingCascade([ask(first), ask(second)]);
    const { outcomes } = await cascade.geocode(
      ['a', 't', 'e', 'n'].map((each) => address(each)),
      signal,
    );
    expect(outcomes).toEqual([match('1'), match('2'), outcome('error'), match('3')]);
    expect(streets(second.calls)).toEqual([['t', 'e', 'n']]);
    expect(cascade.attempts).toEqual([
      {
        geocoder: 'first',
        form: 'as_written',
        asked: 4,
        match: 1,
        no_match: 1,
        tie: 1,
        error: 1,
        details: {},
      },
      {
        geocoder: 'second',
        form: 'as_written',
        asked: 3,
        match: 2,
        no_match: 1,
        tie: 0,
        error: 0,
        details: {},
      },
    ]);
  });

  it('are counted by how their answers came about', async () => {
    const found = { ...match('1'), detail: 'match street (name incomplete)' };
    const cascade = new GeocodingCascade([ask(listed('first', { a: found, b: found, c: match('2') }))]);
    await cascade.geocode(
      ['a', 'b', 'c'].map((each) => address(each)),
      signal,
    );
    expect(cascade.attempts[0]?.details).toEqual({ 'match street (name incomplete)': 2 });
  });

  it('are left alone when all is matched', async () => {
    const second = memoryGeocoder();
    await new GeocodingCascade([ask(memoryGeocoder()), ask(second)]).geocode([address('a')], signal);
    expect(second.calls).toEqual([]);
  });

  it.each<[GeocodingStatus, GeocodingStatus, GeocodingStatus]>([
    ['no_match', 'tie', 'tie'],
    ['tie', 'no_match', 'tie'],
    ['error', 'no_match', 'error'],
    ['no_match', 'error', 'error'],
    ['tie', 'error', 'error'],
    ['error', 'tie', 'error'],
    ['error', 'match', 'match'],
    ['tie', 'match', 'match'],
    ['no_match', 'no_match', 'no_match'],
  ])('that say %s and %s come to %s', async (one, other, expected) => {
    const says = (status: GeocodingStatus) =>
      ask(memoryGeocoder(() => (status === 'match' ? match('1') : outcome(status))));
    const { outcomes } = await new GeocodingCascade([says(one), says(other)]).geocode([address('a')], signal);
    expect(outcomes).toEqual([expected === 'match' ? match('1') : outcome(expected)]);
  });

  it('may be none: then nothing is found', async () => {
    expect((await new GeocodingCascade([]).geocode([address('a')], signal)).outcomes).toEqual([
      outcome('no_match'),
    ]);
  });
});

describe('the forms of an address', () => {
  it('are asked one after the other, each only where it differs', async () => {
    const geocoder = listed('g', { '1 Main St': match('1') });
    const cascade = new GeocodingCascade([ask(geocoder, 'as_written', 'cleaned')]);
    const given = [address('c/o John Smith 1 Main St'), address('2 Main St'), address('1 Main St', 'Bronx')];
    const { outcomes } = await cascade.geocode(given, signal);
    expect(outcomes).toEqual([match('1'), outcome('no_match'), match('1')]);
    expect(streets(geocoder.calls)).toEqual([
      ['c/o John Smith 1 Main St', '2 Main St', '1 Main St'],
      ['1 Main St'],
    ]);
    expect(cascade.attempts.map(({ form, asked, match: found }) => [form, asked, found])).toEqual([
      ['as_written', 3, 1],
      ['cleaned', 1, 1],
    ]);
  });

  it('differ also when the same words are in other fields', async () => {
    const geocoder = memoryGeocoder(({ city }) => (city === 'NEW YORK' ? match('1') : outcome('no_match')));
    const cascade = new GeocodingCascade([ask(geocoder, 'as_written', 'cleaned')]);
    const { outcomes } = await cascade.geocode([address('1 MAIN ST NEW', 'YORK')], signal);
    expect(outcomes).toEqual([match('1')]);
    expect(geocoder.calls[1]).toEqual([address('1 MAIN ST', 'NEW YORK')]);
  });

  it('that come out the same for two addresses find both', async () => {
    const geocoder = listed('g', { '1 Main St': match('1') });
    const cascade = new GeocodingCascade([ask(geocoder, 'as_written', 'cleaned')]);
    const given = [address('c/o John Smith 1 Main St'), address('c/o Jane Doe 1 Main St')];
    expect((await cascade.geocode(given, signal)).outcomes).toEqual([match('1'), match('1')]);
  });

  it('are asked of each geocoder anew', async () => {
    const [one, two] = [listed('one', {}), listed('two', {})];
    await new GeocodingCascade([ask(one, 'cleaned'), ask(two, 'cleaned', 'as_written')]).geocode(
      [address('c/o John Smith 1 Main St')],
      signal,
    );
    expect(streets(one.calls)).toEqual([['1 Main St']]);
    expect(streets(two.calls)).toEqual([['1 Main St'], ['c/o John Smith 1 Main St']]);
  });

  it('that come out empty are not asked about', async () => {
    const geocoder = listed('g', {});
    const { outcomes } = await new GeocodingCascade([ask(geocoder, 'as_written', 'cleaned')]).geocode(
      [address('???', '', '', '')],
      signal,
    );
    expect(streets(geocoder.calls)).toEqual([['???']]);
    expect(outcomes).toEqual([outcome('no_match')]);
  });
});

describe('a geocoder that is down', () => {
  it('is told with what could not be asked, and only then', async () => {
    const answers = memoryGeocoder(({ street }) => (street === 'e' ? outcome('error') : match('1')), {
      outage: down,
    });
    const cascade = new GeocodingCascade([ask(answers)]);
    expect(await cascade.geocode([address('a'), address('e')], signal)).toEqual({
      outcomes: [match('1'), outcome('error')],
      outage: down,
    });
    expect(await cascade.geocode([address('a')], signal)).toEqual({ outcomes: [match('1')], outage: null });
  });

  it('is not told when another one found what it could not', async () => {
    const broken = memoryGeocoder(() => outcome('error'), { outage: down });
    const cascade = new GeocodingCascade([ask(broken), ask(memoryGeocoder(() => match('1')))]);
    expect(await cascade.geocode([address('a')], signal)).toEqual({ outcomes: [match('1')], outage: null });
  });

  it('is asked about the same address again by the next batch', async () => {
    let isUp = false;
    const geocoder = memoryGeocoder(({ street }) => (isUp || street === 'a' ? match('1') : outcome('error')));
    const cascade = new GeocodingCascade([ask(geocoder)]);
    await cascade.geocode([address('a'), address('e'), address('e')], signal);
    isUp = true;
    expect((await cascade.geocode([address('e'), address('a')], signal)).outcomes).toEqual([
      match('1'),
      match('1'),
    ]);
    expect(streets(geocoder.calls)).toEqual([['a', 'e'], ['e']]);
  });

  it('that throws fails all who wait for it, and what was asked is asked again', async () => {
    const geocoder = memoryGeocoder();
    let isBroken = true;
    const breaking: MemoryGeocoder = {
      ...geocoder,
      geocode: async (addresses, own) => {
        const answer = await geocoder.geocode(addresses, own);
        if (isBroken) throw new PatronflowError('GEOCODER_REFUSED', 'No.');
        return answer;
      },
    };
    const cascade = new GeocodingCascade([ask(breaking)]);
    const both = [
      cascade.geocode([address('a')], signal),
      cascade.geocode([address('b'), address('a')], signal),
    ];
    for (const batch of both)
      expect(await failureOf(() => batch)).toMatchObject({ code: 'GEOCODER_REFUSED' });
    isBroken = false;
    const { outcomes } = await cascade.geocode([address('a'), address('b')], signal);
    expect(outcomes.map(({ status }) => status)).toEqual(['match', 'match']);
    expect(streets(geocoder.calls)).toEqual([['a'], ['b'], ['a', 'b']]);
  });
});
