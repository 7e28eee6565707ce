import { describe, expect, it } from 'vitest';
import { GeocodingCascade } from '../../../src/poll/geocode.ts';
import { createObfuscator } from '../../../src/poll/obfuscate.ts';
import type { PatronInfo } from '../../../src/poll/ports.ts';
import { sierraPatron } from '../support/memory-sierra.ts';
import { known } from '../support/poll-batches.ts';
import { patrons, pollBench } from '../support/poll-bench.ts';
import { each, match, memoryGeocoder, memorySink, memoryWarehouse } from '../support/poll-ports.ts';

const updated = (count: number, day: number) =>
  Array.from({ length: count }, (_, index) =>
    sierraPatron(index + 1, { createdAt: null, updatedAt: `2026-02-0${day} 12:00:00.000000` }),
  );
const pages = { pageSize: each(150) };

describe('a salt or key', () => {
  const withKey = (key: string) => createObfuscator({ method: 'hmac-sha256', key }, 1);

  it('is remembered by a fingerprint, and another one is refused before anything is read', async () => {
    const bench = pollBench(patrons(3), { obfuscator: withKey('first-key-of-the-library') });
    await bench.run();
    const before = structuredClone(bench.checkpoint.document);
    expect(before).toMatchObject({ key_fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) });

    const { checkpoint } = bench;
    const other = pollBench(patrons(9), { checkpoint, obfuscator: withKey('another-key-of-the-library') });
    for (const job of [{}, { dryRun: true }, { acceptChange: true }]) {
      const report = await other.run(job);
      expect(report).toMatchObject({ outcome: 'failed', error: { code: 'KEY_CHANGED', kind: 'config' } });
      expect(report.error?.message).not.toContain('key-of-the-library');
    }
    expect(other.source.pages).toEqual([]);
    expect(other.sink.batches).toEqual([]);
    expect(checkpoint.document).toEqual(before);
  });

  it('is taken as it is where the checkpoint has none yet, as that of the original', async () => {
    const bench = pollBench(patrons(3));
    bench.checkpoint.document = {
      creation_dt: '2020-01-01T07:00:00-05:00',
      update_dt: '2020-01-01T07:00:00-05:00',
      deletion_date: '2020-02-28',
    };
    expect((await bench.run()).outcome).toBe('sent');
    expect(bench.checkpoint.document).toMatchObject({ key_fingerprint: '#patronflow: fin' });
  });
});

describe('records that are alone in all that they tell', () => {
  it('are a warning of the first run, and of no other; the report has their number each time', async () => {
    const different = (day: number) => updated(300, day).map((patron, pcode3) => ({ ...patron, pcode3 }));
    const bench = pollBench(different(1));
    const warnings = async () => {
      const { crowds, warnings: all } = await bench.run(pages);
      return {
        crowds,
        warned: all.filter((warning) => warning.includes('unique in their combination of values')),
      };
    };
    const first = await warnings();
    expect(first.warned).toHaveLength(1);
    expect(first.crowds.records).toBe(300);
    expect(bench.checkpoint.document).toMatchObject({ crowds: { alone: { 256: expect.any(Number) } } });
    for (const patron of different(2)) bench.source.patrons.set(patron.id, patron);
    const second = await warnings();
    expect(second.crowds.records).toBe(300);
    expect(second.warned).toEqual([]);
  });
});

describe('geocoders with tracts of different censuses', () => {
  const cascade = (...censuses: (string | null)[]) =>
    new GeocodingCascade(
      censuses.map((census, place) => ({
        geocoder: memoryGeocoder(undefined, { name: `geocoder ${place}`, census }),
        forms: ['as_written'],
      })),
    );

  it('are refused before anything is read', async () => {
    const bench = pollBench(patrons(3), { cascade: cascade('2010', null, '2020') });
    const report = await bench.run();
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'GEOCODER_REFUSED', kind: 'config' } });
    expect(report.error?.message).toContain('geocoder 0 with those of 2010, geocoder 2 with those of 2020');
    expect(bench.source.pages).toEqual([]);
  });

  it.each([[['2020', null, '2020']], [[null, null]], [[]]])('are not these: %j', async (censuses) => {
    const bench = pollBench(patrons(3), { cascade: cascade(...censuses) });
    expect((await bench.run()).outcome).toBe('sent');
  });
});

describe('a warehouse that has lost all its records', () => {
  const setUp = async () => {
    const records: PatronInfo[] = Array.from({ length: 300 }, (_, index) =>
      known(index + 1, { geoid: '36' }),
    );
    const warehouse = memoryWarehouse(records);
    const bench = pollBench(updated(300, 1), { warehouse });
    expect((await bench.run(pages)).outcome).toBe('sent');
    warehouse.records.length = 0;
    for (const patron of updated(300, 2)) bench.source.patrons.set(patron.id, patron);
    return bench;
  };

  it('stops the run before a batch is sent, again and again, until it is accepted', async () => {
    const bench = await setUp();
    const before = bench.sink.batches.length;
    for (const job of [pages, { pageSize: each(300) }]) {
      const report = await bench.run(job);
      expect(report).toMatchObject({ outcome: 'held', error: { code: 'GUARD_STOPPED', kind: 'guard' } });
    }
    // A run of less than a sample goes out; the next batch completes the sample, and does not.
    expect(bench.sink.batches).toHaveLength(before + 1);

    const accepted = await bench.run({ ...pages, acceptChange: true });
    expect(accepted).toMatchObject({
      outcome: 'sent',
      warnings: expect.arrayContaining([expect.stringMatching(/^Accepted: warehouse knows hardly/)]),
    });
    for (const patron of updated(300, 3)) bench.source.patrons.set(patron.id, patron);
    expect((await bench.run(pages)).outcome).toBe('sent');
  });

  it('says nothing of new patrons, of whom none is known', async () => {
    const bench = await setUp();
    bench.source.patrons.clear();
    for (const patron of patrons(600)) bench.source.patrons.set(patron.id, patron);
    expect((await bench.run({ ...pages, modes: ['new'] })).outcome).toBe('sent');
  });
});

describe('geocoders that find nothing any more', () => {
  it('stop the run before a batch is sent; those that are down say nothing', async () => {
    let answer = match('36061000100');
    const geocoder = memoryGeocoder(() => answer);
    const cascade = () => new GeocodingCascade([{ geocoder, forms: ['as_written'] }]);
    const bench = pollBench(patrons(250), { cascade: cascade() });
    expect((await bench.run(pages)).outcome).toBe('sent');
    const again = (job = {}) => {
      const { checkpoint } = bench;
      const more = patrons(600, { createdAt: '2026-02-05 12:00:00.000000' });
      const sink = memorySink();
      return {
        sink,
        report: pollBench(more, { checkpoint, sinks: [sink], cascade: cascade() }).run({ ...pages, ...job }),
      };
    };
    answer = { status: 'no_match', geoid: null };
    const { report, sink } = again();
    expect(await report).toMatchObject({ error: { code: 'GUARD_STOPPED' } });
    expect(sink.batches).toHaveLength(1);
    answer = { status: 'error', geoid: null };
    expect(await again({ onOutage: 'send' }).report).toMatchObject({ outcome: 'sent' });
  });
});
