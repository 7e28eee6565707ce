import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CensusServer, censusPage, startCensusServer } from '../../support/census-server.ts';

let census: CensusServer;

beforeEach(async () => {
  census = await startCensusServer();
  census.know('12 Elm  Street', '10003', '360610050001002');
  census.know('7 Oak Ave', '11694', '36081094201');
  census.tie('166 Beach St', '11694');
});
afterEach(() => census.stop());

const file = [
  '1,12 elm street,Anywhere,NY,10003',
  '2,"7 OAK AVE, STE ""265""",Queens,NY,11694',
  '3,7 Oak Ave,Queens,NY,',
  '4,166 Beach St,Queens,NY,11694',
  '5,12 Elm Street,New York,NY,10004',
].join('\n');

function ask(csv = file, init: RequestInit = {}): Promise<Response> {
  const body = new FormData();
  body.set('addressFile', new File([csv], 'addresses.csv', { type: 'text/csv' }));
  body.set('benchmark', 'Public_AR_Current');
  const url = `${census.endpoint}/geocoder/geographies/addressbatch?vintage=Current_Current&key=k`;
  return fetch(url, { method: 'POST', body, ...init });
}

async function answer(csv?: string): Promise<string[][]> {
  const text = await (await ask(csv)).text();
  return parse(text, { relax_column_count: true }) as string[][];
}

const ids = (rows: string[][]) => rows.map((row) => row[0]).toSorted();

test('answers as the service does', async () => {
  const response = await ask();
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain');
  expect(response.headers.get('content-disposition')).toBe('attachment; filename=GeocodeResults.csv');
  expect((await response.text()).split('\n')).toEqual([
    '"2","7 OAK AVE, STE 265, Queens, NY, 11694","No_Match"',
    '"4","166 Beach St, Queens, NY, 11694","Tie"',
    '"5","12 Elm Street, New York, NY, 10004","No_Match"',
    '"3","7 Oak Ave, Queens, NY, ","Match","Non_Exact","7 OAK AVE, QUEENS, NY, 11694","-73.950000,40.750000","59600001","L","36","081","094201","1000"',
    '"1","12 elm street, Anywhere, NY, 10003","Match","Exact","12 ELM STREET, ANYWHERE, NY, 10003","-73.950000,40.750000","59600001","L","36","061","005000","1002"',
    '',
  ]);
  expect(census.requests).toHaveLength(1);
  expect(census.requests[0]).toMatchObject({
    raw: file,
    query: { vintage: 'Current_Current', key: 'k', benchmark: 'Public_AR_Current' },
  });
  expect(census.requests[0]?.rows[1]).toEqual({
    id: '2',
    street: '7 OAK AVE, STE "265"',
    city: 'Queens',
    state: 'NY',
    zip: '11694',
  });
});

test('refuses what the service refuses', async () => {
  const row = '1,12 Elm Street,,,10003';
  expect((await ask(Array(10_000).fill(row).join('\n'))).status).toBe(200);
  expect((await ask(Array(10_001).fill(row).join('\n'))).status).toBe(400);
  expect((await ask('1,12 Elm Street')).status).toBe(400);
  const body = new FormData();
  body.set('benchmark', 'Public_AR_Current');
  body.set('addressFile', file);
  const withoutName = await ask(file, { body });
  expect(withoutName.status).toBe(400);
  expect(await withoutName.text()).toContain('addressFile');
  expect((await fetch(census.endpoint)).status).toBe(404);
});

test('other answers: errors, pages and nothing', async () => {
  census.fail({ status: 429, body: 'slow down', retryAfter: '7' }, { times: 1 });
  census.fail({ status: 200, body: censusPage }, { times: 1 });
  census.fail({ status: 200, body: '' }, { times: 1 });
  census.fail({ status: 503 });
  const limited = await ask();
  expect([limited.status, limited.headers.get('retry-after'), await limited.text()]).toEqual([
    429,
    '7',
    'slow down',
  ]);
  const page = await ask();
  expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
    200,
    'text/html;charset=UTF-8',
    censusPage,
  ]);
  const empty = await ask();
  expect([empty.status, await empty.text()]).toEqual([200, '']);
  expect((await ask()).status).toBe(503);
  census.heal();
  expect(await answer()).toHaveLength(5);
});

test('rows are missing', async () => {
  census.fail({ missing: { last: 1 } }, { times: 1 });
  census.fail({ missing: { each: 2 } }, { times: 1 });
  expect(ids(await answer())).toEqual(['2', '3', '4', '5']);
  expect(ids(await answer())).toEqual(['1', '2', '5']);
});

test('answers are spoilt', async () => {
  census.fail({ spoil: 'truncated' }, { times: 1 });
  const cut = await (await ask()).text();
  expect(cut.split('\n')).toHaveLength(5);
  expect(cut).toMatch(/\n"1",[^\n]+$/);

  census.fail({ spoil: 'latin1' }, { times: 1 });
  const bytes = Buffer.from(await (await ask()).arrayBuffer());
  expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow();
  expect(bytes.toString('latin1')).toContain('11694 É"');

  census.fail({ spoil: 'columns' }, { times: 1 });
  expect((await answer()).map((row) => row.length).toSorted()).toEqual([12, 12, 3, 3, 4]);

  census.fail({ spoil: 'doubled' }, { times: 1 });
  const doubled = await answer();
  expect(ids(doubled)).toEqual(['1', '2', '2', '3', '4', '5']);
  expect(doubled.at(-1)).toEqual(doubled[0]);

  census.fail({ spoil: 'contradicted' }, { times: 1 });
  const contradicted = await answer();
  expect(ids(contradicted)).toEqual(['1', '2', '2', '3', '4', '5']);
  expect([contradicted[0]?.[2], contradicted.at(-1)?.[2]]).toEqual(['No_Match', 'Match']);

  census.fail({ spoil: 'foreign-ids' }, { times: 1 });
  expect((await answer()).every(([id]) => id?.startsWith('foreign-'))).toBe(true);

  census.fail({ spoil: 'unsent-id' }, { times: 1 });
  expect(ids(await answer())).toEqual(['1', '2', '3', '4', '5', '987654321']);
});

test('connections hang, are reset, and end with the server', async () => {
  census.fail({ reset: 'before' }, { times: 1 });
  await expect(ask()).rejects.toThrow('fetch failed');
  census.fail({ reset: 'midway' }, { times: 1 });
  const half = await ask();
  await expect(half.text()).rejects.toThrow();
  census.fail({ hang: true });
  await expect(ask(file, { signal: AbortSignal.timeout(50) })).rejects.toThrow('timeout');
  const hanging = expect(ask()).rejects.toThrow('fetch failed');
  await expect.poll(() => census.requests.length).toBe(4);
  await census.stop();
  await hanging;
});

test('a poisonous row spoils each request that has it', async () => {
  census.fail({ poison: (row) => row.id === '3' });
  expect((await ask()).status).toBe(500);
  expect((await ask('3,7 Oak Ave,,,')).status).toBe(500);
  expect((await ask('4,7 Oak Ave,,,')).status).toBe(200);
});

test('too many requests at once get a 502', async () => {
  census.fail({ maxConcurrent: 2 });
  census.delayMs = (rows) => rows.length * 30;
  const begun = performance.now();
  const answers = await Promise.all([ask(), ask(), ask(), ask()]);
  expect(performance.now() - begun).toBeGreaterThan(140);
  expect(answers.map((response) => response.status).toSorted()).toEqual([200, 200, 502, 502]);
  expect(census.peak).toBeGreaterThan(2);
  expect((await ask()).status).toBe(200);
});
