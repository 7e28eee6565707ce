import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CensusRow, censusPage, startCensusServer } from '../../support/census-server.ts';
import {
  addressesOf,
  expectOutage,
  outcomesOf,
  places,
  unanswered,
  useCensus,
} from '../../support/geocoders-census-bench.ts';
import { never } from '../../support/never.ts';
import { listening } from '../../support/told.ts';

const bench = useCensus();
const ten = places(10);
const nothing = ten.map(() => unanswered);
const isPublic = ({ street }: CensusRow) => street.startsWith('4600 ');

afterEach(() => {
  vi.restoreAllMocks();
});

describe('rows that break the service', () => {
  it('are found among a thousand, and keep no other row from an answer', async () => {
    const all = places(1_000);
    const poisonous = ['77 MAIN ST', '78 MAIN ST', '901 MAIN ST'];
    bench.server.fail({ poison: ({ street }) => poisonous.includes(street) });

    const { outcomes, outage } = await bench.open().geocode(addressesOf(all), never);

    const wanted = outcomesOf(all).map((outcome, index) =>
      poisonous.includes(`${index} MAIN ST`) ? unanswered : outcome,
    );
    expect(outcomes).toEqual(wanted);
    expect(outage).toBeNull();
    expect(bench.server.requests.length).toBeLessThan(60);
  });

  it('are an error and no outage, also when they are alone', async () => {
    bench.server.fail({ poison: ({ street }) => !isPublic({ street } as CensusRow) });

    expect(await bench.open().geocode(addressesOf(places(1)), never)).toEqual({
      outcomes: [unanswered],
      outage: null,
    });
  });

  it('are an outage when they are too many to be the culprits, and are not asked about one by one', async () => {
    bench.server.fail({ poison: ({ street }) => !isPublic({ street } as CensusRow) });

    const { outcomes, outage } = await bench.open().geocode(addressesOf(places(1_000)), never);

    expect(outcomes.every(({ status }) => status === 'error')).toBe(true);
    expect(outage).toMatchObject({ code: 'GEOCODER_UNAVAILABLE' });
    expect(outage?.message).toContain('it fails on 11 of 1000 addresses');
    expect(bench.server.requests.length).toBeLessThan(1_000);
  });

  it('have all their tries anew once a part of them was answered', async () => {
    bench.server.fail({ status: 503 }, { times: 4 });
    bench.server.fail({ missing: { last: 1 } }, { times: 6 });

    const { outcomes, outage } = await bench.open().geocode(addressesOf(ten), never);

    expect(outcomes).toEqual(outcomesOf(ten));
    expect(outage).toBeNull();
    // Four refusals, an answer without its last row, and five that lack the only one.
    expect(bench.asked().map(({ length }) => length)).toEqual([10, 10, 10, 10, 10, 1, 1, 1, 1, 1, 1]);
  });

  it.each([400, 413, 414])('are found too when the service calls them wrong (%i)', async (status) => {
    bench.server.fail({ status }, { times: 1 });

    const { outcomes, outage } = await bench.open().geocode(addressesOf(ten), never);

    expect(outcomes).toEqual(outcomesOf(ten));
    expect(outage).toBeNull();
    // At once in pieces: the same again would be as wrong. Before that a look whether it works.
    expect(
      bench
        .asked()
        .slice(0, 3)
        .map(({ length }) => length),
    ).toEqual([10, 1, 3]);
  });
});

describe('a service that is down', () => {
  it('is asked six times, then once about a public address, then given up', async () => {
    bench.server.fail({ status: 503 });

    const { outcomes, outage } = await bench.open().geocode(addressesOf(ten), never);

    expect(outcomes).toEqual(nothing);
    expectOutage(outage, 'GEOCODER_UNAVAILABLE');
    expect(outage?.kind).toBe('transient');
    expect(outage?.message).toContain('HTTP 503');
    expect(bench.asked().map(({ length }) => length)).toEqual([10, 10, 10, 10, 10, 10, 1]);
    expect(bench.server.requests.at(-1)?.rows.every(isPublic)).toBe(true);
  });

  it('keeps what it answered before', async () => {
    bench.server.fail({ status: 500 }, { after: 2 });
    const all = places(30);

    const { outcomes, outage } = await bench
      .open({ rowsPerRequest: 10, maxRequests: 1 })
      .geocode(addressesOf(all), never);

    expect(outcomes).toEqual([...outcomesOf(all).slice(0, 20), ...nothing]);
    expectOutage(outage, 'GEOCODER_UNAVAILABLE');
  });

  it('is told from one that hangs, and from one that cannot be reached', async () => {
    bench.server.fail({ hang: true });
    const hung = await bench.open({ timeoutMs: 30 }).geocode(addressesOf(ten), never);
    expect(hung.outcomes).toEqual(nothing);
    expectOutage(hung.outage, 'GEOCODER_UNAVAILABLE');
    expect(hung.outage?.message).toContain('no answer in time');
    const gone = await startCensusServer();
    await gone.stop();
    const url = `${gone.endpoint}/geocoder/geographies/addressbatch?key=census-key-4711`;

    const { outcomes, outage } = await bench.open({ url }).geocode(addressesOf(ten), never);

    expect(outcomes).toEqual(nothing);
    expectOutage(outage, 'GEOCODER_UNAVAILABLE');
    expect(outage?.message).toContain('ECONNREFUSED');
  });

  it.each([400, 401, 404, 405, 415, 422])(
    'refuses when it answers %i to everything, once',
    async (status) => {
      bench.server.fail({ status });

      const { outcomes, outage } = await bench.open().geocode(addressesOf(ten), never);

      expect(outcomes).toEqual(nothing);
      expectOutage(outage, 'GEOCODER_REFUSED');
      expect(outage?.kind).toBe('config');
      expect(bench.asked().map(({ length }) => length)).toEqual([10, 1]);
    },
  );

  it.each([
    ['', 'an empty answer'],
    [`\n ${censusPage}`, 'a page in place of data'],
    ['"7","x","No_Match"\nnothing to do with it', 'an answer that cannot be read'],
  ])('is one outage for many requests when it answers %j', async (body, told) => {
    bench.server.fail({ status: 200, body });

    const { outcomes, outage } = await bench
      .open({ rowsPerRequest: 1 })
      .geocode(addressesOf(places(7)), never);

    expect(outcomes.every(({ status }) => status === 'error')).toBe(true);
    expectOutage(outage, 'GEOCODER_UNAVAILABLE');
    expect(outage?.message).toContain(told);
    // Six tries for each and a look.
    expect(bench.server.requests.length).toBeLessThanOrEqual(49);
  });

  it('is not called down because it had nothing to do for long', async () => {
    const census = bench.open();
    const now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now + 3_600_000);
    bench.server.fail({ status: 503 }, { times: 2 });

    expect(await census.geocode(addressesOf(places(1)), never)).toEqual({
      outcomes: outcomesOf(places(1)),
      outage: null,
    });
  });

  it('is given up early when it has answered no request for ten minutes', async () => {
    const census = bench.open();
    let now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => {
      now += 300_000;
      return now;
    });
    bench.server.fail({ status: 503 });

    const { outage } = await census.geocode(addressesOf(ten), never);

    expectOutage(outage, 'GEOCODER_UNAVAILABLE');
    expect(bench.server.requests.length).toBeLessThan(6);
  });
});

describe('a run that is told to stop', () => {
  it.each([
    ['before', 0, () => AbortSignal.abort(), 'AbortError'],
    ['while it waits for an answer', 1, () => AbortSignal.timeout(50), 'TimeoutError'],
  ])('stops %s', async (_when, requests, stop, name) => {
    bench.server.fail({ hang: true });
    const census = bench.open({ rowsPerRequest: 2, maxRequests: 1 });
    const startedAt = performance.now();

    await expect(census.geocode(addressesOf(ten), stop())).rejects.toMatchObject({ name });

    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(bench.server.requests).toHaveLength(requests);
    bench.server.heal();
    expect((await census.geocode(addressesOf(ten), never)).outcomes).toEqual(outcomesOf(ten));
  });

  it('stops while it waits before another try', async () => {
    bench.server.fail({ status: 503 });
    const stopping = new AbortController();
    const geocoding = bench.open({ firstWaitMs: 60_000 }).geocode(addressesOf(ten), stopping.signal);
    await vi.waitFor(() => expect(bench.server.requests).toHaveLength(1));
    await sleep(20);
    stopping.abort();

    await expect(geocoding).rejects.toMatchObject({ name: 'AbortError' });
    expect(bench.server.requests).toHaveLength(1);
  });
});

describe('trouble with the Census Bureau', () => {
  it('is told while it lasts: what fails, since when, what happens next, and when it is over', async () => {
    // Not the clock of sockets and waits.
    vi.useFakeTimers({
      toFake: ['Date', 'setInterval', 'clearInterval'],
      now: new Date('2026-03-01T05:00:00Z'),
    });
    onTestFinished(() => void vi.useRealTimers());
    const { log, lines } = listening();
    bench.server.fail({ status: 503, retryAfter: '0' }, { times: 3 });
    const asking = bench.open({ firstWaitMs: 100 }, log).geocode(addressesOf(ten), never);
    for (const requests of [1, 2, 3]) {
      await vi.waitUntil(() => bench.server.requests.length === requests, { timeout: 10_000, interval: 1 });
      await sleep(20);
      vi.advanceTimersByTime(40_000);
    }
    await asking;
    expect(lines[0]).toMatch(
      /^warn The geocoder census \(http:\S+addressbatch\) fails: HTTP 503, once since 05:00:00 UTC\. 0 of 10 addresses done\. Next: retrying in 1 s\.$/,
    );
    expect(lines.at(-1)).toMatch(/^info .* has recovered after 120 s\. 10 of 10 addresses done\.$/);
    expect(lines.join()).not.toMatch(/MAIN|census-key/);
  });
});
