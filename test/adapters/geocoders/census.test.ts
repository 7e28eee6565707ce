import http from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { censusOfVintage } from '../../../src/adapters/clients/census-vintage.ts';
import type { GeocodingAddress } from '../../../src/poll/ports.ts';
import { startCensusServer } from '../../support/census-server.ts';
import { failureOf } from '../../support/failure.ts';
import {
  addressesOf,
  censusKey,
  outcomesOf,
  places,
  useCensus,
} from '../../support/geocoders-census-bench.ts';
import { never } from '../../support/never.ts';

const bench = useCensus();

describe('addresses that the Census Bureau is asked about', () => {
  it('get their outcomes in their own order, even if the answer has another', async () => {
    const all = places(60);

    const { outcomes, outage } = await bench.open({ rowsPerRequest: 25 }).geocode(addressesOf(all), never);

    expect(outcomes).toEqual(outcomesOf(all));
    expect(outage).toBeNull();
    expect(
      bench
        .asked()
        .map(({ length }) => length)
        .sort(),
    ).toEqual([10, 25, 25]);
    expect(
      bench
        .asked()
        .flat()
        .sort((a, b) => a - b),
    ).toEqual(all.map((_, index) => index));
  });

  it('are each their own: the same one twice gets the same', async () => {
    const [one, other] = places(2);
    const { outcomes } = await bench
      .open()
      .geocode(addressesOf([one, other, one].flatMap((p) => p ?? [])), never);

    expect(outcomes).toEqual(outcomesOf([one, other, one].flatMap((place) => place ?? [])));
  });

  it('keep the zeros of their tracts', async () => {
    bench.server.know('1 COTTON RD', '00901', '010010201001000');
    const address = { street: '1 Cotton Rd', city: 'Prattville', region: 'AL', postalCode: '00901' };

    const { outcomes } = await bench.open().geocode([address], never);

    expect(outcomes).toEqual([{ status: 'match', geoid: '01001020100' }]);
    expect(bench.server.requests[0]?.rows).toEqual([
      { id: '0', street: '1 Cotton Rd', city: 'Prattville', state: 'AL', zip: '00901' },
    ]);
  });

  it('are none when there are none', async () => {
    expect(await bench.open().geocode([], never)).toEqual({ outcomes: [], outage: null });
    expect(bench.server.requests).toEqual([]);
  });

  it('are sent with benchmark, vintage and key, and without a key when there is none', async () => {
    await bench.open().geocode(addressesOf(places(1)), never);
    await bench
      .open({ key: undefined, vintage: 'Census2020_Census2020' })
      .geocode(addressesOf(places(1)), never);

    expect(bench.server.requests.map(({ query }) => query)).toEqual([
      { benchmark: 'Public_AR_Current', vintage: 'Current_Current', key: censusKey },
      { benchmark: 'Public_AR_Current', vintage: 'Census2020_Census2020' },
    ]);
  });

  it('go out as plain lines, even with odd characters', async () => {
    const blank: GeocodingAddress = { street: '', city: '', region: '', postalCode: '' };
    const odd: GeocodingAddress[] = [
      { street: '12 MAIN ST\r\n', city: '', region: '', postalCode: '' },
      { street: '12\rMAIN\nST\t#4', city: 'NEW\u0000YORK', region: 'N"Y', postalCode: '"10001"' },
      { street: '"12" O\'BRIEN ST, APT 4', city: 'A, B', region: ',', postalCode: '10001-1234' },
      { street: 'ÉTOILE “Straße” Æ', city: 'Nuñez', region: '纽约', postalCode: '１０００１' },
      { street: '🙂 ST \ud800 X\u2028Y', city: '\u007f\u0085', region: '\ufeff', postalCode: ' ' },
      blank,
    ];

    await bench.open().geocode(odd, never);

    const raw = bench.server.requests[0]?.raw ?? '';
    expect(raw).toMatch(/^[\x20-\x7e\n]*$/);
    const lines = raw.trimEnd().split('\n');
    expect(lines).toHaveLength(odd.length);
    expect(lines[0]).toBe('0,12 MAIN ST,,,');
    expect(lines[1]).toBe('1,12 MAIN ST #4,NEW YORK,N Y,10001');
    expect(lines[2]).toBe(`2,"12  O'BRIEN ST, APT 4","A, B",",",10001-1234`);
    expect(lines[3]).toMatch(/^3,ETOILE +Strasse +Ae,Nunez,\w+,10001$/);
    expect(lines[4]).toMatch(/^4,\S* ?ST +X Y,,,$/);
    expect(lines[5]).toBe('5,,,,');
    expect(bench.server.requests[0]?.rows).toHaveLength(odd.length);
  });
});

describe('requests at a time', () => {
  const many = places(60);

  it('are never more than configured', async () => {
    bench.server.delayMs = 15;
    const { outcomes } = await bench
      .open({ rowsPerRequest: 5, maxRequests: 2 })
      .geocode(addressesOf(many), never);

    expect(bench.server.peak).toBe(2);
    expect(outcomes).toEqual(outcomesOf(many));
  });

  it('grow while the service bears it', async () => {
    // Longer than a busy machine takes to make the requests of a round.
    bench.server.delayMs = 250;
    await bench.open({ rowsPerRequest: 4, maxRequests: 6 }).geocode(addressesOf(many), never);

    expect(bench.server.peak).toBeGreaterThan(4);
    expect(bench.server.peak).toBeLessThanOrEqual(6);
  });

  it('become fewer when the service refuses what is too much, and every address is answered', async () => {
    const more = places(300);
    bench.server.delayMs = 10;
    bench.server.fail({ maxConcurrent: 5 });
    const { outcomes, outage } = await bench
      .open({ rowsPerRequest: 1, maxRequests: 32 })
      .geocode(addressesOf(more), never);

    expect(outcomes).toEqual(outcomesOf(more));
    expect(outage).toBeNull();
    expect(bench.server.requests.length - more.length).toBeLessThan(60);
  });

  it('are counted over several calls of one geocoder', async () => {
    bench.server.delayMs = 15;
    const census = bench.open({ rowsPerRequest: 5, maxRequests: 3 });

    await Promise.all([census.geocode(addressesOf(many), never), census.geocode(addressesOf(many), never)]);

    expect(bench.server.peak).toBe(3);
  });
});

describe('a service on this machine', () => {
  it('is asked past any proxy that the environment names to Node.js', async () => {
    const all = places(5);
    // What NODE_USE_ENV_PROXY changes: the agent of `http`, and the dispatcher of `fetch`.
    const dispatcher = Symbol.for('undici.globalDispatcher.1');
    const globals = globalThis as unknown as Record<symbol, unknown>;
    const before = { agent: http.globalAgent, dispatcher: globals[dispatcher] };
    onTestFinished(() => {
      http.globalAgent = before.agent;
      globals[dispatcher] = before.dispatcher;
    });
    const proxied: string[] = [];
    const proxy = (): never => {
      proxied.push('an address');
      throw new Error('a proxy');
    };
    http.globalAgent = Object.assign(new http.Agent(), { addRequest: proxy });
    globals[dispatcher] = { dispatch: proxy };

    const { outcomes } = await bench.open().geocode(addressesOf(all), never);

    expect(outcomes).toEqual(outcomesOf(all));
    expect(proxied).toEqual([]);
  });
});

describe('a look at the Census Bureau', () => {
  it('asks about a public address and no other', async () => {
    await expect(bench.open().check(never)).resolves.toBe(
      'finds a public address, benchmark Public_AR_Current, vintage Current_Current',
    );
    expect(bench.server.requests.map(({ raw }) => raw)).toEqual([
      '0,4600 SILVER HILL RD,WASHINGTON,DC,20233\n',
    ]);
  });

  it.each([
    ['finds nothing for it', '99999', 'it says no match'],
    ['puts it into another tract', '20233', 'it says 24033802404'],
  ])('is told when it %s', async (_, zip, said) => {
    const server = await startCensusServer();
    onTestFinished(() => server.stop());
    server.forget();
    server.know('4600 SILVER HILL RD', zip, '240338024041020');
    const census = bench.open({ url: `${server.endpoint}/geocoder/geographies/addressbatch` });
    const error = await failureOf(census.check(never), [censusKey]);

    expect(error).toMatchObject({ code: 'GEOCODER_REFUSED', kind: 'config' });
    expect(error.message).toContain(said);
    expect(error.message).toContain('WASHINGTON DC 20233 is in 24033802405');
  });

  it('knows only the county of the address in a census that is still to come', async () => {
    const server = await startCensusServer();
    onTestFinished(() => server.stop());
    server.know('4600 SILVER HILL RD', '20233', '240339999991020');
    const url = `${server.endpoint}/geocoder/geographies/addressbatch`;
    const vintage = 'Census2030_Census2030';

    await expect(bench.open({ url, vintage }).check(never)).resolves.toContain('finds a public address');
  });

  it.each([
    ['Census2020_Current', '2020'],
    ['Census2010_Census2020', '2010'],
    ['ACS2019_Current', '2010'],
    ['ACS2023_Current', '2020'],
    ['Census2010', '2010'],
    ['420', null],
    ['', null],
  ])('tells the census of the vintage %j: %s', async (vintage, census) => {
    expect(await bench.open({ vintage }).census(never)).toBe(census);
  });

  it.each([
    ['2026-03-01', '2020'],
    ['2030-12-31', '2020'],
    ['2031-01-01', '2030'],
  ])('takes the current vintage on %s for that of the census of %s', (day, census) => {
    expect(censusOfVintage('Current_Current', new Date(day))).toBe(census);
  });

  it('tells that it does not answer', async () => {
    bench.server.fail({ status: 503 });
    const error = await failureOf(bench.open().check(never), [censusKey]);

    expect(error).toMatchObject({ code: 'GEOCODER_UNAVAILABLE', kind: 'transient' });
    expect(error.message).toContain('HTTP 503');
  });

  it('tells that it refuses', async () => {
    const error = await failureOf(bench.open({ benchmark: '' }).check(never), [censusKey]);

    expect(error).toMatchObject({ code: 'GEOCODER_REFUSED', kind: 'config' });
    expect(error.message).toContain('HTTP 400');
  });

  it('stops when it is told to, and closes twice', async () => {
    const census = bench.open();
    bench.server.fail({ hang: true });
    await expect(census.check(AbortSignal.timeout(20))).rejects.toMatchObject({ name: 'TimeoutError' });
    await census.close();
    await census.close();
  });
});
