import { afterEach, describe, expect, it, vi } from 'vitest';
import { untilAborted } from '../../src/core/abort.ts';
import { PatronflowError, toPatronflowError } from '../../src/core/errors.ts';
import type { Adapter } from '../../src/core/ports.ts';
import type { AdapterBench } from '../support/adapter-bench.ts';
import { badPlaces, silentPlace } from '../support/bad-places.ts';
import { hurry } from '../support/hurry.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { never } from '../support/never.ts';

const isLocal = 'no network is used';

/**
 * What each adapter promises beside the work of its port: to be looked at, to be stopped, to be closed.
 * @param gone the codes of the port for a system that is not there, or not now
 */
export function promisesOfEveryAdapter(benchOf: () => AdapterBench<Adapter>, gone: RegExp): void {
  /** What a person is told of a look that must fail. */
  const told = async (adapter: Adapter): Promise<PatronflowError> => {
    const thrown = await adapter.check(never).then(
      (found) => new Error(`it found ${found}`),
      (error: unknown) => error,
    );
    const error = toPatronflowError(thrown);
    expect(error.code, String(thrown)).not.toBe('UNEXPECTED');
    expect(error.message).not.toBe('');
    expect(error.hint).not.toBe('');
    for (const secret of benchOf().secrets) expect(`${error.message} ${error.hint}`).not.toContain(secret);
    return error;
  };

  describe('as every adapter', () => {
    afterEach(() => {
      vi.restoreAllMocks();
    });

    it('has a name without secrets', () => {
      const { name } = benchOf().open();

      expect(name).toMatch(/^\S.*$/);
      for (const secret of benchOf().secrets) expect(name).not.toContain(secret);
    });

    it('says in a line what it found, leaves all as it was, and finds the same again', async () => {
      const bench = benchOf();
      const before = await bench.traces();

      await leavingNothing(async () => {
        const adapter = bench.open();
        const found = await adapter.check(never);
        expect(found).toMatch(/^\S.*$/);
        for (const secret of bench.secrets) expect(found).not.toContain(secret);
        expect(await adapter.check(never)).toBe(found);
        await adapter.close();
      });

      expect(await bench.traces()).toEqual(before);
    });

    it('says what it cannot use and what to do, and leaves all as it was', async () => {
      const bench = benchOf();
      const broken = await bench.broken();
      expect(broken).not.toEqual([]);
      const before = await bench.traces();

      for (const { what, adapter, code } of broken) {
        await leavingNothing(async () => {
          expect(await told(adapter), what).toMatchObject({ code });
          await adapter.close();
        });
      }

      expect(await bench.traces()).toEqual(before);
    });

    it.for(badPlaces)('tells that its system is not there: %s', async ([, start], { skip }) => {
      const { at } = benchOf();
      if (!at) return skip(isLocal);
      vi.spyOn(Math, 'random').mockReturnValue(0);
      const place = await start();

      await leavingNothing(async () => {
        const adapter = at(place.port);
        expect((await told(adapter)).code).toMatch(gone);
        await adapter.close();
      });

      await place.stop();
    });

    it('does not wait forever for a system that never answers', async ({ skip }) => {
      const { at } = benchOf();
      if (!at) return skip(isLocal);
      vi.spyOn(Math, 'random').mockReturnValue(0);
      const place = await silentPlace();
      hurry();

      await leavingNothing(async () => {
        const adapter = at(place.port);
        expect((await told(adapter)).code).toMatch(gone);
        await adapter.close();
      });

      await place.stop();
    });

    it('lets go of a system that never answers when it is told to stop', async ({ skip }) => {
      const { at } = benchOf();
      if (!at) return skip(isLocal);
      const place = await silentPlace();
      const stopping = new AbortController();

      await leavingNothing(async () => {
        const adapter = at(place.port);
        const looking = untilAborted(stopping.signal, adapter.check(stopping.signal));
        looking.catch(() => {});
        await place.reached;
        stopping.abort();
        await expect(looking).rejects.toMatchObject({ name: 'AbortError' });
        await adapter.close();
        await place.stop();
      });
    });

    it('takes a stop for no failure, and works afterwards', async () => {
      const adapter = benchOf().open();

      const thrown = await adapter.check(AbortSignal.abort()).catch((error: unknown) => error);

      expect(thrown).not.toBeInstanceOf(PatronflowError);
      if (typeof thrown !== 'string') expect(thrown).toMatchObject({ name: 'AbortError' });
      expect(await adapter.check(never)).not.toBe('');
      await adapter.close();
    });

    it('closes twice, before anything was opened and after', async () => {
      await leavingNothing(async () => {
        const adapter = benchOf().open();
        await adapter.close();
        await adapter.close();
        const used = benchOf().open();
        await used.check(never);
        await used.close();
        await used.close();
      });
    });
  });
}
