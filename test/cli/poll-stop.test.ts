import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePoller, type Poller, type PollerBench, startPollerBench } from '../support/poller.ts';
import { putPatrons } from '../support/sierra.ts';

const patrons = 60;
const batch = 10;
const now = ['--now', '2026-02-01T12:00:00Z'];
const small = { ACTIVE_PATRON_BATCH_SIZE: String(batch), DELETED_PATRON_BATCH_SIZE: String(batch) };

let bench: PollerBench;
let poller: Poller;
beforeAll(async () => {
  bench = await startPollerBench();
});
afterAll(() => bench.stop());
beforeEach(async () => {
  poller = await makePoller(bench);
  // Forty new ones, of whom all are updated too, and old ones of whom half are updated and half are deleted.
  await putPatrons(
    poller.database,
    Array.from({ length: patrons }, (_, index) => {
      const id = index + 1;
      if (index < 40) return { id, created: '2026-01-05 12:00:00+00' };
      if (index < 50) return { id, created: '2010-01-01', updated: '2026-01-06 12:00:00+00' };
      return { id, created: '2010-01-01', deleted: '2026-01-10', isDropped: true };
    }),
  );
});
afterEach(async () => {
  await poller.close();
  bench.census.heal();
  bench.kinesis.heal();
  bench.s3.heal();
});

describe('a stop signal', () => {
  it.each([1, 2, 4])('after batch %i saves what was sent, and the next run goes on', async (count) => {
    const stop = new AbortController();
    let seen = 0;
    const onStderr = (text: string) => {
      if (text.includes('"msg":"Sent a batch."') && ++seen === count) stop.abort();
    };
    const { code, stdout } = await poller.poll(now, small, { signal: stop.signal, onStderr });
    expect(code).toBe(130);
    expect(stdout).toContain('STOPPED before the end.');
    const before = poller.records().length;
    expect(before).toBe(count * batch);
    expect((await poller.poll(now, small)).code).toBe(0);
    expect(before + poller.records().length).toBe(patrons);
  });

  it('does not wait for a geocoder that has gone silent', async () => {
    bench.census.fail({ hang: true });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 500);
    const { code } = await poller.poll(now, small, { signal: stop.signal });
    expect(code).toBe(130);
    expect(poller.records()).toEqual([]);
  });
});
