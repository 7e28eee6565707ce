import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { badPlaces, silentPlace } from '../support/bad-places.ts';
import { type ErrorReporterBench, sentryBench } from '../support/error-reporters-benches.ts';
import { hurry } from '../support/hurry.ts';
import { leavingNothing } from '../support/kept-alive.ts';

const benches = [['error-reporters/sentry', sentryBench]] as const;

describe.each(benches)('%s', (_adapter, start) => {
  let bench: ErrorReporterBench;
  const failed = { code: 'SOURCE_LOST', message: 'The connection to postgres://h/d was lost – again.' };

  beforeAll(async () => {
    bench = await start();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    bench.refuse(false);
  });
  afterAll(() => bench.stop());

  it('has told of a failure by code and message when it returns', async () => {
    const before = bench.heard().length;

    await leavingNothing(() => bench.open().report(failed));

    expect(bench.heard().slice(before)).toEqual([failed]);
  });

  it('tells of each failure, also of the same one again', async () => {
    const before = bench.heard().length;
    const errorReporter = bench.open();

    await errorReporter.report(failed);
    await errorReporter.report({ ...failed, code: 'STORE_BUSY' });
    await errorReporter.report(failed);

    expect(
      bench
        .heard()
        .slice(before)
        .map(({ code }) => code),
    ).toEqual(['SOURCE_LOST', 'STORE_BUSY', 'SOURCE_LOST']);
  });

  it('does not throw when it is refused', async () => {
    bench.refuse(true);

    await expect(bench.open().report(failed)).resolves.toBeUndefined();
  });

  it.each(badPlaces)('does not throw when its system is not there: %s', async (_what, startPlace) => {
    const place = await startPlace();

    await leavingNothing(async () => {
      await expect(bench.at(place.port).report(failed)).resolves.toBeUndefined();
    });

    await place.stop();
  });

  it('does not throw or wait forever when its system never answers', async () => {
    const place = await silentPlace();
    hurry();

    await leavingNothing(async () => {
      await expect(bench.at(place.port).report(failed)).resolves.toBeUndefined();
    });

    await place.stop();
  });
});
