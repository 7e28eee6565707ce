import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Geocoder, GeocodingAddress } from '../../src/poll/ports.ts';
import { failureOf } from '../support/failure.ts';
import {
  censusBench,
  type GeocoderBench,
  geoclientBench,
  geosupportBench,
  tigerBench,
} from '../support/geocoders-benches.ts';
import { addressesOf, outcomesOf, type Place } from '../support/geocoders-census-bench.ts';
import { hasCompiler } from '../support/geosupport-library.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { never } from '../support/never.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

const benches = [
  ['geocoders/census', censusBench],
  ['geocoders/geoclient', geoclientBench],
  ['geocoders/geosupport', geosupportBench],
  ['geocoders/tiger', tigerBench],
] as const;

/** Addresses that people wrote, of which nothing is to be made, or something. */
const odd: readonly GeocodingAddress[] = [
  { street: '', city: '', region: '', postalCode: '' },
  { street: '12 "MAIN" ST\r\n, APT\t#4', city: 'NEW\u0000YORK', region: ',', postalCode: '"10001"' },
  { street: 'ÉTOILE “Straße” Æ 李 🙂 \ud800', city: '\u2028', region: '\ufeff', postalCode: '１０００１' },
  { street: '1'.repeat(5_000), city: 'x'.repeat(5_000), region: 'NY', postalCode: '0'.repeat(500) },
];

const none = { status: 'no_match', geoid: null } as const;

/** Of Geosupport the stand-in must be compiled, and a machine with Node.js alone has no compiler. */
const startable = benches.filter(([adapter]) => hasCompiler || adapter !== 'geocoders/geosupport');

describe.each(startable)('%s', (_adapter, start) => {
  let bench: GeocoderBench;
  let geocoder: Geocoder;
  /** Known and unknown addresses in turn. */
  let mixed: readonly Place[];

  const many = (count: number): Place[] =>
    Array.from({ length: Math.ceil(count / mixed.length) }, () => mixed)
      .flat()
      .slice(0, count);
  const right = (all: readonly Place[]) => ({ outcomes: outcomesOf(all), outage: null });

  beforeAll(async () => {
    bench = await start();
    const unknown = bench.unknown.map((address): Place => ({ address, outcome: none }));
    mixed = bench.known.flatMap((place, at) => [place, ...unknown.slice(at, at + 1)]);
  });
  beforeEach(() => {
    geocoder = bench.open();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    bench.service?.heal();
    await geocoder.close();
  });
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^GEOCODER_UNAVAILABLE$/);

  it('tells the census of its tracts, a year or nothing', async () => {
    expect(await geocoder.census(never)).toMatch(/^\d{3}0$/);
  });

  it('gives each address its outcome, in their order, also to one that comes twice', async () => {
    const [first, second, third] = bench.known;
    expect(new Set(bench.known.map(({ outcome }) => outcome.geoid)).size).toBeGreaterThanOrEqual(3);
    for (const all of [mixed, [...mixed].reverse(), [third, first, third, second, first]]) {
      const asked = all.flatMap((place) => place ?? []);
      expect(await geocoder.geocode(addressesOf(asked), never)).toMatchObject(right(asked));
    }
  });

  it('gives a match its tract, with leading zeros, and to nothing else one', async () => {
    const { outcomes } = await geocoder.geocode([...addressesOf(mixed), ...odd], never);

    const tracts = outcomes.flatMap(({ status, geoid }) => (status === 'match' ? [geoid] : []));
    expect(tracts.every((geoid) => /^\d{11}$/.test(geoid ?? ''))).toBe(true);
    const fromZero = bench.known.filter(({ outcome }) => outcome.geoid?.startsWith('0'));
    expect(tracts.filter((geoid) => geoid?.startsWith('0'))).toHaveLength(fromZero.length);
    for (const { status, geoid } of outcomes) if (status !== 'match') expect(geoid).toBeNull();
  });

  it('says of what is nowhere that it is nowhere, which is no outage', async () => {
    expect(await geocoder.geocode(bench.unknown, never)).toMatchObject({
      outcomes: bench.unknown.map(() => none),
      outage: null,
    });
  });

  it('answers nothing when nothing is asked', async () => {
    const before = await bench.traces();

    expect(await geocoder.geocode([], never)).toEqual({ outcomes: [], outage: null });

    expect(await bench.traces()).toEqual(before);
  });

  it('answers thousands at once', async () => {
    const all = many(2_501);

    expect(await geocoder.geocode(addressesOf(all), never)).toMatchObject(right(all));
  });

  it('answers everybody who asks at the same time', async () => {
    const questions = Array.from({ length: 8 }, (_, at) => many(20 + at).slice(at));

    const answers = await Promise.all(questions.map((all) => geocoder.geocode(addressesOf(all), never)));

    expect(answers).toMatchObject(questions.map(right));
  });

  it('keeps odd addresses from costing others their answer, or the service its name', async () => {
    const all = many(10);
    const asked = [...odd, ...addressesOf(all), ...odd];

    const { outcomes, outage } = await geocoder.geocode(asked, never);

    expect(outage).toBeNull();
    expect(outcomes.slice(odd.length, -odd.length)).toMatchObject(outcomesOf(all));
    expect(outcomes.map(({ status }) => status)).not.toContain('error');
    expect(outcomes.at(0)).toMatchObject(none);
  });

  it('is asked again when its answer broke off', async ({ skip }) => {
    if (!bench.service) return skip('there is no service');
    const all = many(10);
    bench.service.breakOff();

    expect(await geocoder.geocode(addressesOf(all), never)).toMatchObject(right(all));
  });

  it('tells an outage from an address that is nowhere, and neither address nor secret', async ({ skip }) => {
    if (!bench.service) return skip('there is no service');
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const all = many(10);
    bench.service.shutDown();

    const { outcomes, outage } = await geocoder.geocode(addressesOf(all), never);

    expect(outcomes).toMatchObject(all.map(() => ({ status: 'error', geoid: null })));
    const told = await failureOf(Promise.reject(outage), [
      ...bench.secrets,
      ...bench.known.map(({ address }) => address.street),
    ]);
    expect(told).toMatchObject({ code: 'GEOCODER_UNAVAILABLE', kind: 'transient' });
    bench.service.heal();
    expect(await geocoder.geocode(addressesOf(all), never)).toMatchObject(right(all));
  });

  it('stops before it asks when it is told to, and answers the next', async () => {
    const all = many(10);
    const before = await bench.traces();

    const thrown = await geocoder
      .geocode(addressesOf(all), AbortSignal.abort())
      .catch((error: unknown) => error);

    // What reads a file may have answered by then.
    if (bench.service) expect(thrown).toMatchObject({ name: 'AbortError' });
    expect(await bench.traces()).toEqual(before);
    expect(await geocoder.geocode(addressesOf(all), never)).toMatchObject(right(all));
  });

  it('stops while it waits for an answer when it is told to, and answers the next', async ({ skip }) => {
    const { service } = bench;
    if (!service) return skip('there is no service');
    const all = many(10);
    const stopping = new AbortController();

    await leavingNothing(async () => {
      const stopped = bench.open();
      service.fallSilent();
      const asking = stopped.geocode(addressesOf(all), stopping.signal);
      asking.catch(() => {});
      await service.untilAsked();
      stopping.abort();
      await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
      service.heal();
      expect(await stopped.geocode(addressesOf(all), never)).toMatchObject(right(all));
      await stopped.close();
    });
  });

  it('leaves nothing behind when it is closed', async () => {
    await leavingNothing(async () => {
      const used = bench.open();
      await used.geocode(addressesOf(mixed), never);
      await used.close();
      await used.close();
    });
  });
});
