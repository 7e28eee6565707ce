import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PageRequest, PatronSource } from '../../src/poll/ports.ts';
import { failureOf } from '../support/failure.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { never } from '../support/never.ts';
import { everyDay, everything, pagesOf } from '../support/patron-pages.ts';
import { type PatronsBench, sierraBench } from '../support/patrons-benches.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

const benches = [['patrons/sierra', sierraBench]] as const;

describe.each(benches)('%s', (_adapter, start) => {
  let bench: PatronsBench;
  let source: PatronSource;

  const created = (limit: number, window: PageRequest = everything) =>
    pagesOf({ ...window, limit }, (page) => source.active('new', page, never));
  const deleted = (limit: number, window: PageRequest = everyDay) =>
    pagesOf({ ...window, limit }, (page) => source.deleted(page, never));
  const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => Number(id));
  const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const failure = (work: Promise<unknown>) => failureOf(work, bench.secrets);
  /** All that can be asked. */
  const questions = (asked: PatronSource, signal = never): (() => Promise<unknown>)[] => [
    () => asked.active('new', everything, signal),
    () => asked.active('updated', everything, signal),
    () => asked.deleted(everyDay, signal),
  ];

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(async () => {
    await bench.empty();
    source = bench.open();
  });
  afterEach(() => source.close());
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^SOURCE_(UNREACHABLE|LOST)$/);

  it('tells the time of its server', async () => {
    const before = Date.now();
    const told = (await source.clock(never)).getTime();

    // Both are of this machine, but for the digits behind the millisecond.
    expect(told).toBeGreaterThanOrEqual(before - 1);
    expect(told).toBeLessThanOrEqual(Date.now() + 1);
  });

  describe('pages of patrons', () => {
    it('go through any number of patrons of one time, each once, with all addresses', async () => {
      const addresses = [{}, { street: '2 SIDE ST' }];
      await bench.put(
        range(25)
          .reverse()
          .map((id) => ({ id, addresses })),
      );

      const pages = await created(10);

      expect(pages.map((page) => new Set(ids(page)).size)).toEqual([10, 10, 5]);
      expect(ids(pages.flat())).toEqual(range(25).flatMap((id) => [id, id]));
      expect(pages.flat().map(({ address }) => address.street)[1]).toBe('2 SIDE ST');
    });

    it('begin each patron with the address that counts', async () => {
      const streets = ['9 FIRST ST', '1 SECOND ST', '5 THIRD ST'];
      await bench.put(range(3).map((id) => ({ id, addresses: streets.map((street) => ({ street })) })));

      const rows = (await created(2)).flat();

      expect(rows.map(({ id, address }) => `${id} ${address.street}`)).toEqual(
        range(3).flatMap((id) => streets.map((street) => `${id} ${street}`)),
      );
    });

    it('go through more deletions of one day than a page has', async () => {
      await bench.put(range(50).map((id) => ({ id, deleted: '2026-01-07', isDropped: true })));

      const pages = await deleted(7);

      expect(pages.map(({ length }) => length)).toEqual([7, 7, 7, 7, 7, 7, 7, 1]);
      expect(pages.flat()).toEqual(
        range(50).map((id) => ({ id: String(id), at: '2026-01-07', createdOn: '2026-01-05' })),
      );
    });

    it('come in the order of time, then of number, and ids are numbers and not texts', async () => {
      const time = '2026-01-05 12:00:00.000001+00';
      await bench.put([
        { id: 10, created: time },
        { id: 9, created: time },
        { id: 1, created: '2026-01-05 12:00:00.000002+00' },
        { id: 99, created: '2026-01-05 12:00:00+00' },
      ]);

      for (const limit of [1, 2, 3, 4, 5]) {
        const rows = (await created(limit)).flat();
        expect(rows.map(({ id, at }) => `${id} ${at}`)).toEqual([
          '99 2026-01-05 12:00:00.000000',
          '9 2026-01-05 12:00:00.000001',
          '10 2026-01-05 12:00:00.000001',
          '1 2026-01-05 12:00:00.000002',
        ]);
      }
    });

    it('of deleted patrons come in the order of the day, then of number', async () => {
      await bench.put([
        { id: 10, deleted: '2026-01-07' },
        { id: 9, deleted: '2026-01-07' },
        { id: 99, deleted: '2026-01-06' },
      ]);

      for (const limit of [1, 2, 3, 4]) expect(ids((await deleted(limit)).flat())).toEqual([99, 9, 10]);
    });

    it('keep an id that no number of JavaScript holds', async () => {
      const pair = ['9007199254740992', '9007199254740993'];
      await bench.put(pair.map((id) => ({ id, deleted: '2026-01-07' })));

      expect((await created(1)).flat().map(({ id }) => id)).toEqual(pair);
      expect((await deleted(1)).flat().map(({ id }) => id)).toEqual(pair);
    });

    it('begin behind a patron at a time, or at the time itself, and end before the end', async () => {
      const at = (microsecond: number) => `2026-01-05 12:00:00.00000${microsecond}`;
      await bench.put(range(5).map((id) => ({ id, created: `${at(id)}+00` })));
      const between = (after: { at: string; id: string }, before: string) =>
        source.active('new', { after, before, limit: 10 }, never);

      expect(ids(await between({ at: at(2), id: '' }, at(5)))).toEqual([2, 3, 4]);
      expect(ids(await between({ at: at(2), id: '2' }, at(5)))).toEqual([3, 4]);
      expect(ids(await between({ at: at(2), id: '1' }, at(5)))).toEqual([2, 3, 4]);
      expect(ids(await between({ at: at(1), id: '77' }, at(3)))).toEqual([2]);
    });

    it('of deleted patrons leave out the day on which the window ends', async () => {
      await bench.put(range(4).map((id) => ({ id, deleted: `2026-01-0${id}` })));
      const between = (at: string, id: string, before: string) =>
        source.deleted({ after: { at, id }, before, limit: 10 }, never);

      expect(ids(await between('2026-01-02', '', '2026-01-04'))).toEqual([2, 3]);
      expect(ids(await between('2026-01-02', '2', '2026-01-04'))).toEqual([3]);
    });

    it('count patrons by the day of the zone on which they were created, and by the day of their deletion', async () => {
      await bench.put([
        { id: 1, created: '2026-01-05 12:00:00+00' },
        { id: 2, created: '2026-01-06 03:00:00+00' },
        { id: 3, created: '2026-01-06 12:00:00+00', deleted: '2026-01-07' },
        { id: 4, created: '2026-01-07 12:00:00+00', deleted: '2026-01-08' },
        { id: 5, created: null, deleted: '2026-01-07' },
      ]);
      const window = { from: '2026-01-05', before: '2026-01-07' };
      expect([...(await source.countsByDay('created', window, never))].sort()).toEqual([
        ['2026-01-05', 2],
        ['2026-01-06', 1],
      ]);
      const later = { from: '2026-01-06', before: '2026-01-08' };
      expect([...(await source.countsByDay('deleted', later, never))]).toEqual([['2026-01-07', 2]]);
    });

    it('of ranges of ids have every patron once, also those without a time, and none who came later', async () => {
      const before = '2026-01-06 00:00:00.000000';
      await bench.put([
        ...range(22).map((id) => ({ id: id * 3 })),
        { id: 100, created: null, updated: '2026-01-05 12:00:00+00' },
        { id: 101, created: 'infinity', updated: 'infinity' },
        { id: 102, created: '2026-01-06 00:00:00+00' },
      ]);

      const { patrons, ends } = await source.rangeEnds(before, 10, never);
      const found: number[] = [];
      for (const [at, through] of ends.entries()) {
        for (let after = ends[at - 1] ?? ''; ; ) {
          const rows = await source.inRange({ after, through, before, limit: 4 }, never);
          // Between two ranges a worker lets go of its connection.
          await source.close();
          if (rows.length === 0) break;
          after = rows.at(-1)?.id ?? '';
          found.push(...new Set(ids(rows)).values());
        }
      }

      expect(patrons).toBe(24);
      expect(ends).toEqual(['30', '60', '101']);
      expect(found).toEqual([...range(22).map((id) => id * 3), 100, 101]);
    });

    it('look at the time that the mode is about', async () => {
      await bench.put([
        { id: 1, created: '2026-01-02 12:00:00+00', updated: '2026-01-09 12:00:00+00' },
        { id: 2, created: '2026-01-03 12:00:00+00', updated: '2026-01-08 12:00:00+00' },
        { id: 3, created: null, updated: '2026-01-07 12:00:00+00' },
      ]);

      expect(ids(await source.active('new', everything, never))).toEqual([1, 2]);
      const updated = await source.active('updated', everything, never);
      expect(updated.map(({ id, at }) => `${id} ${at}`)).toEqual([
        '3 2026-01-07 12:00:00.000000',
        '2 2026-01-08 12:00:00.000000',
        '1 2026-01-09 12:00:00.000000',
      ]);
    });

    it('hold what is known of a patron, and null for what is not', async () => {
      await bench.put([
        {
          id: 1,
          deleted: '2026-02-03',
          active: '2026-01-04 15:00:00+00',
          type: 10,
          pcode3: 2,
          library: 'ml',
        },
        { id: 2, active: null, type: null, pcode3: null, library: null, addresses: [] },
      ]);

      const dates = {
        at: '2026-01-05 12:00:00.000000',
        createdAt: '2026-01-05 12:00:00.000000',
        updatedAt: '2026-01-05 12:00:00.000000',
      };
      expect(await source.active('new', everything, never)).toEqual([
        {
          ...{ id: '1', ...dates, createdOn: '2026-01-05', deletedOn: '2026-02-03', activeOn: '2026-01-04' },
          ...{ patronType: 10, pcode3: 2, homeLibrary: 'ml' },
          address: { street: '1 MAIN ST', city: 'NEW YORK', region: 'NY', postalCode: '10001' },
        },
        {
          ...{ id: '2', ...dates, createdOn: '2026-01-05', deletedOn: null, activeOn: null },
          ...{ patronType: null, pcode3: null, homeLibrary: null },
          address: { street: null, city: null, region: null, postalCode: null },
        },
      ]);
    });

    it('are empty where there are no patrons, and where none are wanted', async () => {
      for (const ask of questions(source)) expect(await ask()).toEqual([]);
      await bench.put(range(3).map((id) => ({ id, deleted: '2026-01-07' })));

      expect(await source.active('new', { ...everything, limit: 0 }, never)).toEqual([]);
      expect(await source.deleted({ ...everyDay, limit: 0 }, never)).toEqual([]);
      expect(await source.active('new', { ...everything, before: everything.after.at }, never)).toEqual([]);
    });

    it('change nothing', async () => {
      await bench.put(range(3).map((id) => ({ id, deleted: '2026-01-07' })));
      const before = await bench.traces();

      for (const ask of [...questions(source), () => source.clock(never)]) await ask();

      expect(await bench.traces()).toEqual(before);
    });
  });

  describe('a page that is interrupted', () => {
    beforeEach(() => bench.put([{ id: 1, deleted: '2026-01-07' }]));

    it('is lost with a connection that was cut before it, and is read over another one', async () => {
      for (const ask of questions(source)) {
        expect(await ask()).toHaveLength(1);
        await bench.cut();

        expect(await failure(ask())).toMatchObject({ code: 'SOURCE_LOST', kind: 'transient' });

        expect(await ask()).toHaveLength(1);
      }
    });

    it('is lost with a connection that was cut in the middle of it, and is read over another one', async () => {
      for (const ask of questions(source)) {
        await bench.whileBusy(async (untilAsked) => {
          const reading = failure(ask());
          await untilAsked();
          await bench.cut();
          expect(await reading).toMatchObject({ code: 'SOURCE_LOST', kind: 'transient' });
        });

        expect(await ask()).toHaveLength(1);
      }
    });

    it('is given up when it takes too long, and can be asked for again', async () => {
      const hasty = bench.hasty();
      await hasty.check(never);
      for (const ask of questions(hasty)) {
        await bench.whileBusy(async () => {
          const error = await failure(ask());
          expect(error).toMatchObject({ code: 'SOURCE_LOST', message: expect.stringContaining('too long') });
        });

        expect(await ask()).toHaveLength(1);
      }
      await hasty.close();
    });

    it('is given up by a run that is told to stop, before it and in the middle of it', async () => {
      const stopping = new AbortController();
      await bench.whileBusy(async (untilAsked) => {
        const reading = source.active('new', everything, stopping.signal);
        reading.catch(() => {});
        await untilAsked();
        stopping.abort();
        await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
        // The system does not go on for an answer that is not wanted any more.
        await bench.untilIdle();
      });

      for (const ask of [...questions(source, stopping.signal), () => source.clock(stopping.signal)])
        await expect(ask()).rejects.toMatchObject({ name: 'AbortError' });
      for (const ask of questions(source)) expect(await ask()).toHaveLength(1);
    });

    it('leaves nothing behind once the source is closed', async () => {
      await leavingNothing(async () => {
        const cut = bench.open();
        await cut.clock(never);
        await bench.cut();
        await cut.close();
      });
      await leavingNothing(async () => {
        const [hasty, stopped] = [bench.hasty(), bench.open()];
        const stopping = new AbortController();
        await bench.whileBusy(async (untilAsked) => {
          await failure(hasty.active('new', everything, never));
          const reading = stopped.active('new', everything, stopping.signal);
          reading.catch(() => {});
          await untilAsked();
          stopping.abort();
          await expect(reading).rejects.toThrow();
        });
        for (const used of [hasty, stopped]) {
          await used.active('new', everything, never);
          await used.close();
        }
      });
    });
  });
});
