import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { failureOf } from '../../support/failure.ts';
import { idsOf, sized, useKinesis } from '../../support/kinesis-records.ts';
import { records } from '../../support/patron-records.ts';

const bench = useKinesis();
const byNumber = (texts: readonly string[]) =>
  [...texts].sort((a, b) => Number(a.split('-')[1]) - Number(b.split('-')[1]));

describe('calls to Kinesis', () => {
  it.each([
    [500, 1_201, [500, 500, 201]],
    [7, 20, [7, 7, 6]],
    [1, 3, [1, 1, 1]],
  ])('bring %i records at most', async (recordsPerCall, count, wanted) => {
    await bench.open({ recordsPerCall }).write(records(count));

    expect(bench.calls().sort((a, b) => b - a)).toEqual(wanted);
    expect(byNumber(bench.keys())).toEqual(idsOf(records(count)));
  });

  it('bring 5 MiB at most, keys counted, and no less than they can', async () => {
    const mebibyte = 1024 * 1024;
    const exactly = Array.from({ length: 10 }, (_, index) => sized(index, mebibyte));
    await bench.sink.write(exactly);
    expect(bench.calls()).toEqual([5, 5]);
    bench.server.heal();

    // One byte more than a call can hold.
    await bench.sink.write([...exactly.slice(0, 4), sized(4, mebibyte - 99), sized(5, 100)]);

    expect(bench.calls().sort()).toEqual([1, 5]);
    expect(bench.arrived()).toHaveLength(16);
  });

  it('name the patron as the key, so that a shard has all records of a patron', async () => {
    const batch = records(50);
    await bench.sink.write(batch);
    await bench.sink.write(batch);

    expect(byNumber(bench.keys())).toEqual(idsOf(batch).flatMap((id) => [id, id]));
    const shards = new Map<string, Set<number>>();
    for (const { partitionKey, shard } of bench.arrived()) {
      shards.set(partitionKey, (shards.get(partitionKey) ?? new Set()).add(shard));
    }
    expect([...shards.values()].every((used) => used.size === 1)).toBe(true);
  });

  it('are made with the credentials of the job before those of the machine', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(import.meta.dirname, 'no-such-file'));
    vi.stubEnv('AWS_CONFIG_FILE', join(import.meta.dirname, 'no-such-file'));
    const error = await failureOf(bench.open().write(records(1)));
    expect(error).toMatchObject({ code: 'RECORDS_REFUSED' });
    expect(error.hint).toContain('AWS_ACCESS_KEY_ID');

    await bench
      .open({ credentials: { accessKeyId: 'job', secretAccessKey: 'job-secret' } })
      .write(records(1));

    expect(bench.keys()).toEqual(['patron-1']);
  });
});

describe('records that Kinesis did not take', () => {
  it.each(['ProvisionedThroughputExceededException', 'InternalFailure'])(
    'are sent again, and only they: %s',
    async (code) => {
      bench.server.fail({ each: 3, code }, { times: 1 });

      await bench.sink.write(records(10));

      expect(bench.calls()).toEqual([10, 3]);
      expect(bench.keys().slice(-3)).toEqual(['patron-3', 'patron-6', 'patron-9']);
      expect(byNumber(bench.keys())).toEqual(idsOf(records(10)));
    },
  );

  it('are sent again before the next batch, so that a patron keeps the order', async () => {
    bench.server.fail({ each: 2, code: 'InternalFailure' }, { times: 8 });
    const small = bench.open({ recordsPerCall: 10 });
    await small.write(records(40, 1, { postal_code: '1' }));
    await small.write(records(40, 1, { postal_code: '2' }));

    expect(bench.arrived()).toHaveLength(80);
    const codes = new Map<string, string>();
    for (const { partitionKey, data } of bench.arrived()) {
      codes.set(partitionKey, (codes.get(partitionKey) ?? '') + (data.includes('\u00021') ? '1' : '2'));
    }
    expect(new Set(codes.values())).toEqual(new Set(['12']));
  });

  it('are none when a stream is throttled: each arrives once, as soon as the shards allow', async () => {
    vi.restoreAllMocks();
    bench.server.throttle = { recordsPerSecond: 400 };
    const startedAt = performance.now();

    await bench.sink.write(records(1_600));

    // Two shards: 800 at once, then 800 a second, evenly enough.
    const seconds = (performance.now() - startedAt) / 1000;
    expect(seconds).toBeGreaterThan(0.8);
    expect(seconds).toBeLessThan(5);
    expect(byNumber(bench.keys())).toEqual(idsOf(records(1_600)));
  });
});
