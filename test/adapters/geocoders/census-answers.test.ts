import { describe, expect, it } from 'vitest';
import { type CensusFault, censusPage } from '../../support/census-server.ts';
import { addressesOf, outcomesOf, places, useCensus } from '../../support/geocoders-census-bench.ts';
import { never } from '../../support/never.ts';

const bench = useCensus();
const ten = places(10);
const all = ten.map((_, index) => index);

/** Asks about ten addresses; the first answer is spoilt. */
const afterFault = async (fault: CensusFault, timeoutMs = 10_000) => {
  bench.server.fail(fault, { times: 1 });
  const census = bench.open({ rowsPerRequest: 10, timeoutMs });
  expect(await census.geocode(addressesOf(ten), never)).toEqual({ outcomes: outcomesOf(ten), outage: null });
  const [first, ...more] = bench.asked();
  expect(first).toEqual(all);
  return more;
};
const body = (lines: readonly string[], end = '\n') => lines.map((line) => `${line}${end}`).join('');

/** What the service says of the ten, one line each, as it stands in its documentation. */
const lines = ten.map(({ outcome: { status, geoid } }, id) => {
  const start = `"${id}","${id} MAIN ST, NEW YORK, NY, 10001"`;
  if (geoid === null) return `${start},"${status === 'tie' ? 'Tie' : 'No_Match'}"`;
  const place = `"Exact","${id} MAIN ST, NEW YORK, NY, 10001","-73.98,40.73","5965","R"`;
  return `${start},"Match",${place},"${geoid.slice(0, 2)}","${geoid.slice(2, 5)}","${geoid.slice(5)}","1002"`;
});

describe('an answer that is none', () => {
  it.each<[string, CensusFault]>([
    ['a page with status 200', { status: 200, body: censusPage }],
    ['a page behind blank lines', { status: 200, body: `\n\n  ${censusPage}` }],
    ['nothing with status 200', { status: 200, body: '' }],
    ['blank lines with status 200', { status: 200, body: '\n \r\n\n' }],
    ['JSON with status 200', { status: 200, body: '{"errors":["busy"],"status":"500"}' }],
    ['a sentence with status 200', { status: 200, body: 'Service, unavailable, No_Match\nplease,try,again' }],
    ['403', { status: 403 }],
    ['429', { status: 429, retryAfter: '0.01' }],
    ['500', { status: 500 }],
    ['502', { status: 502 }],
    ['503 with the right rows in it', { status: 503, body: body(lines) }],
    ['202 with the right rows in it', { status: 202, body: body(lines) }],
    ['a connection that is reset', { reset: 'before' }],
    ['an answer that breaks off', { reset: 'midway' }],
    ['rows of another request', { spoil: 'foreign-ids' }],
  ])('is asked for again as a whole: %s', async (_name, fault) => {
    expect(await afterFault(fault)).toEqual([all]);
  });

  it('is asked for again when it does not come in time', async () => {
    expect(await afterFault({ hang: true }, 60)).toEqual([all]);
  });

  it('waits as long as the service asks, up to a limit', async () => {
    const startedAt = performance.now();
    expect(await afterFault({ status: 429, retryAfter: '0.08' })).toEqual([all]);
    expect(performance.now() - startedAt).toBeGreaterThan(75);
    bench.server.heal();

    expect(await afterFault({ status: 429, retryAfter: 'Wed, 21 Oct 2099 07:28:00 GMT' })).toEqual([all]);
    bench.server.heal();
    expect(await afterFault({ status: 503, retryAfter: '-5' })).toEqual([all]);
  });
});

describe('an answer that is one in part', () => {
  it.each<[string, CensusFault, number]>([
    ['its last line is cut off', { spoil: 'truncated' }, 1],
    ['its last lines are missing', { missing: { last: 3 } }, 3],
    ['every other line is missing', { missing: { each: 2 } }, 5],
    ['a line contradicts another', { spoil: 'contradicted' }, 1],
    ['a line has a field too many', { spoil: 'columns' }, 1],
    ['a line comes twice', { spoil: 'doubled' }, 0],
    ['a line is about a row that was not sent', { spoil: 'unsent-id' }, 0],
    ['a letter is of ISO 8859-1', { spoil: 'latin1' }, 0],
  ])('costs only the rows that it costs: %s', async (_name, fault, missing) => {
    const [again = [], ...more] = await afterFault(fault);

    expect(again).toHaveLength(missing);
    expect(more).toEqual([]);
  });

  it.each<[string, string]>([
    ['a match without a place', '"0","0 MAIN ST","Match"'],
    ['a match without a tract', lines[0]?.replace(/"\d{6}","1002"$/, '"","1002"') ?? ''],
    ['a match with a blank tract', lines[0]?.replace(/"\d{6}","1002"$/, '"      ","1002"') ?? ''],
    ['a match with a short tract', lines[0]?.replace(/"\d{6}","1002"$/, '"00100","1002"') ?? ''],
    ['a match without a block', lines[0]?.replace(/,"1002"$/, '') ?? ''],
    ['a match with a field too many', `${lines[0]},"x"`],
    ['an unknown word', '"0","0 MAIN ST","Maybe"'],
    ['No_Match with twelve columns', lines[0]?.replace('"Match"', '"No_Match"') ?? ''],
    ['No_Match with two columns', '"0","No_Match"'],
    ['Tie with four columns', '"0","0 MAIN ST","Tie",""'],
    ['an id with zeros before it', '"00","0 MAIN ST","No_Match"'],
    ['an id that is none', '"","0 MAIN ST","No_Match"'],
    ['quotes that are open', '"0","0 MAIN ST,"No_Match"'],
    ['three lines that contradict', '"0","x","No_Match"\n"0","x","Tie"\n"0","x","No_Match"'],
    ['only two tracts', `${lines[0]}\n${lines[0]?.replace(/"\d{6}","1002"$/, '"999999","1002"')}`],
  ])('costs a row of which it says %s', async (_name, spoilt) => {
    const text = body([...lines.slice(1, 5), spoilt, ...lines.slice(5)]);

    expect(await afterFault({ status: 200, body: text })).toEqual([[0]]);
  });

  it.each<[string, string]>([
    ['with lines that end in CR LF', body(lines, '\r\n')],
    ['without quotes', body(lines.map((line) => line.replace(/"([^",]*)"/g, '$1')))],
    ['with blank lines between', `\n${body(lines, '\n\n')}`],
    ['without an end of its last line', body(lines).trimEnd()],
    ['with a mark of UTF-8 before it', `\ufeff${body(lines)}`],
    ['in another order', body([...lines].reverse())],
  ])('is whole %s', async (_name, text) => {
    expect(await afterFault({ status: 200, body: text })).toEqual([]);
  });
});
