import { describe, expect, it, onTestFinished } from 'vitest';
import { createGeoclientGeocoder, type GeoclientOptions } from '../../../src/adapters/geocoders/geoclient.ts';
import type { Geocoder, GeocodingAddress } from '../../../src/poll/ports.ts';
import { failureOf } from '../../support/failure.ts';
import { type GeoclientServer, startGeoclientServer } from '../../support/geoclient-server.ts';
import { silent } from '../../support/told.ts';

const never = new AbortController().signal;
const key = 'geoclient-secret-key';

const address = (street: string, postalCode = '10301', city = ''): GeocodingAddress => ({
  street,
  city,
  region: 'NY',
  postalCode,
});

async function start(
  options: Partial<GeoclientOptions> = {},
): Promise<{ server: GeoclientServer; geocoder: Geocoder }> {
  const server = await startGeoclientServer();
  onTestFinished(() => server.stop());
  const geocoder = createGeoclientGeocoder(
    {
      url: server.endpoint,
      key,
      maxRequests: 4,
      requestsPerMinute: 100_000,
      timeoutMs: 500,
      firstWaitMs: 1,
      ...options,
    },
    silent,
  );
  return { server, geocoder };
}

const bay = { geosupportReturnCode: '00', boroughCode1In: '5', censusTract2020: '   7  ' };

describe('GeoClient', () => {
  it('is asked as its documentation says, and answers with a tract', async () => {
    const { server, geocoder } = await start();
    server.know('1 Bay St 10301', bay);
    const { outcomes } = await geocoder.geocode([address('1 Bay St Apt 4')], never);
    expect(outcomes).toEqual([{ status: 'match', geoid: '36085000700', detail: 'match' }]);
    expect(server.requests).toEqual([{ houseNumber: '1', street: 'Bay St', zip: '10301', key }]);
  });

  it('is asked by borough where there is no ZIP', async () => {
    const { server, geocoder } = await start();
    server.know('1 BAY ST Staten Island', bay);
    const { outcomes } = await geocoder.geocode([address('1 BAY ST', '', 'Staten Island')], never);
    expect(outcomes[0]?.geoid).toBe('36085000700');
  });

  it.each([
    [
      'older releases spell the field so',
      { returnCode1e: '01', boroughCode1In: '5', censusTrack2020: '   7  ' },
      '36085000700',
    ],
    [
      'Marble Hill',
      { geosupportReturnCode: '01', boroughCode1In: '2', bblBoroughCode: '1', censusTract2020: ' 309  ' },
      '36061030900',
    ],
    ['a blank tract', { ...bay, censusTract2020: '      ', censusTract2010: '999999' }, null],
    ['a tract of zeros', { ...bay, censusTract2020: '000000' }, null],
    ['no borough', { geosupportReturnCode: '00', censusTract2020: '   7  ' }, null],
    ['a rejection', { geosupportReturnCode: '42' }, null],
    [
      'several names that are alike',
      { geosupportReturnCode: 'EE', numberOfStreetCodesAndNamesInList: '02', streetName1: 'BAY STREET' },
      null,
    ],
  ])('reads %s', async (_, answer, geoid) => {
    const { server, geocoder } = await start();
    server.know('1 BAY ST 10301', answer as unknown as Record<string, string>);
    const { outcomes } = await geocoder.geocode([address('1 BAY ST')], never);
    expect(outcomes).toMatchObject([{ status: geoid ? 'match' : 'no_match', geoid }]);
  });

  it('is asked again with the only name that is alike', async () => {
    const { server, geocoder } = await start();
    server.know('1 BAI ST 10301', {
      geosupportReturnCode: 'EE',
      numberOfStreetCodesAndNamesInList: '01',
      streetName1: 'BAY STREET ',
    });
    server.know('1 BAY STREET 10301', bay);
    const { outcomes } = await geocoder.geocode([address('1 BAI ST')], never);
    expect(outcomes).toEqual([
      { status: 'match', geoid: '36085000700', detail: 'match, by the only name like it' },
    ]);
  });

  it('is not asked for addresses outside of the city', async () => {
    const { server, geocoder } = await start();
    const { outcomes } = await geocoder.geocode([address('1 BAY ST', '53140'), address('PO BOX 1')], never);
    expect(outcomes.map(({ status }) => status)).toEqual(['no_match', 'no_match']);
    expect(server.requests).toEqual([]);
  });

  it('answers in order, with no more requests at a time than configured', async () => {
    const { server, geocoder } = await start({ maxRequests: 3 });
    server.delayMs = 5;
    for (let n = 0; n < 40; n += 2) server.know(`${n + 1} BAY ST 10301`, bay);
    const { outcomes } = await geocoder.geocode(
      Array.from({ length: 40 }, (_, n) => address(`${n + 1} BAY ST`)),
      never,
    );
    expect(outcomes.map(({ status }) => status === 'match')).toEqual(
      Array.from({ length: 40 }, (_, n) => n % 2 === 0),
    );
    expect(server.peak).toBeLessThanOrEqual(3);
  });

  it('is asked no more often a minute than configured', async () => {
    const { geocoder } = await start({ requestsPerMinute: 1200 });
    const started = performance.now();
    await geocoder.geocode(
      Array.from({ length: 6 }, () => address('1 BAY ST')),
      never,
    );
    // Five waits of 50 ms between six requests.
    expect(performance.now() - started).toBeGreaterThan(240);
  });
});

describe('what GeoClient answers', () => {
  it.each([
    [
      'echoes the address',
      { geosupportReturnCode: '1 HIDDEN LN', message: '1 HIDDEN LN' },
      'a return code that is none',
    ],
    ['has no return code', { message: '1 HIDDEN LN' }, 'a return code that is none'],
    ['lacks its files', { geosupportReturnCode: '91', message: '1 HIDDEN LN' }, 'return code 91'],
  ])('is no answer about an address where it %s, and is not shown', async (_, said, what) => {
    const { server, geocoder } = await start();
    server.know('1 HIDDEN LN 10301', said as unknown as Record<string, string>);
    server.know('350 5 AVENUE Manhattan', said as unknown as Record<string, string>);
    const { outcomes, outage } = await geocoder.geocode([address('1 HIDDEN LN')], never);
    expect(outcomes).toEqual([{ status: 'error', geoid: null }]);
    expect(outage).toMatchObject({ code: 'GEOCODER_UNAVAILABLE' });
    expect(outage?.message).toContain(`(${what})`);
    expect(`${outage?.message} ${outage?.hint} ${outage?.stack}`).not.toContain('HIDDEN');
  });

  it.each([
    ['nothing', { geosupportReturnCode: '42' }, 'return code 42'],
    ['another tract', { ...bay, boroughCode1In: '1' }, '36061000700'],
  ])('to check is wrong where it finds %s for a public address', async (_, said, shown) => {
    const { server, geocoder } = await start();
    server.know('350 5 AVENUE Manhattan', said);
    const error = await failureOf(geocoder.check(never), [key]);
    expect(error).toMatchObject({ code: 'GEOCODER_REFUSED' });
    expect(error.message).toContain(`350 5 AVENUE, Manhattan is in 36061007600; it says ${shown}`);
  });
});

describe('the URL of GeoClient', () => {
  const secrets = ['hidden-user', 'hidden-word', 'hidden-parameter'];
  const withSecrets = (endpoint: string) =>
    `${endpoint.replace('//', '//hidden-user:hidden-word@').replace(/\/$/, '')}?app_key=hidden-parameter`;

  it('may have a login and parameters, which go along with each request', async () => {
    const { server } = await start();
    const { geocoder } = await start({ url: withSecrets(server.endpoint) });
    server.know('1 BAY ST 10301', bay);
    const { outcomes } = await geocoder.geocode([address('1 BAY ST')], never);
    expect(outcomes[0]?.status).toBe('match');
    const authorization = `Basic ${Buffer.from('hidden-user:hidden-word').toString('base64')}`;
    expect(server.requests).toMatchObject([{ authorization, app_key: 'hidden-parameter', street: 'BAY ST' }]);
  });

  it.each([503, 401])('is shown without them when it answers with %i', async (status) => {
    const { server } = await start();
    const { geocoder } = await start({ url: withSecrets(server.endpoint) });
    server.fail({ status });
    const told = await failureOf(geocoder.check(never), secrets);
    expect(told.message).toContain(`geoclient (${server.endpoint.slice(0, -1)})`);
    const { outage } = await geocoder.geocode([address('1 BAY ST')], never);
    await failureOf(Promise.reject(outage), secrets);
  });
});

describe('GeoClient that fails', () => {
  it.each([
    ['a server error', { status: 503 }],
    ['too many requests', { status: 429, headers: { 'retry-after': '0' } }],
    ['a page in place of data', { body: '<html>' }],
    ['an answer of another form', { body: '{"address":null}' }],
    ['no answer', { hang: true }],
    ['a broken connection', { reset: true }],
  ] as const)('is asked again after %s', async (_, fault) => {
    const { server, geocoder } = await start();
    server.know('1 BAY ST 10301', bay);
    server.fail(fault, { times: 2 });
    const { outcomes, outage } = await geocoder.geocode([address('1 BAY ST')], never);
    expect(outcomes[0]?.status).toBe('match');
    expect(outage).toBeNull();
    expect(server.requests).toHaveLength(3);
  });

  it('for every address is an outage, and none counts as not found', async () => {
    const { server, geocoder } = await start();
    server.fail({ status: 502 });
    const { outcomes, outage } = await geocoder.geocode(
      Array.from({ length: 30 }, (_, n) => address(`${n + 1} HIDDEN LN`)),
      never,
    );
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['error']));
    expect(outage).toMatchObject({ code: 'GEOCODER_UNAVAILABLE' });
    expect(`${outage?.message} ${outage?.hint}`).not.toMatch(/HIDDEN|secret/);
    // It gives up soon: four at a time, each tried five times and then a public address.
    expect(server.requests.length).toBeLessThan(80);
  });

  it('for one address lets the others be found', async () => {
    const { server, geocoder } = await start();
    server.know('1 BAY ST 10301', bay);
    server.fail({ status: 500 }, {}, (street) => street === 'ODD ST');
    const { outcomes, outage } = await geocoder.geocode([address('1 ODD ST'), address('1 BAY ST')], never);
    expect(outcomes.map(({ status }) => status)).toEqual(['error', 'match']);
    expect(outage).toBeNull();
  });

  it.each([401, 403, 404, 302])(
    'with status %i refuses, and is not asked again and again',
    async (status) => {
      const { server, geocoder } = await start();
      const elsewhere = await startGeoclientServer();
      onTestFinished(() => elsewhere.stop());
      server.fail({ status, headers: { location: `${elsewhere.endpoint}address` } });
      const { outage } = await geocoder.geocode([address('1 BAY ST')], never);
      expect(outage).toMatchObject({ code: 'GEOCODER_REFUSED' });
      expect(server.requests).toHaveLength(2);
      // An address is not sent wherever an answer points to.
      expect(elsewhere.requests).toEqual([]);
    },
  );

  it('stops when it is told to, also while it waits', async () => {
    const { server, geocoder } = await start({ timeoutMs: 60_000 });
    server.fail({ hang: true });
    const stop = new AbortController();
    const asking = geocoder.geocode([address('1 BAY ST')], stop.signal);
    setTimeout(() => stop.abort(), 50);
    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is told by check, without the key', async () => {
    const { server, geocoder } = await start();
    expect(await geocoder.check(never)).toBe('finds a public address');
    server.fail({ status: 401 });
    expect(await failureOf(geocoder.check(never), [key])).toMatchObject({ code: 'GEOCODER_REFUSED' });
  });
});
