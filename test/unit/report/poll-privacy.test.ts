import { describe, expect, it } from 'vitest';
import { GeocodingCascade } from '../../../src/poll/geocode.ts';
import { createObfuscator } from '../../../src/poll/obfuscate.ts';
import type { PollReport } from '../../../src/poll/poll-report.ts';
import { sourceOf } from '../../../src/report/html.ts';
import { pollHtml } from '../../../src/report/poll-html.ts';
import { pollText } from '../../../src/report/poll-text.ts';
import { sierraPatron } from '../support/memory-sierra.ts';
import { pollBench } from '../support/poll-bench.ts';
import { match, memoryGeocoder, memorySink, memoryWarehouse } from '../support/poll-ports.ts';

const pageOf = (report: PollReport) => sourceOf(pollHtml(report));

const obfuscator = createObfuscator({ method: 'hmac-sha256', key: 'k'.repeat(32) }, 1);
const personal = ['481516', '481517', 'Elm', 'Springfield', '98765', 'ZZ', '36061009900', 'xyzlib', '4242'];
const address = { street: '17 Elm St', city: 'Springfield', region: 'ZZ', postalCode: '98765' };
const patron = { addresses: [address], homeLibrary: 'xyzlib', patronType: 4242 };
const people = () => [
  sierraPatron(481516, patron),
  sierraPatron(481517, { ...patron, createdAt: null, updatedAt: '2026-01-06 00:00:00.000000' }),
  sierraPatron(481518, { ...patron, deletedOn: '2026-01-07', pcode3: 2 ** 40 }),
];

/** All that leaves a run but the records. */
async function outputs(isBroken: boolean): Promise<string> {
  const geocoder = memoryGeocoder(() => match('36061009900'), { name: 'census' });
  const sink = memorySink();
  sink.before = (call) => {
    // What a driver might throw: an error of its own that quotes a record.
    if (isBroken && call === 2) throw new TypeError('481517 Elm Springfield');
  };
  const bench = pollBench(people(), {
    obfuscator,
    warehouse: memoryWarehouse(),
    cascade: new GeocodingCascade([{ geocoder, forms: ['as_written'] }]),
    sinks: [sink],
  });
  const report = await bench.run();
  expect(report.outcome).toBe(isBroken ? 'failed' : 'sent');
  expect(sink.batches.flat().length).toBeGreaterThan(0);
  const hashes = sink.batches.flat().flatMap((info) => [info.patron_id, info.address_hash ?? info.patron_id]);
  const all = [pollText(report), pageOf(report), JSON.stringify(report), JSON.stringify(bench.lines)].join(
    '\n',
  );
  for (const hash of hashes) expect(all).not.toContain(hash);
  return all;
}

describe('what a run tells', () => {
  it.each([
    ['ends well', false],
    ['fails with an error that quotes a record', true],
  ])('has nothing of a patron, nor a tract that few have, when it %s', async (_, isBroken) => {
    const all = await outputs(isBroken);
    for (const value of personal) expect(all).not.toContain(value);
  });
});
