import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../support/command.ts';
import { geosupportLibrary, hasCompiler } from '../support/geosupport-library.ts';
import { makePoller, type Poller, type PollerBench, startPollerBench } from '../support/poller.ts';
import { putPatrons } from '../support/sierra.ts';
import { invented, inventedIndex } from '../support/tiger-folder.ts';

let bench: PollerBench;
let poller: Poller;
beforeAll(async () => {
  bench = await startPollerBench();
});
afterAll(() => bench.stop());
beforeEach(async () => {
  poller = await makePoller(bench);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await poller.close();
  bench.census.heal();
});

/** Addresses of the county, each fifth of them unknown to it, and one in New York City. */
async function putAddresses(): Promise<Map<string, string | null>> {
  const expected = new Map<string, string | null>();
  const addresses = [...invented.addresses()].filter((_, place) => place % 20 === 0);
  const patrons = addresses.map(({ number, street, zip, geoid }, place) => {
    const isUnknown = place % 5 === 4;
    expected.set(String(place + 1), isUnknown ? null : geoid);
    const line = isUnknown ? `${number} Nowhere Ln` : `${number} ${street} Apt 4C`;
    return {
      id: place + 1,
      created: '2026-01-05',
      addresses: [{ street: line, city: 'Somewhere', region: 'NY', zip }],
    };
  });
  await putPatrons(poller.database, [
    ...patrons,
    {
      id: 900,
      created: '2026-01-05',
      addresses: [{ street: '37-06 80th St', city: 'Queens', region: 'NY', zip: '11372' }],
    },
  ]);
  return expected;
}

async function configure(...geocoding: string[]): Promise<void> {
  const { database, directory } = poller;
  const url = new URL(database.url);
  await writeFile(
    join(directory, 'patronflow.yaml'),
    [
      'job: poll',
      `sierra: { url: 'postgres://${url.host}${url.pathname}', user: '${database.user}', password: '${database.password}' }`,
      'obfuscation: { method: hmac-sha256, key: c2b7f0a914e86d35 }',
      'geocoding:',
      ...geocoding.map((line) => `  ${line}`),
      'schema: file:./patron-info.avsc',
      'records: { to: file:./records.jsonl }',
      'checkpoint: { at: file:./state.json }',
      'report: { file: report.html }',
    ].join('\n'),
  );
  const schema = new URL('../../presets/patron-info-poller/patron-info.avsc', import.meta.url);
  await writeFile(join(directory, 'patron-info.avsc'), await readFile(schema));
}

/** Runs the poll, and tells where it has connected to. */
async function poll() {
  const ports: number[] = [];
  const connect = net.Socket.prototype.connect;
  vi.spyOn(net.Socket.prototype, 'connect').mockImplementation(function (
    this: net.Socket,
    ...args: unknown[]
  ) {
    const [first] = args.flat() as [{ port?: number | string } | number];
    ports.push(Number(typeof first === 'object' ? first.port : first));
    return Reflect.apply(connect, this, args);
  });
  const ran = await run(['poll', '--now', '2026-02-01T12:00:00Z'], { workingDirectory: poller.directory });
  const lines = await readFile(join(poller.directory, 'records.jsonl'), 'utf8').catch(() => '');
  const geoids = lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).geoid as string | null);
  return { ...ran, geoids, ports: new Set(ports) };
}

const databasePort = () => Number(new URL(poller.database.url).port);
const censusPort = () => Number(new URL(bench.census.endpoint).port);

describe('a poll whose addresses may not leave', () => {
  it('finds them with an index and Geosupport, and connects to its database alone', async () => {
    const expected = await putAddresses();
    const geosupport = hasCompiler ? await geosupportLibrary() : { library: 'none', geofiles: 'none' };
    await configure(
      'addresses_may_leave: false',
      'geocoders:',
      `  - { via: tiger, index_file: ${await inventedIndex()} }`,
      `  - { via: geosupport, library: '${geosupport.library}', geofiles: '${geosupport.geofiles}' }`,
    );
    const { code, geoids, ports, stdout } = await poll();
    expect(code).toBe(0);
    const found = [...expected.values(), hasCompiler ? '36081028500' : null];
    expect(geoids.toSorted()).toEqual(found.toSorted());
    expect(ports).toEqual(new Set([databasePort()]));
    // What each geocoder was asked, and how it came by its answers.
    const unknown = [...expected.values()].filter((geoid) => geoid === null).length;
    expect(stdout).toMatch(
      new RegExp(
        `tiger 2024, tracts of 2020, as written: ${expected.size + 1} asked = ${expected.size - unknown} found`,
      ),
    );
    expect(stdout).toMatch(/\d+ match, \d+ no street \(street not in zip\), 1 no street \(zip not covered\)/);
    if (hasCompiler) expect(stdout).toContain(`geosupport, as written: ${unknown + 1} asked = 1 found`);
    expect(await readFile(join(poller.directory, 'report.html'), 'utf8')).toContain(
      'tiger 2024, tracts of 2020',
    );
  });

  it.each([
    ['the Census Bureau', '{ via: census }'],
    ['the Census Bureau under another name', '{ via: census, url: https://census.example.edu/batch }'],
    ['GeoClient', '{ via: geoclient, key: 0123 }'],
    ['a GeoClient in the next room', '{ via: geoclient, url: http://10.0.0.7/geoclient/v2/ }'],
    ['one that only looks like this machine', '{ via: census, url: http://localhost.example.com/ }'],
    ['one with this machine as its user', '{ via: census, url: http://127.0.0.1@example.com/ }'],
  ])('is not configured with %s', async (_, geocoder) => {
    await putAddresses();
    await configure(
      'addresses_may_leave: false',
      'geocoders:',
      `  - { via: tiger, index_file: ${await inventedIndex()} }`,
      `  - ${geocoder}`,
    );
    const { code, stderr, ports } = await poll();
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /geocoding\.geocoders\.1 \(line \d+\): `via: \w+` sends addresses to another machine/,
    );
    expect(ports).toEqual(new Set());
  });

  it('may use a service on this machine', async () => {
    await putAddresses();
    await configure(
      'addresses_may_leave: false',
      'geocoders:',
      `  - { via: census, url: '${bench.census.endpoint}/geocoder/geographies/addressbatch' }`,
    );
    const { code, ports } = await poll();
    expect(code).toBe(0);
    // That the connections are seen at all.
    expect(ports).toEqual(new Set([databasePort(), censusPort()]));
  });
});

describe('a check of where addresses go', () => {
  it('warns of a service that is reached by http:', async () => {
    // Not this machine by its name, and this machine all the same.
    const url = bench.census.endpoint.replace('127.0.0.1', '0.0.0.0');
    const geocoder = `  - { via: census, url: '${url}/geocoder/geographies/addressbatch' }`;
    await configure('allow_http: true', 'geocoders:', geocoder);
    const { stdout } = await run(['check'], { workingDirectory: poller.directory });
    expect(stdout).toMatch(
      /^WARN {4}geocoder .*Addresses go to it by http:.*\nok {6}geocoder .*finds a public address/m,
    );
    const json = await run(['check', '--json'], { workingDirectory: poller.directory });
    const found = JSON.parse(json.stdout).find(({ part }: { part: string }) => part === 'geocoder');
    expect(found).toMatchObject({ ok: true, warning: true, found: expect.stringContaining('by http:') });
  });

  it('refuses an index of another census than the service behind it', async () => {
    const geocoders = [
      `  - { via: tiger, index_file: ${await inventedIndex()} }`,
      `  - { via: census, vintage: Census2010_Current, url: '${bench.census.endpoint}/geocoder/geographies/addressbatch' }`,
    ];
    await configure('geocoders:', ...geocoders);
    const { code, stdout } = await run(['check'], { workingDirectory: poller.directory });
    expect(code).toBe(78);
    expect(stdout).toMatch(
      /FAILED {2}tracts .* tiger 2024, tracts of 2020 with those of 2020, census .* with those of 2010/,
    );
    const polled = await poll();
    expect(polled.code).toBe(78);
    expect(polled.geoids).toEqual([]);
  });
});

describe('a poll with an index first', () => {
  it('sends the service only what the index has not found', async () => {
    const expected = await putAddresses();
    await configure(
      'geocoders:',
      `  - { via: tiger, index_file: ${await inventedIndex()} }`,
      `  - { via: census, url: '${bench.census.endpoint}/geocoder/geographies/addressbatch', forms: [as_written] }`,
    );
    bench.census.know('37-06 80th St', '11372', '36081028500');
    const { code, geoids } = await poll();
    expect(code).toBe(0);
    expect(geoids.filter((geoid) => geoid === '36081028500')).toHaveLength(1);
    const asked = bench.census.requests.flatMap(({ rows }) => rows.map(({ street }) => street));
    expect(asked).toHaveLength([...expected.values()].filter((geoid) => geoid === null).length + 1);
    expect(asked.every((street) => /Nowhere|80th/i.test(street))).toBe(true);
  });

  it('does not begin with an index that is damaged', async () => {
    await putAddresses();
    const path = await inventedIndex();
    const bytes = await readFile(path);
    bytes[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 1;
    await writeFile(path, bytes);
    await configure('geocoders:', `  - { via: tiger, index_file: ${path} }`);
    const { code, geoids } = await poll();
    expect(code).toBe(78);
    expect(geoids).toEqual([]);
    const { code: checked, stdout } = await run(['check'], { workingDirectory: poller.directory });
    expect(checked).toBe(78);
    expect(stdout).toContain('is damaged');
  });
});
